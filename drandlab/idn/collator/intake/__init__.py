"""How pulses come to a collator and on from it: its connection, its queue, and the two ways on chain."""

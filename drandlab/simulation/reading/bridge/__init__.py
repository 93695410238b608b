"""What a journal says of a bridge: its blocks, the pulses that it ingested, and how long these took."""

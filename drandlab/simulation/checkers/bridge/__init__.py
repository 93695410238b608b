"""The checkers of a bridge: its blocks and finality, the pulses that it ingests, and its liveness."""

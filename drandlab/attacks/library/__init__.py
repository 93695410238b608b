"""Attacks on contracts through the library by which they speak with the bridge: its faults, and what they cost."""

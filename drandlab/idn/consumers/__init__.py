"""Consumers of pulses on another chain: the pallet that takes them, its hooks, and ways to take them without a fee."""

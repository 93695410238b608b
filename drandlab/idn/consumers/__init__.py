"""Consumers of pulses on another chain: the pallet that takes them, its hooks, and a way to take them without a fee."""

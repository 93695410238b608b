"""Contracts on a consumer chain: their pallet, their client of the bridge, and the coordinator that gives pulses on."""

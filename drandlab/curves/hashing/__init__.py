"""Hashing to a curve (RFC 9380): expansion of a message, Keccak-256, and the maps from a number to a point."""

"""Chains from a file: a bridge, its consumer chains, and the calls that run in their blocks."""

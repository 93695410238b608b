"""Attacks on the randomness of a block: known before it is used, or older than it looks."""

"""Attacks on timelock encryption: files that open early, bids that are copied, files that should not open at all."""

"""Attacks on timelock encryption: files that open before their time, and sealed bids that are copied."""

"""Attacks on sums of signatures: what a check of the sum accepts though a part of it is false."""

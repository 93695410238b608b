"""Sweeps: a scenario over a grid of values and many seeds, each run judged, as one tidy frame."""

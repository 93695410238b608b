"""Attacks on a running network: its beacons, its clocks, its messages, and those who wait for them."""

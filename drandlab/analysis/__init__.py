"""Floor 6: beacons as data frames, verification of many at once, tests of their randomness."""

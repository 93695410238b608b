"""Floor 6: beacons as data frames, files of beacons, bulk verification."""

"""Floor 3: chain infos, rounds and times, beacons and their links."""

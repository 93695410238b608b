"""The forms in which groups, keys and beacons travel: TOML files and packets."""

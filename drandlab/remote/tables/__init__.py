"""Beacons in files of many kinds, read strictly and written atomically."""

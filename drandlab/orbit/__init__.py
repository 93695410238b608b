"""Floor 0: element sets of satellites, ground stations, and when a station sees a satellite.

An **element set** (`elements`) describes an orbit, a **station** (`stations`) a place on the ground, and a **contact
window** (`contacts`) is the time in which the station sees the satellite. Nothing here reads a clock or a file.
"""

from drandlab.orbit.contacts import Window, contact_share, contact_windows, longest_gap, union
from drandlab.orbit.elements import ElementSet, circular, read_element_sets
from drandlab.orbit.stations import Station, parse_station

__all__ = [
    "ElementSet",
    "Station",
    "Window",
    "circular",
    "contact_share",
    "contact_windows",
    "longest_gap",
    "parse_station",
    "read_element_sets",
    "union",
]

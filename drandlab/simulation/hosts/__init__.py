"""Hosts: a clock, timers, a disk and a place on the links; a driver is what runs on one, such as a drand node."""

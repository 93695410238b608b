"""Hosts: where a node runs, with a clock, timers and a disk."""

"""Scenario files: a network, its links, and the events that happen to it."""

"""Nodes that break the protocol: in a running network, and in a key generation."""

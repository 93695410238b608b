"""Clients of the real network: HTTP relays, a daemon's gRPC, downloads."""

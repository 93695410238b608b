"""Serving a chain as the real network does: an HTTP relay and a gRPC service over a live chain."""

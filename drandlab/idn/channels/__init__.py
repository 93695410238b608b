"""Channels between parachains: limits, queues that deliver after a delay, pages, and what a chain is told of them."""

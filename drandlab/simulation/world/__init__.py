"""The world: virtual time, links that carry messages between hosts, and the passes of satellites."""

"""The world: virtual time, and links that carry messages between hosts."""

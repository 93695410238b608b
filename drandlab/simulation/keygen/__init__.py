"""A key generation or a resharing alone, and what each node believed in it."""

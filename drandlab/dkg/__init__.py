"""Floor 3: the distributed key generation and resharing of drand, one sans-I/O machine for each node."""

"""Floor 4: one drand node: the set-up phase that makes a group out of nodes that know a common secret."""

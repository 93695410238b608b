"""Studies of whole gossip networks: what an eclipse does, and the same network under many seeds."""

"""The parts of a router: its peers, its meshes, the exchange of gossip, the outbox."""

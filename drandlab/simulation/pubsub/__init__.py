"""A gossip network in the simulated world: gossip relays, subscribers and attackers, each around one router."""

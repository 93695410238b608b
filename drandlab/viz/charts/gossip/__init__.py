"""Charts of a gossip network: how a message spreads, how meshes form."""

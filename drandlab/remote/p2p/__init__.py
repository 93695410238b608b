"""Real libp2p peers: the gossip router over TCP, noise and yamux, with the package of the extra p2p."""

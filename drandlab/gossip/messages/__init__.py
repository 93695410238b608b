"""What gossip peers send each other: frames, signed messages, peer IDs, and a beacon as a pulse."""

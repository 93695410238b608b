"""Peer scores of gossipsub v1.1: what counts for and against a peer, and the promises that it keeps."""

"""Attacks on how keys come about: key generation, sharing, registration of keys, nonces and scalars."""

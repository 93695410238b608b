"""Names of hosts: a world may hold several networks, and a name alone says of which of them a host is.

The nodes of a drand network are called 0, 1, 2, ... . Peers of a gossip network and collators of a bridge follow far
above, so that a network may grow, and readers of a journal tell them apart by their names.

>>> peer_name(2), collator_name(0), is_drand_node(7), is_drand_node(collator_name(0))
(10002, 20000, True, False)
>>> collator_index(collator_name(5)), collator_index(7)
(5, None)
"""

from __future__ import annotations

__all__ = ["collator_index", "collator_name", "is_drand_node", "peer_name"]

FIRST_PEER = 10_000
FIRST_COLLATOR = 20_000


def peer_name(index: int) -> int:
    """Return the name of a peer of a gossip network."""
    return FIRST_PEER + index


def collator_name(index: int) -> int:
    """Return the name of a collator."""
    return FIRST_COLLATOR + index


def collator_index(name: int | None) -> int | None:
    """Return which collator has this name, or None if none has."""
    return name - FIRST_COLLATOR if name is not None and name >= FIRST_COLLATOR else None


def is_drand_node(name: int) -> bool:
    """Return whether the name is that of a node of a drand network."""
    return name < FIRST_PEER

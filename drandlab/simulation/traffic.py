"""All kinds of messages that hosts of the simulation send: the table of each protocol, joined.

A protocol that comes to the simulation adds its table here; readers, checkers and pictures ask `MESSAGES`. The world
itself asks nobody: an envelope says whether it travels in order.
"""

from __future__ import annotations

from typing import Any

from drandlab.node.messages import KINDS
from drandlab.simulation.bridge.bridge_messages import BRIDGE_KINDS
from drandlab.simulation.pubsub.rpc_kinds import GOSSIP_KINDS
from drandlab.wire.kinds import KindTable

__all__ = ["MESSAGES"]

MESSAGES: KindTable[Any] = KINDS | GOSSIP_KINDS | BRIDGE_KINDS
"""Every kind of message by name."""

"""What a gossip network is told, checked, and the name under which a peer connects."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from drandlab.errors import WrongType
from drandlab.gossip.messages.peer_ids import peer_id
from drandlab.gossip.router_parameters import PRESETS, Parameters
from drandlab.gossip.scoring.score_parameters import Scoring, pulse_scoring
from drandlab.typing import checked_choice, checked_flag

__all__ = ["checked_parameters", "checked_scoring", "connection_name", "plain_parameters"]


def checked_parameters(parameters: object) -> Parameters:
    """Return the parameters of a preset or as they are; raises `LocalError` for anything else."""
    if isinstance(parameters, Parameters):
        return parameters
    if not isinstance(parameters, str):
        raise WrongType(f"expected Parameters or a preset, got {type(parameters).__name__}", argument="parameters")
    return PRESETS[checked_choice(parameters, "parameters", PRESETS)]


def checked_scoring(scoring: object, topic: str, period: int) -> Scoring | None:
    """Return how peers are scored, None for not at all."""
    if isinstance(scoring, Scoring):
        return scoring
    return pulse_scoring(topic, period=period) if checked_flag(scoring, "scoring") else None


def plain_parameters(parameters: Parameters) -> dict[str, Any]:
    """Return parameters as JSON values, for the journal."""
    return {name: str(value) if isinstance(value, str) else value for name, value in asdict(parameters).items()}


def connection_name(name: int, key: bytes | None) -> str:
    """The name under which a peer connects: the peer ID of its key, or a word where it has none."""
    if key is None:
        return f"peer{name}"
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return peer_id(Ed25519PrivateKey.from_private_bytes(key).public_key().public_bytes_raw())

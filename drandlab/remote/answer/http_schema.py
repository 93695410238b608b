"""The bodies of drand's HTTP API as models, only for the OpenAPI description."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, Field

from drandlab.remote.answer.http_responses import LAST_ROUND

__all__ = ["BeaconV1", "BeaconV2", "Health", "InfoV1", "InfoV2", "Trouble", "documented"]

RoundNumber = Annotated[int, Field(ge=0, le=LAST_ROUND)]
Hex = Annotated[str, Field(pattern="^([0-9a-f]{2})+$")]
Previous = Annotated[str, Field(pattern="^([0-9a-f]{2})*$", description="On chained networks only.")]
Period = Annotated[int, Field(ge=1, description="Seconds from round to round.")]
Genesis = Annotated[int, Field(description="UNIX second of round 1.")]


class BeaconV1(BaseModel):
    """A beacon, its randomness spelled out."""

    round: RoundNumber
    randomness: Hex
    signature: Hex
    previous_signature: Previous = ""


class BeaconV2(BaseModel):
    """A beacon; its randomness is the SHA-256 of the signature and is not sent."""

    round: RoundNumber
    signature: Hex
    previous_signature: Previous = ""


class Metadata(BaseModel):
    """What v1 says beside the chain's own fields."""

    beaconID: str


class InfoV1(BaseModel):
    """A chain's info; ``groupHash`` is the genesis seed."""

    public_key: Hex
    period: Period
    genesis_time: Genesis
    hash: Hex
    groupHash: Hex
    schemeID: str
    metadata: Metadata


class InfoV2(BaseModel):
    """A chain's info."""

    public_key: Hex
    period: Period
    genesis_time: Genesis
    genesis_seed: Hex
    chain_hash: Hex
    scheme: str
    beacon_id: str


class Health(BaseModel):
    """The newest round, and the one that is due."""

    current: RoundNumber
    expected: RoundNumber


class Trouble(BaseModel):
    """What ``/health`` says where there is trouble; the two rounds are there unless the store is gone."""

    current: RoundNumber = 0
    expected: RoundNumber = 0
    trouble: Annotated[list[str], Field(description="What is wrong with the producer or the store of the chain.")]


def documented(model: Any, refusals: Mapping[int, str] | None = None) -> dict[int | str, dict[str, Any]]:
    """Return the responses of a route for its description: JSON of ``model``, and the errors in plain words."""
    sentence = {"text/plain": {"schema": {"type": "string"}}}
    responses: dict[int | str, dict[str, Any]] = {200: {"description": "As asked.", "model": model}}
    for status, why in (refusals or {}).items():
        responses[status] = {"description": why, "content": sentence}
    return responses

"""The HTTP relay: drand's HTTP API, v1 and v2, over chains that grow while they are served.

`drandlab.remote.answer.http_responses` has the content of the responses; here are the routes and the waiting. The
routes are described for machines in ``/openapi.json`` and for people in ``/docs``.

Needs the extra ``relay``. Source: drand ``http-relay`` v2.0.1, ``routes.go``.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Annotated, Any

import anyio
from fastapi import APIRouter, Depends, FastAPI, Path, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import WithJsonSchema

from drandlab.beacon.store import StoreError
from drandlab.remote.answer.descriptors import most_http
from drandlab.remote.answer.http_middleware import RelayMiddleware
from drandlab.remote.answer.http_pages import UNDERFLOW, reference
from drandlab.remote.answer.http_responses import (
    FOREVER,
    LAST_ROUND,
    NOT_NOW,
    ChainName,
    HttpResponse,
    PendingRound,
    RelayResponses,
    list_of_routes,
    page,
    text,
    too_many,
)
from drandlab.remote.answer.http_schema import BeaconV1, BeaconV2, Health, InfoV1, InfoV2, Trouble, documented
from drandlab.remote.answer.live_chain import LiveChain
from drandlab.typing import Seconds, checked_int

__all__ = ["relay_app"]

ChainHash = Annotated[str, Path(pattern="^[0-9A-Fa-f]{64}$", description="The chain's hash.")]
BeaconId = Annotated[str, Path(description="The chain's beacon ID.")]
RoundDigits = Annotated[
    str,
    Path(pattern="^[0-9]+$", description="The round; 0 gives the latest."),
    WithJsonSchema({"type": "integer", "minimum": 0, "maximum": LAST_ROUND}),
]

NOT_SERVED = {500: "The chain is not served here, or the beacon is missing."}
TOO_MANY = {503: "Too many wait for the next round."}
NO_ROUTE = {404: "No such route; the body lists the existing ones."}


def relay_app(chains: Sequence[LiveChain], *, patience: Seconds | None = None, waiting: int | None = None) -> FastAPI:
    """Return the application (ASGI) that serves these chains as production's relay does.

    The chain with the beacon ID "default" is also served without a name, under v1's short routes. ``patience`` is the
    number of seconds after its due time for which a round is waited for (None: a period and a second). At most
    ``waiting`` requests wait at a time (None: half of the allowed connections); others get 503 and a time to retry.
    `drandlab.remote.answer.web_server.serve` runs the application; the chains must grow on the same event loop.
    Raises `LocalError` if there is no chain, or if two have the same name.

    >>> import drandlab as dl
    >>> from drandlab.beacon.store import MemoryStore
    >>> app = relay_app([LiveChain(MemoryStore(dl.networks["quicknet"]))])
    >>> list(app.openapi()["paths"])[:3]
    ['/chains', '/info', '/health']
    """
    responses = RelayResponses(chains, patience=patience)
    slots = WaitingSlots(most_http() // 2 if waiting is None else checked_int(waiting, "waiting", 0))
    app = FastAPI(
        title="drand HTTP API",
        description="Public randomness of the chains that are served here: verify every beacon that you fetch.",
        version="2",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.include_router(_lists(responses, 1))
    app.include_router(_chain(responses, slots, 1, _unnamed))
    app.include_router(_chain(responses, slots, 1, _by_hash), prefix="/{chain_hash}")
    app.include_router(_lists(responses, 2), prefix="/v2")
    app.include_router(_chain(responses, slots, 2, _by_hash), prefix="/v2/chains/{chain_hash}")
    app.include_router(_chain(responses, slots, 2, _by_id), prefix="/v2/beacons/{beacon_id}")

    description = _description(app)
    no_route = list_of_routes([*description["paths"], "/docs", "/openapi.json", "/ping"])

    async def refuse(request: Request, error: Exception) -> Response:
        return _response(no_route)

    async def fail(request: Request, error: Exception) -> Response:
        return _response(text(500, "Failed to get beacon", NOT_NOW))

    app.add_exception_handler(404, refuse)
    app.add_exception_handler(RequestValidationError, refuse)
    app.add_exception_handler(StoreError, fail)
    app.add_middleware(RelayMiddleware, fixed=_fixed(description))
    return app


def _description(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI description, as this application really responds."""
    description = app.openapi()
    for operations in description["paths"].values():
        # FastAPI's response to bad parameters is not used here: such a path is an unknown route
        operations["get"]["responses"].pop("422", None)
    # production responds to the largest round number with a page; any other round is JSON
    of_round = description["paths"]["/public/{round}"]["get"]["responses"]["200"]
    of_round["content"]["text/html"] = {"schema": {"type": "string"}}
    return description


def _fixed(description: Mapping[str, Any]) -> dict[str, HttpResponse]:
    """Return the responses that never change, by path."""
    return {
        "/openapi.json": HttpResponse.of(200, "application/json", json.dumps(description)),
        "/docs": page(reference(description)),
        "/ping": HttpResponse.of(200, "text/plain", "."),
        "/favicon.ico": text(404, "404 page not found"),
        f"/public/{LAST_ROUND}": page(UNDERFLOW, FOREVER),
    }


async def _unnamed() -> ChainName:
    return ChainName()


async def _by_hash(chain_hash: ChainHash) -> ChainName:
    return ChainName(chain_hash=chain_hash)


async def _by_id(beacon_id: BeaconId) -> ChainName:
    return ChainName(beacon_id=beacon_id)


def _lists(responses: RelayResponses, version: int) -> APIRouter:
    router = APIRouter()

    @router.get("/chains", summary="The hashes of the chains served here", responses=documented(list[str]))
    async def chains() -> Response:
        return _response(responses.chains())

    if version == 2:

        @router.get("/beacons", summary="The beacon IDs of the chains served here", responses=documented(list[str]))
        async def beacons() -> Response:
            return _response(responses.beacon_ids())

    return router


def _chain(
    responses: RelayResponses, slots: WaitingSlots, version: int, naming: Callable[..., Awaitable[ChainName]]
) -> APIRouter:
    """Return the routes of one chain, whose name in the path ``naming`` reads."""
    router = APIRouter()
    errors = NOT_SERVED if naming is _unnamed else NO_ROUTE | NOT_SERVED
    _add_info_and_health(router, responses, version, Depends(naming), errors)
    _add_rounds(router, responses, slots, version, Depends(naming), errors)
    return router


def _add_info_and_health(
    router: APIRouter, responses: RelayResponses, version: int, chain: Any, errors: Mapping[int, str]
) -> None:
    @router.get(
        "/info",
        summary="The chain's key, scheme, period and genesis",
        responses=documented(InfoV1 if version == 1 else InfoV2, errors),
    )
    async def info(which: ChainName = chain) -> Response:
        return _response(responses.info(which, version))

    unhealthy: dict[int | str, dict[str, Any]] = {
        500: {
            "description": "There is trouble, or the chain is not served here.",
            "model": Trouble,
            "content": {"text/plain": {"schema": {"type": "string"}}},
        },
        503: {"description": "More than a round behind.", "model": Health},
    }

    @router.get(
        "/health",
        summary="The newest round and the one that is due",
        responses=documented(Health, errors) | unhealthy,
    )
    async def health(which: ChainName = chain) -> Response:
        return _response(responses.health(which))


def _add_rounds(
    router: APIRouter,
    responses: RelayResponses,
    slots: WaitingSlots,
    version: int,
    chain: Any,
    errors: Mapping[int, str],
) -> None:
    rounds, beacon = ("public", BeaconV1) if version == 1 else ("rounds", BeaconV2)

    @router.get(f"/{rounds}/latest", summary="The newest beacon", responses=documented(beacon, errors))
    async def latest(which: ChainName = chain) -> Response:
        return _response(responses.latest(which, version))

    if version == 2:

        @router.get(
            f"/{rounds}/next",
            summary="The first beacon after the newest one, as soon as it exists",
            responses=documented(beacon, {**errors, **TOO_MANY}),
        )
        async def upcoming(request: Request, which: ChainName = chain) -> Response:
            return await _waited(request, slots, responses.next(which, version))

    @router.get(
        f"/{rounds}/{{round}}",
        summary="The beacon of a round; for the next round, as soon as it exists",
        responses=documented(
            beacon,
            {400: "Not a round, or an unknown chain hash.", **NO_ROUTE, 425: "After the next round."}
            | NOT_SERVED
            | TOO_MANY,
        ),
    )
    async def of_round(request: Request, round: RoundDigits, which: ChainName = chain) -> Response:
        return await _waited(request, slots, responses.round(which, round, version))


def _response(found: HttpResponse) -> Response:
    return Response(found.body, found.status, dict(found.headers))


class WaitingSlots:
    """How many requests may wait for a round at a time, so that they never take all connections."""

    def __init__(self, most: int) -> None:
        self.most, self.taken = most, 0

    def __enter__(self) -> None:
        self.taken += 1

    def __exit__(self, *error: object) -> None:
        self.taken -= 1


async def _waited(request: Request, slots: WaitingSlots, outcome: HttpResponse | PendingRound) -> Response:
    """Wait for a pending round if a slot is free, as long as the client stays connected."""
    if isinstance(outcome, PendingRound):
        if slots.taken >= slots.most:
            return _response(too_many(outcome))
        with slots, anyio.move_on_after(outcome.until - outcome.chain.now()):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(_hang_up, request, tasks.cancel_scope)
                # a store that fails here fails again below, where the error is handled
                with suppress(StoreError):
                    await outcome.chain.wait(outcome.round)
                tasks.cancel_scope.cancel()
        outcome = outcome.then()
    return _response(outcome)


async def _hang_up(request: Request, waiting: anyio.CancelScope) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
    waiting.cancel()

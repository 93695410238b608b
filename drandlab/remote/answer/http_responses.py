"""What a relay responds: status, headers and body of every response, independent of any web framework.

The rules are those of production's relay, behind ``api.drand.sh``:

==================================== =========== ==========================================
request                              status      ``Cache-Control``
==================================== =========== ==========================================
an existing round                    200         `FOREVER`
round 0 (the latest)                 200         until the next round is due
latest, next, info, chains, beacons  200         none
the next round                       waits, 200  `FOREVER`
a round after the next               425         `NOT_NOW`
the next round, too many waiting     503         `NOT_NOW`
a round of more than 64 bits         400         `FOREVER`
an unknown chain hash (rounds)       400         `NOT_NOW`
a round that is due and missing      500         `NOT_NOW`
health: at most one round behind     200         ``no-cache``
health: further behind               503         ``no-cache``
health: trouble                      500         ``no-cache``
an unknown route                     404         `FOREVER`
==================================== =========== ==========================================

Three things differ from production: before genesis no number is negative, a round that was due a moment ago is waited
for like the next one, and pages of other sites may read every response (production: only the JSON). When there is
trouble (`LiveChain.trouble`), the body of ``/health`` has the reasons besides the two rounds.

Source: drand ``http-relay`` v2.0.1, ``routes_handler.go``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version as version_of
from math import ceil
from typing import Any, NamedTuple

from drandlab.beacon.beacon import Beacon
from drandlab.beacon.chain_info import DEFAULT_BEACON_ID, canonical_beacon_id
from drandlab.beacon.store import StoreError
from drandlab.errors import LocalError
from drandlab.remote.answer.live_chain import LiveChain
from drandlab.typing import Round, Seconds, checked_real

__all__ = [
    "COMMON",
    "FOREVER",
    "LAST_ROUND",
    "NOT_NOW",
    "ChainName",
    "HttpResponse",
    "PendingRound",
    "RelayResponses",
    "list_of_routes",
    "page",
    "text",
    "too_many",
]

FOREVER = "public, max-age=604800, immutable"
NOT_NOW = "must-revalidate, no-cache, max-age=0"

LAST_ROUND = (1 << 64) - 1
"""The largest number that production accepts as a round."""

COMMON = (
    ("Server", f"drandlab/{version_of('drandlab')}"),
    ("Access-Control-Allow-Origin", "*"),
    ("X-Content-Type-Options", "nosniff"),
)


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """One response, complete except for its length and date."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @classmethod
    def of(cls, status: int, kind: str, body: str, cache: str | None = None, *more: tuple[str, str]) -> HttpResponse:
        """Return a response of media type ``kind`` with the common headers."""
        caching = (("Cache-Control", cache),) if cache else ()
        return cls(status, (*COMMON, ("Content-Type", kind), *caching, *more), body.encode())


def text(status: int, sentence: str, cache: str | None = None, *more: tuple[str, str]) -> HttpResponse:
    """Return a response in plain text, as errors are."""
    return HttpResponse.of(status, "text/plain; charset=utf-8", f"{sentence}\n", cache, *more)


def page(html: str, cache: str | None = None) -> HttpResponse:
    """Return an HTML page."""
    return HttpResponse.of(200, "text/html; charset=utf-8", html, cache)


def _json(value: Any, cache: str | None = None, status: int = 200) -> HttpResponse:
    return HttpResponse.of(status, "application/json", json.dumps(value, separators=(",", ":")), cache)


def list_of_routes(paths: Iterable[str]) -> HttpResponse:
    """Return the response to an unknown path: 404 and the list of the routes, v1 before v2."""
    ordered = sorted(set(paths), key=lambda path: (path.startswith("/v2"), path))
    return text(404, "\n".join(f"GET {path}" for path in ordered), FOREVER)


class ChainName(NamedTuple):
    """How a request names its chain: by hash (hexadecimal, either case) or by beacon ID."""

    chain_hash: str | None = None
    beacon_id: str = DEFAULT_BEACON_ID


@dataclass(frozen=True, slots=True)
class PendingRound:
    """A round that ``chain`` does not have yet: wait for it until ``until`` by its clock, then call ``then``."""

    chain: LiveChain
    round: Round
    until: Seconds
    then: Callable[[], HttpResponse]


class RelayResponses:
    """Every response of a relay of these chains.

    ``patience`` is the number of seconds after its due time for which a round is waited for; None means a period and a
    second, as in production's nodes. Raises `LocalError` if there is no chain, or if two have the same name.

    >>> import drandlab as dl
    >>> from drandlab.beacon.store import MemoryStore
    >>> responses = RelayResponses([LiveChain(MemoryStore(dl.networks["quicknet"]), now=lambda: 1692803367)])
    >>> responses.round(ChainName(beacon_id="quicknet"), "3", 2).status, responses.beacon_ids().body
    (425, b'["quicknet"]')
    """

    def __init__(self, chains: Sequence[LiveChain], *, patience: Seconds | None = None) -> None:
        if not chains:
            raise LocalError("a relay needs at least one chain to serve", argument="chains")
        self._patience = None if patience is None else checked_real(patience, "patience", 0)
        self._by_hash = {chain.info.chain_hash.hex(): chain for chain in chains}
        self._by_id = {chain.info.beacon_id: chain for chain in chains}
        if len(self._by_id) < len(chains) or len(self._by_hash) < len(chains):
            ids = ", ".join(sorted(chain.info.beacon_id for chain in chains))
            raise LocalError(f"each needs a beacon ID and a chain hash of its own, got {ids}", argument="chains")

    def chain(self, which: ChainName) -> LiveChain | None:
        """Return the chain of that name, if it is served here."""
        if which.chain_hash is not None:
            return self._by_hash.get(which.chain_hash.lower())
        return self._by_id.get(canonical_beacon_id(which.beacon_id))

    def chains(self) -> HttpResponse:
        """Return the hashes of the chains."""
        return _json(list(self._by_hash))

    def beacon_ids(self) -> HttpResponse:
        """Return the beacon IDs of the chains."""
        return _json(list(self._by_id))

    def info(self, which: ChainName, version: int) -> HttpResponse:
        """Return a chain's info in its v1 or v2 form."""
        chain = self.chain(which)
        return _json(chain.info.to_dict(version)) if chain else text(500, "Failed to get ChainInfo")

    def health(self, which: ChainName) -> HttpResponse:
        """Return the last round and the one that is due: 200 if at most one apart, else 503; 500 with trouble."""
        chain = self.chain(which)
        if chain is None:
            return text(500, "Failed to get latest beacon for health", "no-cache")
        try:
            current = chain.last().round
        except StoreError:
            if not chain.trouble:
                raise
            return _json({"trouble": list(chain.trouble)}, "no-cache", 500)
        expected = chain.info.schedule.next_round(chain.now())[0] - 1
        said: dict[str, Any] = {"current": current, "expected": expected}
        if chain.trouble:
            return _json(said | {"trouble": list(chain.trouble)}, "no-cache", 500)
        return _json(said, "no-cache", 200 if current >= expected - 1 else 503)

    def latest(self, which: ChainName, version: int) -> HttpResponse:
        """Return the newest beacon; the genesis beacon if there is no other."""
        chain = self.chain(which)
        return _beacon(chain.last(), version) if chain else text(500, "Failed to get beacon")

    def next(self, which: ChainName, version: int) -> HttpResponse | PendingRound:
        """Return the pending round after the newest one."""
        chain = self.chain(which)
        if chain is None:
            return text(500, "Failed to get beacon")
        upcoming = chain.last().round + 1
        until = max(chain.now(), chain.info.round_time(upcoming)) + self._patience_for(chain)
        return PendingRound(chain, upcoming, until, lambda: _stored(chain, upcoming, version, found=None, missing=None))

    def round(self, which: ChainName, digits: str, version: int) -> HttpResponse | PendingRound:
        """Return the beacon of the round that ``digits`` write, an error, or the pending round."""
        # thousands of digits are never parsed as a number: Python refuses that, and it would take long
        significant = digits.lstrip("0") or "0"
        number = int(significant) if len(significant) <= len(str(LAST_ROUND)) else LAST_ROUND + 1
        if number > LAST_ROUND:
            return text(400, f"Failed to parse round: expected a number up to {LAST_ROUND}", FOREVER)
        chain = self.chain(which)
        if chain is None:
            if which.chain_hash is not None:
                return text(400, "unknown chain hash", NOT_NOW)
            return text(500, "Failed to get beacon", NOT_NOW)
        now = chain.now()
        upcoming, its_time = chain.info.schedule.next_round(now)
        if number == 0:
            return _beacon(chain.last(), version, f"public, must-revalidate, max-age={max(0, its_time - int(now))}")
        if number > upcoming:
            return text(425, "Requested future beacon", NOT_NOW)
        until = chain.info.round_time(number) + self._patience_for(chain)
        if number > chain.last().round and now < until:
            return PendingRound(chain, number, until, lambda: _stored(chain, number, version))
        return _stored(chain, number, version)

    def _patience_for(self, chain: LiveChain) -> Seconds:
        return chain.info.period + 1 if self._patience is None else self._patience


def too_many(wait: PendingRound) -> HttpResponse:
    """Return the response when too many wait, with the seconds after which the round is there without waiting."""
    chain, due = wait.chain, wait.chain.info.round_time(wait.round)
    seconds = max(1, ceil(due - chain.now()) + 1)
    return text(503, "Too many wait for the next round: ask when it is due", NOT_NOW, ("Retry-After", str(seconds)))


def _beacon(beacon: Beacon, version: int, cache: str | None = None) -> HttpResponse:
    return _json(beacon.to_dict(version), cache)


def _stored(
    chain: LiveChain, round: Round, version: int, *, found: str | None = FOREVER, missing: str | None = NOT_NOW
) -> HttpResponse:
    beacon = chain.get(round)
    return text(500, "Failed to get beacon", missing) if beacon is None else _beacon(beacon, version, found)

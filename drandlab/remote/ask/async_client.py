"""The asynchronous client of a real network; `drandlab.remote.ask.client` has the plain one."""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from types import TracebackType
from typing import Literal, TypeVar

import anyio
import anyio.to_thread
import httpx

from drandlab.beacon.beacon import Beacon
from drandlab.beacon.chain_info import ChainInfo
from drandlab.beacon.verify import Verifier, broken_links
from drandlab.errors import LocalError, RelayError, UnknownNetwork, VerificationError
from drandlab.remote.ask.relay import Lie, Relay, proven_info
from drandlab.remote.ask.relay_address import RelayAddress
from drandlab.remote.ask.relay_race import NoAnswer, Relays, together
from drandlab.remote.networks import networks, other_scheme, resolve_chain
from drandlab.typing import Round, Seconds, checked_int, checked_positive, checked_real

__all__ = ["AsyncClient", "chain_of_relay"]

T = TypeVar("T")

MARGIN = 0.5
"""Seconds after a round's due time before it is requested: the nodes need a moment to make and spread it."""

FIRST_PAUSE, LONGEST_PAUSE = 0.25, 8.0


class AsyncClient:
    """A client of one chain over several relays; it verifies every beacon against the chain's key.

    ``chain`` is a network's name, a chain hash, a chain info file or a `ChainInfo`. ``relays`` are addresses, with or
    without the chain's hash at the end (`drandlab.remote.ask.relay_address`); None takes those known for the network.
    An unknown chain hash needs ``relays``: the info is fetched from them, must have this hash, and a beacon must verify
    under it. ``verify=False`` returns beacons unverified and warns.

    In seconds: ``timeout`` limits one request to one relay, after ``stagger`` the next relay is asked as well, and
    ``patience`` is how long `watch` and `range` go on while no relay answers. ``concurrency`` is the largest number of
    rounds requested at a time. ``now``, ``sleep`` and ``transport`` replace the clock and the network in tests.
    """

    def __init__(
        self,
        chain: str | Path | ChainInfo,
        relays: Sequence[str] | None = None,
        *,
        verify: bool = True,
        backend: str | None = None,
        timeout: Seconds = 5.0,
        stagger: Seconds = 0.3,
        patience: Seconds = 30.0,
        concurrency: int = 8,
        now: Callable[[], Seconds] = time.time,
        sleep: Callable[[Seconds], Awaitable[None]] = anyio.sleep,
        transport: httpx.AsyncBaseTransport | None = None,
        _stacklevel: int = 2,
    ) -> None:
        timeout = checked_positive(timeout, "timeout", what="seconds")
        stagger = checked_real(stagger, "stagger", 0, what="seconds")
        patience = checked_real(patience, "patience", 0, what="seconds")
        concurrency = checked_int(concurrency, "concurrency", 1, 64)
        self._info, self.chain_hash = _pinned(chain, bool(relays))
        self._given = self._info is not None
        if relays is None:
            relays = networks.details[self.chain].relays if self.chain in networks.details else ()
        self.concurrency, self.verifies = concurrency, verify
        self.backend, self._patience, self._now, self._sleep = backend, patience, now, sleep
        self._verifier = Verifier.of(self._info, backend) if self._info and verify else None
        self._http = _http_client(transport)
        self.relays = Relays(
            relays,
            self.chain_hash,
            self.chain,
            self._http,
            timeout=timeout,
            stagger=stagger,
            now=now,
            beacon_id=self._info.beacon_id if self._info else None,
        )
        if not verify:
            warnings.warn(
                f"verification is off: beacons of {self.chain} are returned as the relays send them",
                stacklevel=_stacklevel,
            )

    @property
    def chain(self) -> str:
        """The chain's name for readers."""
        return networks.name_of(self._info) if self._info else f"{self.chain_hash.hex()[:8]}…"

    def __repr__(self) -> str:
        return self.described(type(self).__name__)

    def described(self, kind: str) -> str:
        """Return the one-line description of a client of this ``kind``."""
        off = "" if self.verifies else ", verification OFF"
        return f"<{kind} {self.chain}, {len(self.relays)} relay{'s'[: len(self.relays) > 1]}{off}>"

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def info(self) -> ChainInfo:
        """Return the chain info for verification; it is fetched once if only the hash was given.

        The hash binds everything in it except the scheme, so a relay's info is accepted once a beacon verifies under
        it. As long as the chain has no beacon, the info is fetched again each time.
        """
        if self._info is not None:
            return self._info
        info, holds = await self.relays.first("chain info", self._found)
        if holds:
            self._info = info
            if self.verifies:
                self._verifier = Verifier.of(info, self.backend)
        return info

    async def _found(self, relay: Relay) -> tuple[ChainInfo, bool]:
        info, names_scheme = await relay.info()
        if not self.verifies:
            return info, True
        if self._now() < info.genesis_time:
            return info, False
        beacon = await relay.beacon("latest")
        if beacon.round == 0:
            return info, False
        judged = partial(proven_info, info, beacon, names_scheme, relay.address, self.backend)
        return await anyio.to_thread.run_sync(judged, abandon_on_cancel=True), True

    async def round(self, round: Round) -> Beacon:
        """Return the beacon of ``round``, verified.

        Raises `LocalError`, with the due time, for a future round; `NoAnswer` (a `RelayError`) if no relay gives a
        beacon that verifies.
        """
        await self.check_due(round)
        return await self.relays.first(f"round {round}", partial(self.fetch, which=round))

    async def latest(self) -> Beacon:
        """Return the latest beacon, verified.

        A relay that is more than a round behind the clock is skipped; if all are, the newest beacon is returned.
        Raises `LocalError` before genesis.
        """
        await self.check_due(1)
        expected = (await self.info()).round_at(self._now())
        behind: list[Beacon] = []

        async def ask(relay: Relay) -> Beacon:
            beacon = await self.fetch(relay, "latest")
            if beacon.round < expected - 1:
                behind.append(beacon)
                raise RelayError(
                    f"is behind: its latest round is {beacon.round}, and {expected} is due", relay=relay.address
                )
            return beacon

        try:
            return await self.relays.first("latest round", ask)
        except RelayError:
            if behind:
                return max(behind, key=lambda beacon: beacon.round)
            raise

    async def watch(self, *, start: Round | None = None, stop: Round | None = None) -> AsyncGenerator[Beacon, None]:
        """Yield the beacons from round ``start`` (None: the current one) to ``stop`` (None: for ever), each when due.

        The rounds come in order, without gaps or repetitions: rounds missed in a pause, or while no relay answered, are
        fetched first. On a chained network each beacon's link to the one before is checked as well.
        """
        info = await self.info()
        upcoming = info.round_at(self._now()) if start is None else start
        before: Beacon | None = None
        if stop is not None:
            _due(info, stop)
        while stop is None or upcoming <= stop:
            wait = _due(info, upcoming) + MARGIN - self._now()
            if wait > 0:
                await self._sleep(wait)
            last = max(upcoming, info.round_at(self._now()))
            last = min(last, upcoming + self.concurrency - 1, last if stop is None else stop)
            beacons = await together([partial(self._insist, r) for r in range(upcoming, last + 1)])
            if (await self.info()).scheme.chained:
                for round, reason in broken_links([*([before] if before else []), *beacons]):
                    raise VerificationError(reason, code="link", round=round)
            for beacon in beacons:
                yield beacon
            before, upcoming = beacons[-1], last + 1

    async def range(self, first: Round, last: Round) -> AsyncGenerator[Beacon, None]:
        """Yield the beacons of the rounds ``first`` to ``last``, both included, in order, each verified.

        Raises `LocalError` before any request if the last round is not due yet.
        """
        await self.check_range(first, last)
        async for beacon in self.watch(start=first, stop=last):
            yield beacon

    async def check_due(self, round: Round) -> None:
        """Raise `LocalError`, with the due time, if ``round`` is in the future."""
        due = _due(await self.info(), round)
        if due > self._now():
            raise LocalError(f"round {round} of {self.chain} does not exist yet: it is due {_moment(due, self._now())}")

    async def check_range(self, first: Round, last: Round) -> None:
        """Raise `LocalError` unless ``first`` to ``last`` are in order and none is in the future."""
        for round in (first, last):
            await self.check_due(round)
        if last < first:
            raise LocalError(f"rounds {first} to {last}: the last is before the first")

    async def fetch(self, relay: Relay, which: Round | Literal["latest"]) -> Beacon:
        """Return one relay's beacon, verified; raises `Lie` if it does not verify."""
        beacon = await relay.beacon(which)
        if beacon.round == 0:
            raise RelayError("has no round yet", relay=relay.address)
        if not self.verifies:
            return beacon
        if self._verifier is None:
            await self.info()
        if self._verifier is None:
            raise RelayError("the chain has no round yet that shows its scheme", relay=relay.address)
        try:
            # in a thread, since the slow reference backend would delay all other responses
            await anyio.to_thread.run_sync(self._verifier.verify, beacon, abandon_on_cancel=True)
        except VerificationError as error:
            await self.check_scheme(beacon)
            raise Lie(str(error), relay=relay.address) from error
        return beacon

    async def check_scheme(self, beacon: Beacon) -> None:
        """Raise `LocalError` if a beacon that does not verify does so under another scheme: then the info is wrong.

        Only an info that the caller gave is checked: a relay's info has been proven, and a known network's is right.
        """
        info = await self.info()
        if not self._given or info.chain_hash.hex() in networks:
            return
        true = await anyio.to_thread.run_sync(other_scheme, beacon, info, self.backend, abandon_on_cancel=True)
        if true is not None:
            raise LocalError(
                f"the info of {self.chain} says {info.scheme.name}, its key makes beacons of {true.name}; "
                "correct the scheme in it",
                argument="chain",
            )

    async def insist(self, what: str, ask: Callable[[Relay], Awaitable[T]]) -> T:
        """Return the first answer of the relays; while none answers, ask again after growing pauses."""
        pause, waited = FIRST_PAUSE, 0.0
        while True:
            try:
                return await self.relays.first(what, ask)
            except NoAnswer as error:
                wait = max(pause, error.retry_after)
                if error.final or waited + wait > self._patience:
                    raise
            await self._sleep(wait)
            waited, pause = waited + wait, min(2 * pause, LONGEST_PAUSE)

    async def _insist(self, round: Round) -> Beacon:
        return await self.insist(f"round {round}", partial(self.fetch, which=round))


async def chain_of_relay(
    address: str, *, timeout: Seconds = 5.0, transport: httpx.AsyncBaseTransport | None = None
) -> ChainInfo:
    """Return the chain that a relay serves where no chain is named, or the one that its address names.

    Nothing is proven: a client of that chain does it. Raises `LocalError` for what is no address, `RelayError` if the
    relay does not tell.
    """
    meant = RelayAddress.of(address)
    async with _http_client(transport) as http:
        relay = Relay(meant.base, meant.chain_hash or bytes(32), http, timeout=timeout, now=time.time)
        if meant.chain_hash is not None:
            return (await relay.info())[0]
        return await relay.only_chain()


def _http_client(transport: httpx.AsyncBaseTransport | None) -> httpx.AsyncClient:
    client = httpx.AsyncClient(
        # no compression, so that the limit on a response's length limits memory too
        headers={"User-Agent": "drandlab", "Accept-Encoding": "identity"},
        timeout=None,
        transport=transport,
        # a proxy in the environment is for outside addresses, not for a relay on this machine
        mounts={f"all://{host}": None for host in ("localhost", "127.0.0.1", "[::1]")},
    )
    # cookies are not kept: no request tells a relay about an earlier one
    client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=()))
    return client


def _pinned(chain: str | Path | ChainInfo, has_relays: bool) -> tuple[ChainInfo | None, bytes]:
    try:
        info = resolve_chain(chain)
    except UnknownNetwork:
        if not isinstance(chain, str) or len(chain) != 64 or set(chain.lower()) - set("0123456789abcdef"):
            raise
        if not has_relays:
            raise UnknownNetwork(
                f"chain hash {chain}: not among the real networks; give relays that serve it, "
                "its chain info is fetched from them and checked against the hash"
            ) from None
        return None, bytes.fromhex(chain)
    return info, info.chain_hash


def _due(info: ChainInfo, round: Round) -> int:
    due = info.round_time(round)
    if round == 0:
        raise LocalError("round 0 is the genesis beacon: it holds the seed; the first round that is made is 1")
    return due


def _moment(due: int, now: Seconds) -> str:
    days, seconds = divmod(math.ceil(due - now), 86400)
    hours, minutes = seconds // 3600, seconds % 3600 // 60
    parts = ((days, "d"), (hours, "h"), (minutes, "min"), (seconds % 60, "s"))
    span = " ".join([f"{n} {unit}" for n, unit in parts if n][:2])
    try:
        return f"at {datetime.fromtimestamp(due, UTC):%Y-%m-%d %H:%M:%S} UTC, in {span}"
    except (ValueError, OverflowError, OSError):
        return f"at UNIX second {due}, in {span}"

"""Downloads: a range of rounds from the relays into a file, verified, and resumable at any moment.

Rounds are fetched in chunks with a limited number of requests at a time. They are kept in a working file beside the
target as they arrive, and verified in batches. When the whole range is there, the target is written in one step,
together with what it held before. Nothing is fetched twice, and nothing is ever lost.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from functools import partial
from itertools import islice
from os import PathLike
from pathlib import Path
from typing import Any

import anyio.to_thread

from drandlab.beacon.beacon import Beacon
from drandlab.beacon.chain_info import ChainInfo
from drandlab.beacon.verify import Verifier, broken_links
from drandlab.errors import LocalError, VerificationError
from drandlab.remote.ask.async_client import AsyncClient
from drandlab.remote.ask.client import Client
from drandlab.remote.ask.relay import Lie, Relay
from drandlab.remote.ask.relay_race import together
from drandlab.remote.keep.working_file import WorkingFile, working_path
from drandlab.remote.networks import networks, other_home
from drandlab.remote.tables import write_files as tables
from drandlab.remote.tables.read_files import chain_of, read_beacons
from drandlab.typing import Progress, Round, Seconds

__all__ = ["FetchReport", "fetch"]

CHUNK = 256
"""Beacons that are verified in one batch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchReport:
    """The result of a download: rounds fetched, rounds already there, seconds, and a record for each relay."""

    chain: str
    path: Path
    first: Round
    last: Round
    fetched: int
    already_there: int
    seconds: Seconds
    relays: tuple[dict[str, Any], ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain values, ready for JSON."""
        return asdict(self) | {"path": str(self.path), "relays": list(self.relays)}

    def __repr__(self) -> str:
        return (
            f"<FetchReport {self.chain} rounds {self.first} to {self.last}: {self.fetched} fetched, "
            f"{self.already_there} already there, {self.seconds:.1f} s>"
        )


def fetch(
    chain: Client | str | Path | ChainInfo,
    first: Round,
    last: Round,
    path: str | PathLike[str],
    *,
    relays: Sequence[str] | None = None,
    concurrency: int = 8,
    progress: Progress | None = None,
    **options: Any,
) -> FetchReport:
    """Download the rounds ``first`` to ``last``, verify them and write them to ``path``.

    ``chain`` is a `Client`, or the arguments of one together with ``relays``, ``concurrency`` and ``options``. The
    suffix of ``path`` is the kind of file: .parquet, .sqlite, .db, .jsonl, .csv. Beacons in an existing file are kept
    and not fetched again; a file of another chain is refused. ``progress(done, total)`` is called as beacons arrive,
    from the client's thread.

    If a download ends early, the fetched beacons stay in ``<path>.part`` and the same call continues from there. Raises
    `RelayError` if no relay gives a beacon that verifies, `LocalError` for impossible arguments, `FormatError` for an
    existing file that cannot be read, `VerificationError` for one that does not verify or a broken link of the chain.
    """
    began = time.perf_counter()
    target = Path(path)
    tables.suffix_of(target)
    tables.check_target(target)
    with ExitStack() as stack:
        if not isinstance(chain, Client):
            client = stack.enter_context(Client(chain, relays, concurrency=concurrency, **options))
        elif relays is None and not options:
            client = chain
        else:
            raise LocalError("fetch: a client brings its own relays and options; give them when it is made")
        if not client.asynchronous.verifies:
            raise LocalError("fetch: downloads are always verified; give a client that verifies")
        client.run(client.asynchronous.check_range, first, last)
        with WorkingFile(working_path(target), client.info()) as work:
            download = _Download(client.asynchronous, client.info(), work, target, first, last, progress)
            resumed = not work.is_empty()
            download.take_over_target()
            client.run(download.fill)
            if resumed or download.fetched or not target.exists():
                download.write_target()
        return FetchReport(
            chain=client.asynchronous.chain,
            path=target,
            first=first,
            last=last,
            fetched=download.fetched,
            already_there=last - first + 1 - download.fetched,
            seconds=time.perf_counter() - began,
            relays=tuple(client.relays.to_rows()),
        )


class _Download:
    def __init__(
        self,
        client: AsyncClient,
        info: ChainInfo,
        work: WorkingFile,
        target: Path,
        first: Round,
        last: Round,
        progress: Progress | None,
    ) -> None:
        self._client, self._info, self._work, self._target = client, info, work, target
        self._first, self._last, self._progress = first, last, progress
        self._verifier = Verifier.of(info, client.backend)
        self._done = self.fetched = 0

    def take_over_target(self) -> None:
        """Copy the beacons of an existing target into the working file; verify them first if it names no chain."""
        if not self._target.exists() or self._target.stat().st_size == 0:
            return
        marked = chain_of(self._target)
        if marked is not None and marked.chain_hash != self._info.chain_hash:
            raise self._belongs_to(networks.name_of(marked))
        beacons = read_beacons(self._target)
        while piece := list(islice(beacons, CHUNK)):
            invalid = {} if marked else self._invalid(piece)
            if len(invalid) == len(piece) and (name := other_home(piece[0], self._info, self._client.backend)):
                raise self._belongs_to(name)
            for i, reason in invalid.items():
                why = f"{reason}; {self._target} is left as it is: correct it, or choose another file"
                raise VerificationError(why, round=piece[i].round)
            self._settle(piece, [])

    async def fill(self) -> None:
        """Fetch and verify the missing rounds."""
        await self._verify_fetched()
        self.fetched = 0
        total = self._last - self._first + 1
        self._done = self._work.count(self._first, self._last)
        if self._progress:
            self._progress(self._done, total)
        low = self._first
        while rounds := self._work.missing(low, self._last, CHUNK):
            low, ahead = rounds[0], iter(rounds)
            await together([partial(self._work_off, ahead, total)] * min(self._client.concurrency, len(rounds)))
            await self._verify_fetched()

    def write_target(self) -> None:
        """Write all verified beacons to the target in one step."""
        try:
            tables.write(self._target, self._work.rows(), self._info)
        except LocalError as error:
            raise LocalError(f"{error}; what was fetched is kept in {self._work.path}") from None

    async def _work_off(self, rounds: Iterator[Round], total: int) -> None:
        for round in rounds:
            beacon, relay = await self._client.insist(f"round {round}", partial(self._ask, round=round))
            self._work.keep([beacon], relay.address)
            self._done, self.fetched = self._done + 1, self.fetched + 1
            if self._progress:
                self._progress(self._done, total)

    async def _ask(self, relay: Relay, round: Round) -> tuple[Beacon, Relay]:
        beacon = await relay.beacon(round)
        try:
            self._verifier.check_form(beacon)
        except VerificationError as error:
            await self._client.check_scheme(beacon)
            raise Lie(f"round {round}: {error}", relay=relay.address) from None
        return beacon, relay

    async def _verify_fetched(self) -> None:
        while waiting := self._work.unverified(CHUNK):
            beacons = [beacon for beacon, _ in waiting]
            refused = await anyio.to_thread.run_sync(self._invalid, beacons, abandon_on_cancel=True)
            invalid = {beacons[i].round: reason for i, reason in refused.items()}
            for i in list(refused)[:1]:
                await self._client.check_scheme(beacons[i])
            self._settle([beacon for beacon in beacons if beacon.round not in invalid], list(invalid))
            self._done, self.fetched = self._done - len(invalid), self.fetched - len(invalid)
            lies = {origin: beacon.round for beacon, origin in reversed(waiting) if beacon.round in invalid}
            for relay in self._client.relays:
                if (round := lies.get(relay.address)) is not None:
                    lie = Lie(f"round {round}: {invalid[round]}", relay=relay.address)
                    await self._client.relays.blame(relay, lie)

    def _invalid(self, beacons: Sequence[Beacon]) -> dict[int, str]:
        return self._verifier.invalid(beacons, secrets.SystemRandom())

    def _settle(self, valid: Sequence[Beacon], invalid: Sequence[Round]) -> None:
        if self._info.scheme.chained:
            neighbours = self._work.verified(b.round + step for b in valid for step in (-1, 1))
            for round, reason in broken_links([*valid, *neighbours]):
                self._work.settle([], [*invalid, *(beacon.round for beacon in valid)])
                raise VerificationError(
                    f"{reason}, although both verify: the chain has forked, one of them is not of this history",
                    code="fork",
                    round=round,
                )
        self._work.settle(valid, invalid)

    def _belongs_to(self, name: str) -> LocalError:
        return LocalError(
            f"{self._target}: holds beacons of {name}, not of {networks.name_of(self._info)}; choose another file"
        )

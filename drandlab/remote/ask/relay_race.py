"""Requests to several relays: a race with a staggered start and failover; no relay is trusted.

The relay with the shortest expected wait is asked first. If it fails, the next one is asked at once. If it is only
slow, the next one is asked after a short delay, while the first may still answer. The first valid answer wins and the
other requests are cancelled. A relay that lied, or serves another chain, is put aside and named.

Source: the staggered race is that of RFC 8305 ("happy eyeballs"), section 5.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from html import escape
from time import perf_counter
from typing import Any, TypeVar

import anyio
import httpx

from drandlab.beacon.chain_info import canonical_beacon_id
from drandlab.errors import LocalError, RelayError
from drandlab.remote.ask.relay import NO_SUCH_ROUTE, HttpRefusal, Lie, MalformedResponse, OtherChain, Relay
from drandlab.remote.ask.relay_address import RelayAddress
from drandlab.remote.networks import networks
from drandlab.typing import Seconds

__all__ = ["NoAnswer", "Relays", "together"]

T = TypeVar("T")


def _chain_in(address: RelayAddress) -> str:
    """How the chain that an address names is told: by its hash, with its name if it is known, or by its beacon ID."""
    if address.chain_hash is None:
        return f"with the beacon ID {address.beacon_id!r}"
    info = networks.get(name := address.chain_hash.hex())
    return f"{networks.name_of(info)} ({name})" if info is not None else name


class NoAnswer(RelayError):
    """No relay gave a valid answer.

    ``relay`` is one that lied, if any; ``retry_after`` the seconds that the relays ask to wait; ``final`` is true if
    another try is useless, since all relays are put aside or do not know the chain.
    """

    CODE = "no-answer"

    def __init__(self, message: str, *, relay: str | None, retry_after: Seconds, final: bool) -> None:
        super().__init__(message)
        self.relay, self.retry_after, self.final = relay, retry_after, final


async def together(calls: Sequence[Callable[[], Awaitable[T]]]) -> list[T]:
    """Run all ``calls`` at the same time and return their results in order; the first error cancels the others."""
    results: dict[int, T] = {}

    async def run(i: int) -> None:
        results[i] = await calls[i]()

    try:
        async with anyio.create_task_group() as group:
            for i in range(len(calls)):
                group.start_soon(run, i)
    except BaseExceptionGroup as errors:
        first: BaseException = errors
        while isinstance(first, BaseExceptionGroup):
            first = first.exceptions[0]
        raise first from None
    return [results[i] for i in range(len(calls))]


class Relays(Sequence[Relay]):
    """The relays of one chain, shown as a table of their records."""

    def __init__(
        self,
        addresses: Sequence[str],
        chain_hash: bytes,
        chain: str,
        http: httpx.AsyncClient,
        *,
        timeout: Seconds,
        stagger: Seconds,
        now: Callable[[], Seconds],
        beacon_id: str | None = None,
    ) -> None:
        if isinstance(addresses, str):
            raise LocalError(
                f"expected a list of addresses, got the text {addresses!r}; put it into a list", argument="relays"
            )
        bases: dict[str, None] = {}
        for text in addresses:
            named = RelayAddress.of(text)
            if named.chain_hash not in (None, chain_hash) or (
                beacon_id and named.beacon_id and canonical_beacon_id(named.beacon_id) != beacon_id
            ):
                wanted = chain_hash.hex() if named.chain_hash else f"beacon ID {beacon_id!r}"
                raise LocalError(
                    f"relay {text}: this address is of the chain {_chain_in(named)}, wanted is {chain} ({wanted})"
                )
            bases[named.base] = None
        self._relays = [Relay(base, chain_hash, http, timeout=timeout, now=now) for base in bases]
        if not self._relays:
            raise LocalError(
                f"none is known that serves {chain}; give their addresses: relays=[...]", argument="relays"
            )
        self._chain, self._timeout, self._stagger, self._now = chain, timeout, stagger, now

    async def first(self, what: str, ask: Callable[[Relay], Awaitable[T]]) -> T:
        """Return the first valid answer of ``ask`` over the relays; raises `NoAnswer` if there is none.

        ``ask`` raises `RelayError` if the relay failed and `Lie` if its answer is wrong. ``what`` names the wanted
        thing in the error. A `LocalError` of ``ask`` is the caller's mistake: it is raised, and no relay is blamed.
        """
        won: list[T] = []
        failures: list[RelayError] = []
        wrong: list[LocalError] = []

        async def attempt(relay: Relay, failed: anyio.Event) -> None:
            began = perf_counter()
            relay.busy += 1
            try:
                answer = await ask(relay)
            except RelayError as error:
                failures.append(await self.blame(relay, error))
                failed.set()
            except LocalError as error:
                # not a relay's mistake: another relay would not help
                wrong.append(error)
                group.cancel_scope.cancel()
            except anyio.get_cancelled_exc_class():
                relay.count_wait(max(relay.latency, perf_counter() - began))
                raise
            else:
                relay.count_answer(perf_counter() - began)
                won.append(answer)
                group.cancel_scope.cancel()
            finally:
                relay.busy -= 1

        async with anyio.create_task_group() as group:
            for relay in self._in_order():
                failed = anyio.Event()
                group.start_soon(attempt, relay, failed)
                # a relay known to be slow gets its time: a second request would only add load
                with anyio.move_on_after(max(self._stagger, min(2 * relay.latency, self._timeout / 4))):
                    await failed.wait()
        if won:
            return won[0]
        if wrong:
            raise wrong[0]
        raise self._no_answer(what, failures)

    async def blame(self, relay: Relay, error: RelayError) -> RelayError:
        """Record a failure of ``relay`` and return it, as `OtherChain` if the relay serves another chain."""
        unknown = isinstance(error, HttpRefusal) and error.status in NO_SUCH_ROUTE and relay.version is None
        if (unknown or isinstance(error, Lie)) and (other := await relay.other_chain()) is not None:
            error = OtherChain(f"this relay serves {networks.name_of(other)}, not {self._chain}", relay=relay.address)
        relay.count_failure(error)
        return error

    def _in_order(self) -> list[Relay]:
        now = self._now()
        awake = [relay for relay in self if relay.aside is None and relay.rests_until <= now]
        return sorted(awake, key=lambda relay: relay.expected_wait)

    def _no_answer(self, what: str, failures: Sequence[RelayError]) -> NoAnswer:
        said = {failure.relay: str(failure) for failure in failures}
        rests = {relay: max(0.0, relay.rests_until - self._now()) for relay in self if relay.aside is None}
        for relay in self:
            why = f"put aside: {relay.aside}" if relay.aside else f"asks to wait {rests[relay]:.0f} s"
            said.setdefault(relay.address, f"{relay.address}: {why}")
        return NoAnswer(
            f"{what} of {self._chain}: no relay gave it: {'; '.join(said.values())}",
            relay=next((relay.address for relay in self if relay.lies), None),
            retry_after=min(rests.values(), default=0.0),
            final=not rests or self._is_lost(failures),
        )

    def _is_lost(self, failures: Sequence[RelayError]) -> bool:
        """Whether no relay that is still asked has ever known the chain by any route: waiting will not change it.

        Such a relay has no such route, redirects, or sends something that is not drand's: most often it is no relay.
        """
        unknown = {
            error.relay
            for error in failures
            if isinstance(error, MalformedResponse)
            or (isinstance(error, HttpRefusal) and (error.status in NO_SUCH_ROUTE or 300 <= error.status < 400))
        }
        asked = [relay for relay in self if relay.aside is None]
        return all(relay.version is None and relay.address in unknown for relay in asked)

    def __getitem__(self, i: Any) -> Any:
        return self._relays[i]

    def __len__(self) -> int:
        return len(self._relays)

    def __iter__(self) -> Iterator[Relay]:
        return iter(self._relays)

    def to_rows(self) -> list[dict[str, Any]]:
        """Return a record for each relay: address, answers, failures, lies, latency in seconds, why put aside."""
        fields = ("address", "answers", "failures", "lies", "latency", "aside")
        return [{field: getattr(relay, field) for field in fields} for relay in self]

    def _cells(self) -> list[list[str]]:
        return [["relay", "answers", "failures", "lies", "latency", ""]] + [
            [
                relay.address,
                str(relay.answers),
                str(relay.failures),
                str(relay.lies),
                f"{relay.latency * 1000:.0f} ms" if relay.answers else "",
                f"put aside: {relay.aside}" if relay.aside else "",
            ]
            for relay in self
        ]

    def __repr__(self) -> str:
        cells = self._cells()
        widths = [max(len(row[i]) for row in cells) for i in range(5)]
        return "\n".join(
            "  ".join([row[0].ljust(widths[0]), *(row[i].rjust(widths[i]) for i in range(1, 5)), row[5]]).rstrip()
            for row in cells
        )

    def _repr_html_(self) -> str:
        head, *rows = ["".join(f"<td>{escape(cell)}</td>" for cell in row) for row in self._cells()]
        body = "".join(f"<tr>{row}</tr>" for row in rows)
        return f"<table><thead><tr>{head.replace('td>', 'th>')}</tr></thead><tbody>{body}</tbody></table>"

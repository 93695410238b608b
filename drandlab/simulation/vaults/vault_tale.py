"""A run with encrypted files as a reader sees it, step by step, from the journal.

A round is due; partial signatures come in at the node that is the first to have enough of them; at the threshold the
signature appears, and the files that were encrypted to the round open. Each of these is one `VaultStep`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from drandlab import timelock
from drandlab.beacon.chain_info import ChainInfo
from drandlab.errors import LocalError
from drandlab.printable import repr_of
from drandlab.simulation.entries import BeaconMade, ChainOpened
from drandlab.simulation.journal import Entry, Journal
from drandlab.simulation.reading.moments import RoundStory
from drandlab.simulation.reading.reader import JournalReader, on
from drandlab.simulation.reading.timeline import Timeline
from drandlab.simulation.vaults.vault_entries import FileSealed
from drandlab.timelock import TimelockError
from drandlab.typing import Round

__all__ = ["KINDS_OF_STEPS", "VAULT_STATES", "Vault", "VaultStep", "VaultTale", "vault_tale"]

VAULT_STATES: Mapping[str, str] = {
    "shut": "shut",
    "due": "waits for the signature",
    "open": "open",
    "refused": "refused",
}
"""How a vault may be, and how a reader is told."""

KINDS_OF_STEPS: Mapping[str, str] = {
    "sealed": "a file is encrypted",
    "due": "a round is due",
    "partial": "a partial signature comes in",
    "signature": "the signature of a round appears",
}
"""What a step may be, and how a reader is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vault:
    """A file: its name, the round that opens it and when that is due, in microseconds since the world began.

    ``begins`` is the place of the step that encrypts it, ``opens`` that of the step at which it can be opened, None if
    none is in the run. Then it gives its ``text``; or it is refused, and ``reason`` is the word of `TimelockError`.
    """

    name: str
    round: Round
    file: bytes
    due: int
    begins: int
    opens: int | None = None
    text: bytes | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultStep:
    """Something that happens at a ``time``, in microseconds since the world began; ``kind`` is one of `KINDS_OF_STEPS`.

    ``round`` is the one that it is about, the one due last for a file that is encrypted. ``came`` are the nodes whose
    partial signatures of it are in by then, at the node ``maker`` (None where no node has enough of them), and
    ``threshold`` is how many are needed. ``signature`` is that of the round, None before it appears. ``vaults`` are
    the names of those that the step encrypts or opens.
    """

    time: int
    kind: str
    round: Round
    threshold: int
    came: tuple[int, ...] = ()
    maker: int | None = None
    signature: bytes | None = None
    vaults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultTale:
    """All steps of a run in their order, its vaults in the order in which they were encrypted, and its chain."""

    info: ChainInfo
    genesis: int
    nodes: tuple[int, ...]
    vaults: tuple[Vault, ...]
    steps: tuple[VaultStep, ...]

    def there(self, at: int) -> list[Vault]:
        """Return the vaults that are there at the step in place ``at``."""
        return [one for one in self.vaults if one.begins <= at]

    def state(self, vault: Vault, at: int) -> str:
        """Return how a vault is at the step in place ``at``, as one of `VAULT_STATES`."""
        if vault.opens is not None and at >= vault.opens:
            return "open" if vault.reason is None else "refused"
        return "due" if self.steps[at].time >= vault.due else "shut"

    def left(self, vault: Vault, at: int) -> int:
        """Return the microseconds until the round of a vault is due, 0 when it is."""
        return max(0, vault.due - self.steps[at].time)


def vault_tale(source: Any) -> VaultTale:
    """Return the tale of a journal, or of what has one as ``journal``: a `Network`.

    Raises `LocalError` for anything else, and for a journal without a chain.
    """
    journal = getattr(source, "journal", source)
    if not isinstance(journal, Journal):
        raise LocalError(f"expected a journal, or a network that has one, got {repr_of(source, 60)}", argument="source")
    timeline, reader = Timeline(journal), _Reader()
    reader.take_all(journal)
    if reader.info is None or timeline.genesis is None:
        raise LocalError("this journal has no chain yet; let the network run on", argument="source")
    steps = sorted(_steps(timeline, reader), key=lambda step: step.time)
    if not steps:
        raise LocalError("there is nothing to show yet; let the network run on", argument="source")
    vaults = tuple(_vault(timeline, reader, what, steps) for _, what in reader.sealed)
    for i, step in enumerate(steps):
        if step.kind == "signature":
            steps[i] = replace(step, vaults=tuple(one.name for one in vaults if one.opens == i))
    return VaultTale(
        info=reader.info, genesis=timeline.genesis, nodes=timeline.nodes, vaults=vaults, steps=tuple(steps)
    )


class _Reader(JournalReader):
    """What a timeline leaves out: the files, whole signatures, and the chain info."""

    def __init__(self) -> None:
        self.info: ChainInfo | None = None
        self.sealed: list[tuple[Entry, FileSealed]] = []
        self.signatures: dict[Round, bytes] = {}

    @on(ChainOpened)
    def _chain(self, entry: Entry, what: ChainOpened) -> None:
        self.info = self.info or ChainInfo.from_json(what.info)

    @on(BeaconMade)
    def _made(self, entry: Entry, what: BeaconMade) -> None:
        self.signatures[what.round] = what.signature

    @on(FileSealed)
    def _sealed(self, entry: Entry, what: FileSealed) -> None:
        self.sealed.append((entry, what))


def _steps(timeline: Timeline, reader: _Reader) -> Iterator[VaultStep]:
    for entry, what in reader.sealed:
        time = timeline.time_of(entry.time)
        now = timeline.round_at(time)
        yield VaultStep(time=time, kind="sealed", round=now, threshold=timeline.threshold(now), vaults=(what.name,))
    for round in range(1, timeline.round_at(timeline.end) + 1):
        yield from _round(timeline, reader, round)


def _round(timeline: Timeline, reader: _Reader, round: Round) -> Iterator[VaultStep]:
    """The steps of one round: it is due, partial signatures come in, the signature appears."""
    story = timeline.stories.get(round)
    due, threshold = timeline.due(round), timeline.threshold(round)
    assert due is not None
    blank = VaultStep(time=due, kind="due", round=round, threshold=threshold)
    yield blank
    if story is None:
        return
    made, maker = story.first or (timeline.end, None)
    came: tuple[int, ...] = ()
    for time, node in sorted(_arrivals(timeline, story, maker)):
        if time > made or node in came:
            continue
        came = (*came, node)
        yield replace(blank, time=time, kind="partial", came=came, maker=maker)
    if maker is not None and round in reader.signatures:
        yield replace(blank, time=made, kind="signature", came=came, maker=maker, signature=reader.signatures[round])


def _arrivals(timeline: Timeline, story: RoundStory, maker: int | None) -> Iterator[tuple[int, int]]:
    """When each partial signature of a round is in at the node that makes the signature; its own when it signs.

    Where no node makes one, when each is sent.
    """
    for time, node, _ in story.signed:
        if maker in (None, node):
            yield time, node
    for sent in timeline.sent_about(story.round) if maker is not None else ():
        if sent.kind == "partial":
            yield from ((sent.time + min(delays), sent.sender) for to, delays, _ in sent.to if to == maker and delays)


def _vault(timeline: Timeline, reader: _Reader, what: FileSealed, steps: list[VaultStep]) -> Vault:
    """Find the steps of a file, and open it if the journal has its signature."""
    begins = next(i for i, step in enumerate(steps) if step.kind == "sealed" and what.name in step.vaults)
    signed = (i for i, step in enumerate(steps) if step.kind == "signature" and step.round == what.round)
    found, due = next(signed, None), timeline.due(what.round)
    assert due is not None and reader.info is not None
    vault = Vault(name=what.name, round=what.round, file=what.file, due=due, begins=begins)
    if found is None:
        return vault
    vault = replace(vault, opens=max(begins, found))
    backend = "glass" if timeline.terms.backend == "glass" else None
    try:
        text = timelock.decrypt(what.file, reader.info, signature=reader.signatures[what.round], backend=backend)
    except TimelockError as error:
        return replace(vault, reason=error.reason)
    return replace(vault, text=text)

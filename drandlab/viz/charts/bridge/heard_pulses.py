r"""Pulses on their way into the chain: what may be wrong with them, what an author adds up, what a block makes of it.

Each pulse comes as it is, or is *edited*: it is missing, late, doubled, forged, exchanged with the next one, or an
error $D$ is added to its signature or subtracted from it. A block's author adds up what it has heard. The chain
compares the sum with the rounds that the submission must be about, by one equation, in one of two designs:

* ``accumulate``: the author's sum and their number $k$ are added to the running pair, as the next $k$ rounds, and the
  total must hold. What was heard stays in the author's queue until it is on the chain;
* ``range``: the sum must hold for the rounds from the least to the greatest one heard since the last block, whatever
  came before; the queue begins anew in each block.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from drandlab.beacon.beacon import Beacon
from drandlab.beacon.chain_info import ChainInfo
from drandlab.beacon.verify import Verifier
from drandlab.curves.backends.glass import discrete_log
from drandlab.curves.group import Point
from drandlab.errors import LocalError
from drandlab.idn.sums import one_loop
from drandlab.printable import repr_of
from drandlab.typing import Round, checked_choice, checked_int
from drandlab.viz.charts.bridge.point_places import plane_of

__all__ = ["EDITS", "MODES", "MOST_PULSES", "Heard", "SumStep", "check_edits", "heard_pulses"]

MODES = ("accumulate", "range")

EDITS = {
    # what comes instead of a pulse: the word that a reader sees
    "true": "true",
    "drop": "missing",
    "late": "one block late",
    "twice": "twice",
    "forge": "forged",
    "swap": "signature exchanged",
    "plus": "D added",
    "minus": "D subtracted",
}
"""What may happen to a pulse. D is the generator of G1; a forged signature is another point of the group."""

MOST_PULSES, MOST_A_BLOCK = 16, 8

VERIFICATION_FAILED, ZERO_HEIGHT = "VerificationFailed", "ZeroHeightProvided"


@dataclass(frozen=True, slots=True)
class Heard:
    """A pulse as it comes: its round, the number of the block in whose time it comes, and what is wrong with it.

    ``signature`` is None for a pulse that never comes; ``alone`` says whether it verifies by itself.
    """

    round: Round
    block: int
    edit: str
    signature: Point | None
    alone: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SumStep:
    r"""What is seen after a pulse came, or after a block was made.

    ``message`` and ``signature`` are the sums $Q$ and $\sigma$ that the equation compares, ``holds`` whether it holds,
    all None where there is nothing to compare; in the glass box, where the secret $x$ is no secret, ``wanted`` is the
    $x Q$ that $\sigma$ must be. ``stored`` is the pair on the chain, ``next_round`` the round that it expects,
    ``error`` the name with which a submission was refused.
    """

    kind: str
    block: int
    round: Round | None = None
    said: str
    message: Point | None = None
    signature: Point | None = None
    wanted: Point | None = None
    holds: bool | None = None
    error: str | None = None
    stored: tuple[Point, Point] | None = None
    next_round: Round


def check_edits(edits: Any, count: int) -> tuple[str, ...]:
    """Return the edits of ``count`` pulses, one each; an exchange needs two pulses that follow each other.

    >>> check_edits(["plus", "minus"], 2)
    ('plus', 'minus')
    """
    if not isinstance(edits, (list, tuple)) or len(edits) != count:
        raise LocalError(f"expected one for each of {count} pulses, got {repr_of(edits)}", argument="edits")
    found = tuple(checked_choice(edit, f"edits[{i}]", EDITS) for i, edit in enumerate(edits))
    run = 0
    for edit in (*found, "true"):
        if edit != "swap" and run % 2:
            raise LocalError("'swap' exchanges two pulses that follow each other: give it to both", argument="edits")
        run = run + 1 if edit == "swap" else 0
    return found


def heard_pulses(
    beacons: Iterable[Beacon],
    info: ChainInfo,
    edits: Sequence[str] | None = None,
    *,
    mode: str = "accumulate",
    per_block: int = 2,
    backend: str | None = None,
) -> tuple[tuple[Heard, ...], tuple[SumStep, ...]]:
    """Return the pulses as they come, and what is seen step by step.

    ``beacons`` are 1 to 16 of contiguous rounds, of a network whose signatures are on G1 of BLS12-381; ``per_block`` of
    them fall into the time of a block. Raises `LocalError` for anything else.

    >>> import drandlab as dl
    >>> net = dl.Network(4, 3, backend="glass", scheme="bls-unchained-g1-rfc9380").run(rounds=4)
    >>> _, steps = heard_pulses(net.beacons, net.info, ["true", "drop", "true", "true"], backend="glass")
    >>> [step.error for step in steps if step.kind == "block"]
    [None, 'VerificationFailed']
    >>> _, steps = heard_pulses(net.beacons, net.info, ["plus", "minus", "true", "true"], backend="glass")
    >>> [step.error for step in steps if step.kind == "block"]
    [None, None]
    """
    given = list(beacons)
    checked_int(len(given), "beacons", 1, MOST_PULSES, what="a number of beacons")
    for before, after in pairwise(given):
        if after.round != before.round + 1:
            raise LocalError(
                f"rounds must follow each other, {before.round} is followed by {after.round}", argument="beacons"
            )
    checked_choice(mode, "mode", MODES)
    checked_int(per_block, "per_block", 1, MOST_A_BLOCK)
    chosen = check_edits(["true"] * len(given) if edits is None else edits, len(given))
    verifier = Verifier.of(info, backend)
    plane_of(verifier.bls.signatures)
    pulses = _heard(given, chosen, per_block, verifier)
    return pulses, tuple(_Chain(mode, given[0].round, verifier).run(pulses))


def _heard(given: Sequence[Beacon], edits: Sequence[str], per_block: int, verifier: Verifier) -> tuple[Heard, ...]:
    """Each pulse as it comes."""
    bls = verifier.bls
    true = [bls.decode_signature(beacon.signature) for beacon in given]
    error, forged = bls.signatures.generator, bls.hash(b"no beacon of any round")
    found = []
    begun = False
    for i, (beacon, edit) in enumerate(zip(given, edits, strict=True)):
        begun = edit == "swap" and not begun
        point: Point | None = true[i]
        match edit:
            case "drop":
                point = None
            case "forge":
                point = forged
            case "plus":
                point = true[i] + error
            case "minus":
                point = true[i] - error
            case "swap":
                point = true[i + 1] if begun else true[i - 1]
        alone = None
        if point is not None:
            alone = bls.matches(verifier.key, bls.hash(bls.scheme.digest(beacon.round)), point)
        block = i // per_block + 1 + (edit == "late")
        found.append(Heard(beacon.round, block, edit, point, alone))
    return tuple(found)


@dataclass
class _Chain:
    """The chain and the queue of its authors, from the first round on."""

    mode: str
    next_round: Round
    verifier: Verifier
    stored: tuple[Point, Point] | None = None
    queue: list[tuple[Round, Point]] = field(default_factory=list)

    def run(self, pulses: Sequence[Heard]) -> Iterable[SumStep]:
        home = {pulse.round: pulse.block - (pulse.edit == "late") for pulse in pulses}
        for block in range(1, max(pulse.block for pulse in pulses) + 1):
            late = [pulse for pulse in pulses if pulse.block == block and pulse.edit == "late"]
            for pulse in (*late, *(pulse for pulse in pulses if home[pulse.round] == block)):
                yield self._arrival(pulse, block)
            yield self._block(block)

    def _arrival(self, pulse: Heard, block: int) -> SumStep:
        name = f"Round {pulse.round}"
        if pulse.signature is None:
            return self._seen("pulse", block, f"{name} never comes.", round=pulse.round)
        if pulse.block != block:
            return self._seen("pulse", block, f"{name} is late: it comes one block later.", round=pulse.round)
        copies = 2 if pulse.edit == "twice" else 1
        self.queue += [(pulse.round, pulse.signature)] * copies
        what = {"true": "comes", "late": "comes, one block late"}.get(pulse.edit, f"comes, {EDITS[pulse.edit]}")
        verdict = "Alone it verifies." if pulse.alone else "Alone it does not verify."
        return self._seen("pulse", block, f"{name} {what}. {verdict}", round=pulse.round)

    def _waiting(self) -> list[tuple[Round, Point]]:
        """What an author adds up: those of the queue that are not yet on the chain."""
        return [(number, point) for number, point in self.queue if number >= self.next_round]

    def _sums(self) -> tuple[Point, Point, Round] | None:
        """The two sums that the chain would compare, and the round that it would then expect; None: nothing to send."""
        waiting = self._waiting()
        if not waiting:
            return None
        bls = self.verifier.bls
        if self.mode == "accumulate":
            start, end = self.next_round, self.next_round + len(waiting) - 1
        else:
            numbers = [number for number, _ in waiting]
            start, end = min(numbers), max(numbers)
        message = bls.signatures.sum([bls.hash(bls.scheme.digest(number)) for number in range(start, end + 1)])
        signature = bls.signatures.sum([point for _, point in waiting])
        if self.mode == "accumulate" and self.stored is not None:
            message, signature = message + self.stored[0], signature + self.stored[1]
        return message, signature, end + 1

    def _seen(self, kind: str, block: int, said: str, **more: Any) -> SumStep:
        sums = self._sums()
        if sums is not None:
            more |= self._compared(sums[0], sums[1])
        return SumStep(kind=kind, block=block, said=said, stored=self.stored, next_round=self.next_round, **more)

    def _compared(self, message: Point, signature: Point) -> dict[str, Any]:
        """Both sums, and the verdict of the equation."""
        key = self.verifier.key
        wanted = discrete_log(key) * message if key.group.backend == "glass" else None
        holds = one_loop(key, message, signature).holds
        return {"message": message, "signature": signature, "wanted": wanted, "holds": holds}

    def _block(self, block: int) -> SumStep:
        waiting, sums = self._waiting(), self._sums()
        if self.mode == "range":
            self.queue.clear()
        if sums is None:
            return self._empty(block)
        message, signature, following = sums
        rounds = sorted({number for number, _ in waiting})
        heard = f"{len(waiting)} signature{'s' * (len(waiting) != 1)}"
        asked = _rounds(self.next_round if self.mode == "accumulate" else rounds[0], following - 1)
        compared = self._compared(message, signature)
        holds = compared["holds"]
        if holds:
            if self.mode == "range" and rounds[0] > self.next_round:
                asked += f", and {_rounds(self.next_round, rounds[0] - 1)} can never come again"
            self.stored, self.next_round = (message, signature), following
        said = f"Block {block}: the sum of {heard} is taken for {asked}. " + (
            f"The equation holds: it is stored, the next round is {following}."
            if holds
            else f"The equation does not hold: {VERIFICATION_FAILED}, nothing is stored."
        )
        return SumStep(
            kind="block",
            block=block,
            said=said,
            error=None if holds else VERIFICATION_FAILED,
            stored=self.stored,
            next_round=self.next_round,
            **compared,
        )

    def _empty(self, block: int) -> SumStep:
        error = ZERO_HEIGHT if self.mode == "accumulate" else None
        why = f"the author submits a sum of nothing: {error}" if error else "nothing is submitted"
        said = f"Block {block}: nothing new was heard, {why}. The next round stays {self.next_round}."
        return SumStep(
            kind="block", block=block, said=said, error=error, stored=self.stored, next_round=self.next_round
        )


def _rounds(first: Round, last: Round) -> str:
    return f"round {first}" if first == last else f"rounds {first} to {last}"

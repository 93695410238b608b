"""A bridge chain small enough to attack: the beacon pallet, authors in turn, and a beacon whose secret is known.

It runs on the glass curve, where all rules of the pallet hold and nothing is secret. Blocks are made by the runtime of
`drandlab.idn`, whose pallets decide what is accepted; nothing is decided here.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from drandlab.beacon.beacon import Beacon
from drandlab.crypto.sr25519 import Sr25519Key
from drandlab.curves.choice import use_backend
from drandlab.idn.pallets.aura import Aura
from drandlab.idn.pallets.system import System
from drandlab.idn.pulses import Pulse, aggregate
from drandlab.idn.rand_beacon import (
    INHERENT,
    BeaconPallet,
    Dispatcher,
    encode_observed,
    rand_beacon,
)
from drandlab.idn.rand_beacon.beacon_parts import FindAuthor, author_of_slot
from drandlab.idn.runtime.block_builder import BlockBuilder
from drandlab.idn.runtime.calls import NONE, ROOT, Call, Origin
from drandlab.idn.runtime.failures import NotValid
from drandlab.idn.runtime.outcomes import Head, StepOutcome
from drandlab.idn.runtime.pallet import Pallet
from drandlab.idn.runtime.runtime import Runtime
from drandlab.idn.sums import PULSE_SCHEME, on_curve
from drandlab.typing import Round
from drandlab.wire.scale import Variant

__all__ = ["BACKEND", "SmallChain", "pulse_of", "signed_beacon", "signed_beacons"]

BACKEND = "glass"
SECRET = 0xD12A4D
"""The secret key of the beacon that these chains follow."""

FIRST_SLOT = 100


def signed_beacon(round: Round) -> Beacon:
    """Return the true beacon of a round."""
    return Beacon(round=round, signature=on_curve(BACKEND).sign(SECRET, PULSE_SCHEME.digest(round)))


def signed_beacons(start: Round, end: Round) -> list[Beacon]:
    """Return the true beacons of a range, its ends included."""
    return [signed_beacon(round) for round in range(start, end + 1)]


def pulse_of(start: Round, end: Round) -> Pulse:
    """Return the true pulse of a range."""
    with use_backend(BACKEND):
        return aggregate(signed_beacons(start, end))


@cache
def author_key(number: int) -> Sr25519Key:
    """Return the key of one of the authors."""
    return Sr25519Key.from_seed(number.to_bytes(32, "big"))


class SmallChain:
    """A chain with ``authors``, its beacon configured by root; one block is always under work.

    ``genesis`` is the genesis round in the modes that have one. ``pallets`` stand beside that of the beacon, with
    the ``system`` that they were made with, ``config`` is their part of block 0. The other arguments are the pallet's.

    >>> chain = SmallChain()
    >>> chain.submit(pulse_of(1000, 1001)), chain.submit(pulse_of(1002, 1002))
    (None, 'SignatureAlreadyVerified')
    >>> chain.next_block()
    >>> chain.submit(pulse_of(1001, 1001)), chain.next_round
    ('StartExpired', 1002)
    """

    def __init__(
        self,
        mode: str = "range",
        *,
        carrier: str | None = None,
        max_pulses: int = 6,
        genesis: Round = 1,
        authors: int = 2,
        dispatcher: Dispatcher | None = None,
        find_author: FindAuthor = author_of_slot,
        system: System | None = None,
        pallets: Iterable[Pallet] = (),
        config: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        self.pallet: BeaconPallet = rand_beacon(
            mode,
            carrier=carrier,
            max_pulses=max_pulses,
            backend=BACKEND,
            dispatcher=dispatcher,
            find_author=find_author,
        )
        self.authors = [author_key(number) for number in range(authors)]
        self.runtime = Runtime([system or System(), Aura(), *pallets, self.pallet])
        authorities = {"authorities": [key.public for key in self.authors]}
        self.head = self.runtime.genesis({"Aura": authorities, **(config or {})})
        self.slot, self.rng = FIRST_SLOT, random.Random(7)
        self.builder: BlockBuilder = self.runtime.open(self.head, self.slot)
        more = {} if mode == "range" and carrier != "inherent" else {"genesis_round": genesis}
        key = bytes(on_curve(BACKEND).public_key(SECRET))
        self.builder.run(Call("RandBeacon", "set_beacon_config", {"pk": key, **more}), ROOT)
        self.next_block()

    @property
    def author(self) -> Sr25519Key:
        """The key of the author of the block under work."""
        return self.authors[self.slot % len(self.authors)]

    @property
    def next_round(self) -> Round | None:
        """The smallest round that is still accepted."""
        return self.pallet.next_round(self.builder.context.storage)

    def next_block(self) -> None:
        """Finish the block under work and begin the next one, in the next slot."""
        header, state = self.builder.finish()
        self.build_on(Head(header=header, state=state))

    def build_on(self, head: Head) -> None:
        """Leave the block under work and begin another on top of this one: a fork, unless it is the newest."""
        self.head, self.slot = head, self.slot + 1
        self.builder = self.runtime.open(head, self.slot)

    def signed(self, pulse: Pulse, by: Sr25519Key | None = None) -> Variant:
        """Return the signature of a pulse by the block's author, or by another key."""
        return Variant("Sr25519", (by or self.author).sign(pulse.payload, self.rng))

    def submit(self, pulse: Pulse, signature: Variant | None = None) -> str | None:
        """Submit a pulse as today, signed by the author unless a ``signature`` is given; return the error, if any."""
        arguments = {"asig": pulse.signature, "start": pulse.start, "end": pulse.end}
        return self.run("try_submit_asig", **arguments, signature=signature or self.signed(pulse))

    def hear(self, heard: Iterable[Beacon]) -> str | None:
        """Have the author add the inherent of what its node has heard; return its error, ``no call`` without one."""
        call = self.pallet.create_inherent(self.builder.context, {INHERENT: encode_observed(heard)})
        return "no call" if call is None else self.run(call.name, **call.args)

    def apply(self, extrinsic: bytes) -> str | None:
        """Put an extrinsic into the block; return its error, or that of the pool's rule, if any."""
        try:
            error = self.builder.apply(self.runtime.decode(extrinsic)).error
        except NotValid as refused:
            return refused.reason
        return None if error is None else error.name

    def run(self, name: str, **arguments: object) -> str | None:
        """Dispatch a call of the pallet without an origin; return its error, if any."""
        return self.error_of(self.dispatch("RandBeacon", name, NONE, **arguments))

    def dispatch(self, pallet: str, name: str, origin: Origin, **arguments: object) -> StepOutcome:
        """Dispatch a call of any pallet."""
        return self.builder.run(Call(pallet, name, arguments), origin)

    @staticmethod
    def error_of(outcome: StepOutcome) -> str | None:
        """Return the name of the error of a step, None if it has none."""
        return None if outcome.error is None else outcome.error.name

"""A chain with the beacon pallet and little else, block by block: ``from beacon_chain import BeaconChain``."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any

from drandlab.beacon.beacon import Beacon
from drandlab.crypto.sr25519 import Sr25519Key, development
from drandlab.curves.choice import use_backend
from drandlab.idn import Pulse, aggregate
from drandlab.idn.pallets.aura import Aura
from drandlab.idn.pallets.system import System
from drandlab.idn.rand_beacon import INHERENT, BeaconPallet, encode_observed, rand_beacon
from drandlab.idn.runtime.block_builder import BlockBuilder
from drandlab.idn.runtime.calls import NONE, ROOT, Call, Origin
from drandlab.idn.runtime.outcomes import Head, StepOutcome
from drandlab.idn.runtime.pallet import Pallet
from drandlab.idn.runtime.runtime import Runtime
from drandlab.idn.state import Storage
from drandlab.idn.sums import on_curve
from drandlab.wire.scale import Variant

SECRET = 0xBEAC04
AUTHORS = ("Alice", "Bob")
QUICK = {"max_pulses": 3}
"""As in the tests of the real pallet."""


def beacons(*rounds: int, secret: int = SECRET, backend: str = "glass") -> list[Beacon]:
    """Beacons of a network whose secret is known."""
    bls = on_curve(backend)
    return [Beacon(round=r, signature=bls.sign(secret, bls.scheme.digest(r))) for r in rounds]


def public_key(secret: int = SECRET, backend: str = "glass") -> bytes:
    return bytes(on_curve(backend).public_key(secret))


def pulse_of(start: int, end: int, **of: Any) -> Pulse:
    """The true pulse of a range."""
    with use_backend(of.get("backend", "glass")):
        return aggregate(beacons(*range(start, end + 1), **of))


class BeaconChain:
    """A chain whose pallets are System, Aura and the beacon's; one block is always under work."""

    def __init__(
        self, mode: str = "range", *, backend: str = "glass", more: Iterable[Pallet] = (), **parts: Any
    ) -> None:
        self.pallet: BeaconPallet = rand_beacon(mode, backend=backend, **(QUICK | parts))
        self.runtime = Runtime([System(), Aura(), self.pallet, *more])
        keys = [development(name).public for name in AUTHORS]
        self.head: Head = self.runtime.genesis({"Aura": {"authorities": keys}})
        self.slot = 100
        self.rng = random.Random(7)
        self.builder: BlockBuilder
        self.next_block()

    def next_block(self, skip: int = 0) -> None:
        """Finish the block under work, if there is one, and begin the next; ``skip`` slots stay empty before it."""
        if hasattr(self, "builder"):
            header, state = self.builder.finish()
            self.head = Head(header=header, state=state)
        self.slot += 1 + skip
        self.builder = self.runtime.open(self.head, self.slot)

    @property
    def storage(self) -> Storage:
        """What is stored, as it stands in the block under work."""
        return self.builder.context.storage

    @property
    def state_root(self) -> bytes:
        """What is stored, as one hash."""
        return self.storage.commit().root

    @property
    def author(self) -> Sr25519Key:
        """The key of the author of the block under work."""
        return development(AUTHORS[self.slot % len(AUTHORS)])

    def run(self, name: str, origin: Origin = NONE, **arguments: Any) -> StepOutcome:
        """Dispatch a call of the pallet."""
        return self.builder.run(Call("RandBeacon", name, arguments), origin)

    def error(self, name: str, origin: Origin = NONE, **arguments: Any) -> str | None:
        """The error of a call, which must leave everything as it was; None if it has none."""
        before, events = self.state_root, list(self.builder.context.events)
        items = list(self.builder.context.digest)
        found = self.run(name, origin, **arguments).error
        if found is not None:
            assert self.state_root == before
            assert self.builder.context.events == events
            assert self.builder.context.digest == items
        return None if found is None else found.name

    def configure(self, key: bytes | None = None, genesis: int | None = None) -> str | None:
        """Set the beacon's key by root, and the genesis round where the mode has one."""
        more = {} if genesis is None else {"genesis_round": genesis}
        return self.error("set_beacon_config", ROOT, pk=public_key() if key is None else key, **more)

    def signed(self, pulse: Pulse, by: Sr25519Key | None = None) -> Variant:
        """The signature of a pulse by the author, or by another key."""
        return Variant("Sr25519", (by or self.author).sign(pulse.payload, self.rng))

    def submission(self, pulse: Pulse, signature: Variant | None = None) -> Call:
        """The call that submits a pulse in ``range``."""
        arguments = {"asig": pulse.signature, "start": pulse.start, "end": pulse.end}
        return Call("RandBeacon", "try_submit_asig", {**arguments, "signature": signature or self.signed(pulse)})

    def submit(self, pulse: Pulse, signature: Variant | None = None) -> str | None:
        """Submit a pulse in ``range``, signed by the author unless a ``signature`` is given."""
        return self.error("try_submit_asig", **self.submission(pulse, signature).args)

    def inherent(self, heard: Iterable[Beacon] | None) -> Call | None:
        """The inherent that the author makes of what its node has heard."""
        data = {} if heard is None else {INHERENT: encode_observed(heard)}
        return self.pallet.create_inherent(self.builder.context, data)

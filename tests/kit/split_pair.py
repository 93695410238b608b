"""A proxy and its flying part with a link between them that loses, doubles, holds back and replays."""

from __future__ import annotations

import random
from dataclasses import replace

from drandlab.beacon.machines.checker import Memory
from drandlab.dkg.machine import Phase
from drandlab.dkg.protocol import SignatureCache
from drandlab.node.setup.setup_packets import StartDKG
from drandlab.node.setup.setup_rules import session_id
from drandlab.node.signer import KeyMade, NoKey, Refusal, RunDKG, SendBundle, Signer, TakeBundle, Tick
from drandlab.node.split.draws import Draws
from drandlab.node.split.flying_part import FlyingMemory, FlyingPart, KeptShares
from drandlab.node.split.link_codec import LinkCodec
from drandlab.node.split.link_frames import Answered, Discarded, GivenUp, PartialMade, SendDown, SendUp
from drandlab.node.split.proxy import Proxy
from drandlab.node.split.proxy_queue import ProxyQueue
from drandlab.testing import KnownGroup

KNOWN = KnownGroup(3, 2)
SEED = b"\x05" * 32


class Same:
    """Every seed is the same: so a signer beside the pair draws what the flying one draws."""

    def randbytes(self, n):
        return (SEED * 2)[:n]


class SplitPair:
    """Both parts of node 0, what is on its way between them, and what the journal would say of them.

    ``flying_kind`` and ``proxy_kind`` take a part with a planted bug.
    """

    def __init__(
        self, *, kept=None, ahead=0, clock=None, flying_kind=FlyingPart, proxy_kind=Proxy, known=KNOWN, rng=None, **more
    ):
        self._rng = Same() if rng is None else rng
        self.known, self.codec = known, LinkCodec(known.info.scheme, "glass")
        self.memory, self.queue = FlyingMemory(), ProxyQueue()
        if kept is not None:
            self.memory.kept = kept
        self._clock, self._kinds, self._ahead, self._more = clock, (flying_kind, proxy_kind), ahead, more
        self.now = float(known.info.genesis_time)
        self.up, self.down, self.old = [], [], []
        self.seen, self.answers, self.asked_at = [], {}, []
        self.start_flying()
        self.start_proxy()

    # -- start, and start again ---------------------------------------------------------------------------------------

    def make_signer(self, kept, rng):
        return Signer(
            self.known.pairs[0],
            rng,
            shares=kept.shares,
            times=kept.times,
            own_clock=self._clock,
            signatures=SignatureCache(random.Random(1)),
            memory=Memory(),
        )

    def start_flying(self):
        self.flying = self._kinds[0](self.memory, self.codec, self.make_signer, self._rng)

    def start_proxy(self):
        chained = self.known.info.scheme.chained
        self.proxy = self._kinds[1](self.queue, self.codec, chained=chained, ahead=self._ahead, **self._more)

    # -- the link -----------------------------------------------------------------------------------------------------

    def ask(self, request):
        self.asked_at.append(self.now)
        self._take(self.proxy.ask(request, self.now))

    def open(self, **what):
        self._take(self.proxy.opened(self.now, **what))

    def look_ahead(self, **what):
        self._take(self.proxy.look_ahead(self.now, **what))

    def close(self):
        self._take(self.proxy.closed())

    def tick(self):
        self._take(self.proxy.tick(self.now))

    def arrive_up(self, data):
        self._take(self.flying.receive(data, self.now))

    def arrive_down(self, data):
        self._take(self.proxy.receive(data, self.now))

    def _take(self, effects):
        for effect in effects:
            self.seen.append(effect)
            match effect:
                case SendUp():
                    self.up.append(effect.data)
                    self.old.append(effect.data)
                case SendDown():
                    self.down.append(effect.data)
                case Answered(number, replies):
                    self.answers.setdefault(number, []).append(replies)

    def carry(self):
        """Everything arrives, in order, until nothing is on its way."""
        while self.up or self.down:
            up, self.up = self.up, []
            for data in up:
                self.arrive_up(data)
            down, self.down = self.down, []
            for data in down:
                self.arrive_down(data)

    def settle(self, passes=4):
        """Passes in which nothing is lost."""
        for _ in range(passes):
            self.open()
            self.carry()
            self.close()

    def of(self, kind):
        return [effect for effect in self.seen if isinstance(effect, kind)]

    @property
    def codes(self):
        return [effect.code for effect in self.seen if isinstance(effect, (Discarded, GivenUp))]

    @property
    def signed(self):
        return [(effect.round, effect.partial) for effect in self.of(PartialMade)]


class Direct:
    """The same signer at hand: carries out the same requests at once, one after the other."""

    def __init__(self, pair, kept=None):
        self._draws = Draws(SEED)
        self.signer = pair.make_signer(kept or KeptShares(), self._draws)
        self.replies = {}

    def ask(self, number, request, now):
        protocol = self.signer.protocol
        if isinstance(request, RunDKG) and (protocol is None or protocol.over):
            self._draws.reseed(SEED)
        self.replies[number] = self.signer.handle(request, now)


def ended(replies):
    return any(isinstance(reply, (KeyMade, NoKey)) for reply in replies)


def others(known, start):
    """What the other members say in a DKG in which node 0 says what a signer with these draws says."""
    machines = {i: Signer(known.pairs[i], random.Random(i)) for i in range(1, len(known.pairs))}
    zero = Signer(known.pairs[0], Draws(SEED))
    machines[0] = zero
    said, queue = [], []
    for i, machine in machines.items():
        queue += [(i, r.bundle) for r in machine.handle(RunDKG(start), 0) if isinstance(r, SendBundle)]
    while queue:
        i, bundle = queue.pop(0)
        if i:
            said.append(bundle)
        for j, machine in machines.items():
            if i != j:
                replies = machine.handle(TakeBundle(bundle), 0)
                assert not [r for r in replies if isinstance(r, Refusal)]
                queue += [(j, r.bundle) for r in replies if isinstance(r, SendBundle)]
    return said


def starting(known=KNOWN):
    """The terms of a first DKG of these members."""
    group = replace(known.group, public=None)
    return StartDKG(group=group, old_group=None, session_id=session_id(group), phase_timeout=10**6)


ALONE = [Tick(Phase.RESPONSE), Tick(Phase.JUSTIFICATION), Tick(Phase.FINISH)]
"""A DKG in which nobody else says anything."""
START = starting()
SAID = others(KNOWN, START)
"""What the other members say in it."""

"""From the set-up to a key: how the part of a node that talks runs the DKG or the resharing of a group.

Packets of the DKG are spread by echo, as in production: a node sends each genuine packet that it sees for the first
time to everybody once more. So a dealer who sends different packets to different nodes is detected, and a lost packet
arrives by another way. The DKG itself runs in the signer, which alone can open deals.

Two rules are stricter than production's. There, a packet of an earlier run that anybody sends again gets its author
evicted; here, a packet of another session is dropped (as in `drandlab.dkg.protocol`). There, a member can have any
number of packets spread; here, two different packets of one author and one kind are spread, since they prove
equivocation, and further ones are dropped.

The group is finished by the rule of version 1: the genesis seed is the hash of the group before its DKG.
"""

from __future__ import annotations

from typing import TypeAlias, assert_never

from drandlab.beacon.group import Group
from drandlab.beacon.machines.effects import SetTimer
from drandlab.crypto import schnorr
from drandlab.dkg.codec import encode
from drandlab.dkg.machine import Phase
from drandlab.dkg.packets import Bundle, ResponseBundle
from drandlab.dkg.protocol import SignatureCache
from drandlab.node.dkg_reports import packet_report, report_of
from drandlab.node.effects import AskSigner, NodeEffect, PhaseTimer, Report, Send
from drandlab.node.messages import Envelope
from drandlab.node.reports import DkgDone, DkgFailed, DkgLeft
from drandlab.node.setup.setup_packets import StartDKG
from drandlab.node.signer import DKGProgress, KeyMade, NoKey, RunDKG, SendBundle, TakeBundle, Tick, Timer
from drandlab.typing import Round

__all__ = ["Generation", "GenerationReply"]

GenerationReply: TypeAlias = SendBundle | Timer | DKGProgress | KeyMade | NoKey
"""The replies of the signer about a DKG."""

VERSION = 1

PROOF = 2
"""So many different packets of one author, of one kind, prove that it equivocates."""


class Generation:
    """One run of the DKG, for the part of a node that talks.

    ``group`` is the finished group once the signer has a share in it; ``over`` says that the run has ended.
    """

    def __init__(self, start: StartDKG, address: str, signatures: SignatureCache) -> None:
        self.start_terms, self._signatures = start, signatures
        everybody = [node.identity.address for side in (start.old_group, start.group) if side for node in side.nodes]
        self.others = tuple(other for other in dict.fromkeys(everybody) if other != address)
        self._seen: dict[tuple[type[Bundle], int], set[bytes]] = {}
        self.group: Group | None = None
        self.over = False

    def __repr__(self) -> str:
        return f"<Generation for {self.start_terms.group!r}, {'over' if self.over else 'running'}>"

    @property
    def first_round(self) -> Round:
        """The round with which the new group takes over."""
        return self.start_terms.group.first_round

    def start(self) -> list[NodeEffect]:
        """Have the signer begin."""
        return [AskSigner(RunDKG(self.start_terms))]

    def receive(self, data: bytes, bundle: Bundle) -> list[NodeEffect]:
        """Take a packet from the network: a genuine one that is new is sent on, and handed to the signer."""
        seen = self._seen.get((type(bundle), bundle.author), ())
        if self.over or bundle.digest in seen or len(seen) == PROOF or not self._is_genuine(bundle):
            return []
        self._remember(bundle)
        return [Send(self.others, Envelope("dkg", data)), AskSigner(TakeBundle(bundle))]

    def _remember(self, bundle: Bundle) -> None:
        # of genuine packets alone, so that a forger with a new index for each packet fills no memory
        self._seen.setdefault((type(bundle), bundle.author), set()).add(bundle.digest)

    def _is_genuine(self, bundle: Bundle) -> bool:
        terms = self.start_terms
        side = terms.group if isinstance(bundle, ResponseBundle) else terms.old_group or terms.group
        node = side.node(bundle.author)
        if node is None or bundle.session_id != terms.session_id:
            return False
        claim = schnorr.Signed(node.identity.key, bundle.digest, bundle.signature)
        return self._signatures.genuine([claim])[0]

    def tick(self, phase: Phase) -> list[NodeEffect]:
        """The time of a phase has come."""
        return [] if self.over else [AskSigner(Tick(phase))]

    def answered(self, reply: GenerationReply, beacon_id: str) -> list[NodeEffect]:
        """Take a reply of the signer about the run."""
        match reply:
            case SendBundle(bundle):
                data = encode(bundle, beacon_id=beacon_id)
                self._remember(bundle)
                said = Report(packet_report(bundle, data))
                return [said, Send(self.others, Envelope("dkg", data))]
            case Timer(at, phase):
                return [SetTimer(at, PhaseTimer(phase))]
            case DKGProgress(event):
                return [Report(report_of(event))]
            case KeyMade():
                return self._finish(reply)
            case NoKey(code, why):
                self.over = True
                return [Report(DkgFailed(code=code, why=why) if code else DkgLeft())]
            case _:
                assert_never(reply)

    def _finish(self, made: KeyMade) -> list[NodeEffect]:
        self.over = True
        have, need = len(made.qual), self.start_terms.group.threshold
        if have < need:  # holders whose answers were lost; production's library lets such a key pass
            why = f"only {have} nodes took part properly, need {need}"
            return [Report(DkgFailed(code="too-few-holders", why=why))]
        self.group = self.start_terms.group.completed(made.public, made.qual, version=VERSION)
        commits = tuple(bytes(point) for point in made.public.commits)
        return [Report(DkgDone(key=commits[0], qual=made.qual, commits=commits, index=made.index))]

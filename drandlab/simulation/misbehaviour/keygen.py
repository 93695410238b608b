"""Misbehaviour of nodes in a DKG or resharing: for tests, lessons and experiments.

A misbehaviour stands between a node's machine and the network: it gets each bundle that the node would broadcast and
returns what is sent instead. What it changes is signed again with the node's own key, as a real node would do.

As text (``drandlab dkg --fault``) it is ``NAME:NODE`` and, where it can be aimed, ``:holder=J`` or ``:dealer=I``,
several separated by commas: ``wrong-share:1:holder=3``, ``silent:4``, ``false-complaint:2:dealer=0``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeAlias

from drandlab.algebra.field import FieldElement
from drandlab.algebra.polynomial import Polynomial
from drandlab.algebra.shamir import evaluation_point
from drandlab.crypto import ecies, schnorr
from drandlab.crypto.feldman import PublicPolynomial
from drandlab.curves.group import Point
from drandlab.dkg.codec import encode
from drandlab.dkg.machine import DistKeyGenerator
from drandlab.dkg.packets import (
    Bundle,
    Deal,
    DealBundle,
    JustificationBundle,
    Response,
    ResponseBundle,
)
from drandlab.errors import LocalError, WrongType
from drandlab.simulation.misbehaviour.catalogue import Misbehaviour, check_name, parse_text
from drandlab.typing import Rng

__all__ = [
    "CATALOGUE",
    "MisbehavingParticipant",
    "PacketTo",
    "ParticipantTools",
    "checked_participants",
    "instead_of",
    "parse",
    "resign",
]


@dataclass(frozen=True, slots=True)
class PacketTo:
    """A packet on its way: a signed bundle or raw bytes, to everybody or only to the holders with these indices."""

    packet: Bundle | bytes
    only: frozenset[int] | None = None


@dataclass(frozen=True, slots=True)
class ParticipantTools:
    """What a misbehaving node works with: its own machine, a source of chance, and whom it aims at."""

    machine: DistKeyGenerator
    rng: Rng
    targets: tuple[int, ...] = ()


def resign(tools: ParticipantTools, bundle: Bundle) -> Bundle:
    """Return ``bundle`` signed by the deviating node itself."""
    config = tools.machine.config
    return dataclasses.replace(bundle, signature=schnorr.sign(config.longterm, config.key, bundle.digest, tools.rng))


def _resigned(tools: ParticipantTools, bundle: Bundle) -> list[PacketTo]:
    return [PacketTo(resign(tools, bundle))]


def _instead(tools: ParticipantTools, deal: Deal, share: FieldElement) -> Deal:
    """The deal with another share in it; one to a stranger (a second misbehaviour at work) stays as it is."""
    key = next((member.key for member in tools.machine.config.holders if member.index == deal.share_index), None)
    if key is None:
        return deal
    return dataclasses.replace(deal, encrypted_share=ecies.encrypt(key, share.to_bytes(), tools.rng))


def _victims(tools: ParticipantTools, bundle: DealBundle) -> tuple[int, ...]:
    return tools.targets or tuple(deal.share_index for deal in bundle.deals[:1])


def _other_polynomial(tools: ParticipantTools, *, keep_secret: bool) -> Polynomial:
    f = tools.machine.polynomial
    assert f is not None
    constant = f(0) if keep_secret else f(0) + 1
    return Polynomial.random(f.field, tools.machine.config.threshold - 1, tools.rng, constant=constant)


def _shares(tools: ParticipantTools, bundle: DealBundle, value: Callable[[int], FieldElement]) -> tuple[Deal, ...]:
    return tuple(_instead(tools, deal, value(deal.share_index)) for deal in bundle.deals)


def _commits(tools: ParticipantTools, f: Polynomial) -> tuple[Point, ...]:
    config = tools.machine.config
    return PublicPolynomial.commit(f, config.group, config.threshold).commits


# -- deals ------------------------------------------------------------------------------------------------------------


def _wrong_share(tools: ParticipantTools, bundle: DealBundle) -> list[PacketTo]:
    f, victims = tools.machine.polynomial, _victims(tools, bundle)
    assert f is not None
    deals = tuple(
        _instead(tools, d, f(evaluation_point(d.share_index)) + 1) if d.share_index in victims else d
        for d in bundle.deals
    )
    return _resigned(tools, dataclasses.replace(bundle, deals=deals))


def _rubbish_share(tools: ParticipantTools, bundle: DealBundle) -> list[PacketTo]:
    victims = _victims(tools, bundle)
    deals = tuple(
        dataclasses.replace(d, encrypted_share=tools.rng.randbytes(len(d.encrypted_share)))
        if d.share_index in victims
        else d
        for d in bundle.deals
    )
    return _resigned(tools, dataclasses.replace(bundle, deals=deals))


def _off_by_one(tools: ParticipantTools, bundle: DealBundle) -> list[PacketTo]:
    f = tools.machine.polynomial
    assert f is not None
    return _resigned(tools, dataclasses.replace(bundle, deals=_shares(tools, bundle, lambda index: f(index))))


def _inconsistent_commitments(tools: ParticipantTools, bundle: DealBundle) -> list[PacketTo]:
    commits = _commits(tools, _other_polynomial(tools, keep_secret=True))
    return _resigned(tools, dataclasses.replace(bundle, commits=commits))


def _degree_too_high(tools: ParticipantTools, bundle: DealBundle) -> list[PacketTo]:
    return _resigned(tools, dataclasses.replace(bundle, commits=(*bundle.commits, bundle.commits[0])))


def _degree_too_low(tools: ParticipantTools, bundle: DealBundle) -> list[PacketTo]:
    return _resigned(tools, dataclasses.replace(bundle, commits=bundle.commits[:-1]))


def _withheld_deals(tools: ParticipantTools, bundle: DealBundle) -> list[PacketTo]:
    victims = _victims(tools, bundle)
    deals = tuple(d for d in bundle.deals if d.share_index not in victims)
    return _resigned(tools, dataclasses.replace(bundle, deals=deals))


def _unknown_holder(tools: ParticipantTools, bundle: DealBundle) -> list[PacketTo]:
    nobody = max(member.index for member in tools.machine.config.holders) + 1000
    extra = Deal(share_index=nobody, encrypted_share=tools.rng.randbytes(64))
    return _resigned(tools, dataclasses.replace(bundle, deals=(*bundle.deals, extra)))


def _other_secret(tools: ParticipantTools, bundle: DealBundle) -> list[PacketTo]:
    f = _other_polynomial(tools, keep_secret=False)
    deals = _shares(tools, bundle, lambda index: f(evaluation_point(index)))
    return _resigned(tools, dataclasses.replace(bundle, commits=_commits(tools, f), deals=deals))


def _two_dealings(tools: ParticipantTools, bundle: DealBundle) -> tuple[Bundle, Bundle]:
    f = _other_polynomial(tools, keep_secret=True)
    deals = _shares(tools, bundle, lambda index: f(evaluation_point(index)))
    return bundle, resign(tools, dataclasses.replace(bundle, commits=_commits(tools, f), deals=deals))


def _equivocation(tools: ParticipantTools, bundle: DealBundle) -> list[PacketTo]:
    return [PacketTo(packet) for packet in _two_dealings(tools, bundle)]


def _split_dealing(tools: ParticipantTools, bundle: DealBundle) -> list[PacketTo]:
    one, other = _two_dealings(tools, bundle)
    holders = [member.index for member in tools.machine.config.holders]
    half = frozenset(holders[: len(holders) // 2])
    return [PacketTo(one, half), PacketTo(other, frozenset(holders) - half)]


def _malformed_point(tools: ParticipantTools, bundle: DealBundle) -> list[PacketTo]:
    good = bytes(bundle.commits[0])
    return [PacketTo(encode(bundle).replace(good, good[:1] + bytes(len(good) - 1)))]


# -- responses and justifications -------------------------------------------------------------------------------------


def _false_complaint(tools: ParticipantTools, bundle: ResponseBundle) -> list[PacketTo]:
    accused = tools.targets or tuple(i for i in tools.machine.status.dealers if i != tools.machine.dealer_index)
    words = {r.dealer_index: r for r in bundle.responses} | {
        i: Response(dealer_index=i, success=False) for i in accused
    }
    return _resigned(tools, dataclasses.replace(bundle, responses=tuple(words.values())))


def _unknown_dealer(tools: ParticipantTools, bundle: ResponseBundle) -> list[PacketTo]:
    nobody = Response(dealer_index=max(tools.machine.status.dealers) + 1000, success=False)
    return _resigned(tools, dataclasses.replace(bundle, responses=(*bundle.responses, nobody)))


def _false_justification(tools: ParticipantTools, bundle: JustificationBundle) -> list[PacketTo]:
    answers = tuple(dataclasses.replace(j, share=j.share + 1) for j in bundle.justifications)
    return _resigned(tools, dataclasses.replace(bundle, justifications=answers))


def _upheld_share(tools: ParticipantTools, bundle: DealBundle | JustificationBundle) -> list[PacketTo]:
    """A wrong share for one holder, and later the same wrong share as the answer to the complaint."""
    if isinstance(bundle, DealBundle):
        return _wrong_share(tools, bundle)
    return _false_justification(tools, bundle)


def _stranger_justified(tools: ParticipantTools, bundle: DealBundle | JustificationBundle) -> list[PacketTo]:
    """A wrong share for one holder; the answer to the complaint is true, and holds one more, for a stranger."""
    if isinstance(bundle, DealBundle):
        return _wrong_share(tools, bundle)
    stranger = max(member.index for member in tools.machine.config.holders) + 1000
    answers = (*bundle.justifications, dataclasses.replace(bundle.justifications[0], share_index=stranger))
    return _resigned(tools, dataclasses.replace(bundle, justifications=answers))


def _two_justifications(tools: ParticipantTools, bundle: JustificationBundle) -> list[PacketTo]:
    return [PacketTo(bundle), *_false_justification(tools, bundle)]


# -- any packet -------------------------------------------------------------------------------------------------------


def _nothing(tools: ParticipantTools, bundle: Bundle) -> list[PacketTo]:
    return []


def _old_session(tools: ParticipantTools, bundle: Bundle) -> list[PacketTo]:
    return _resigned(tools, dataclasses.replace(bundle, session_id=bytes(reversed(bundle.session_id))))


def _bad_signature(tools: ParticipantTools, bundle: Bundle) -> list[PacketTo]:
    damaged = bundle.signature[:-1] + bytes([bundle.signature[-1] ^ 1])
    return [PacketTo(dataclasses.replace(bundle, signature=damaged))]


def _truncated(tools: ParticipantTools, bundle: Bundle) -> list[PacketTo]:
    data = encode(bundle)
    return [PacketTo(data[: len(data) // 2])]


_Hook: TypeAlias = Callable[[ParticipantTools, Any], Iterable[PacketTo]]

_DEAL, _RESPONSE, _JUSTIFICATION = frozenset({"deal"}), frozenset({"response"}), frozenset({"justification"})
_ANY = _DEAL | _RESPONSE | _JUSTIFICATION
_KINDS: Mapping[type, str] = {DealBundle: "deal", ResponseBundle: "response", JustificationBundle: "justification"}

CATALOGUE: Mapping[str, Misbehaviour[_Hook]] = MappingProxyType(
    {
        "wrong-share": Misbehaviour("deals a holder its share plus one", _DEAL, _wrong_share, "holder"),
        "rubbish-share": Misbehaviour("deals a holder random bytes", _DEAL, _rubbish_share, "holder"),
        "off-by-one": Misbehaviour("evaluates its polynomial at the index, not at index + 1", _DEAL, _off_by_one),
        "inconsistent-commitments": Misbehaviour(
            "commits to another polynomial than it deals", _DEAL, _inconsistent_commitments
        ),
        "degree-too-high": Misbehaviour("publishes one commitment too many", _DEAL, _degree_too_high),
        "degree-too-low": Misbehaviour("publishes one commitment too few", _DEAL, _degree_too_low),
        "withheld-deals": Misbehaviour("leaves a holder out", _DEAL, _withheld_deals, "holder"),
        "unknown-holder": Misbehaviour("deals to an index that is not in the group", _DEAL, _unknown_holder),
        "other-secret": Misbehaviour("deals another secret (in a resharing: not its share)", _DEAL, _other_secret),
        "equivocation": Misbehaviour("sends two different dealings to everybody", _DEAL, _equivocation),
        "split-dealing": Misbehaviour("sends one dealing to one half and another to the rest", _DEAL, _split_dealing),
        "malformed-point": Misbehaviour("sends a commitment that is not a point", _DEAL, _malformed_point),
        "absent-dealer": Misbehaviour("never deals, but answers", _DEAL, _nothing),
        "false-complaint": Misbehaviour("complains about an honest dealer", _RESPONSE, _false_complaint, "dealer"),
        "unknown-dealer": Misbehaviour("answers an index that is not a dealer", _RESPONSE, _unknown_dealer),
        "absent-holder": Misbehaviour("deals, but never answers", _RESPONSE, _nothing),
        "no-justification": Misbehaviour("does not answer complaints", _JUSTIFICATION, _nothing),
        "false-justification": Misbehaviour("answers with a wrong share", _JUSTIFICATION, _false_justification),
        "upheld-share": Misbehaviour(
            "deals a holder a wrong share, and answers with it", _DEAL | _JUSTIFICATION, _upheld_share, "holder"
        ),
        "stranger-justified": Misbehaviour(
            "deals a holder a wrong share, and answers a stranger as well",
            _DEAL | _JUSTIFICATION,
            _stranger_justified,
            "holder",
        ),
        "two-justifications": Misbehaviour("answers twice, differently", _JUSTIFICATION, _two_justifications),
        "silent": Misbehaviour("sends nothing at all", _ANY, _nothing),
        "old-session": Misbehaviour("sends packets of another session", _ANY, _old_session),
        "bad-signature": Misbehaviour("sends packets with a damaged signature", _ANY, _bad_signature),
        "truncated": Misbehaviour("sends half of each packet", _ANY, _truncated),
    }
)
"""Every misbehaviour by name."""


@dataclass(frozen=True, slots=True)
class MisbehavingParticipant:
    """A misbehaviour at one node, aimed at ``targets`` where it can be aimed; `parse` reads one from text."""

    name: str
    node: int
    targets: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        check_name(self.name, CATALOGUE)
        if self.targets and CATALOGUE[self.name].target is None:
            raise LocalError(f"misbehaviour {self.name}: it has no target, leave the target out")

    def send(self, machine: DistKeyGenerator, bundle: Bundle, rng: Rng) -> Iterable[PacketTo]:
        """Return what the node sends in place of ``bundle``."""
        entry = CATALOGUE[self.name]
        if _KINDS[type(bundle)] not in entry.touches:
            return [PacketTo(bundle)]
        return entry.hook(ParticipantTools(machine, rng, self.targets), bundle)

    def __str__(self) -> str:
        kind = CATALOGUE[self.name].target
        return ":".join(
            [self.name, str(self.node), *([",".join(f"{kind}={i}" for i in self.targets)] * bool(self.targets))]
        )


def instead_of(
    bundle: Bundle, misbehaviours: Iterable[MisbehavingParticipant], machine: DistKeyGenerator, rng: Rng
) -> list[PacketTo]:
    """Return what a node sends in place of ``bundle``; each misbehaviour works on what those before have made."""
    packets = [PacketTo(bundle)]
    for one in misbehaviours:
        packets = [
            sent
            for packet in packets
            for sent in ([packet] if isinstance(packet.packet, bytes) else one.send(machine, packet.packet, rng))
        ]
    return packets


def checked_participants(faults: Iterable[MisbehavingParticipant]) -> list[MisbehavingParticipant]:
    """Return them as a list; raises `WrongType` for anything else, such as a text that was not parsed."""
    found = list(faults)
    for one in found:
        if not isinstance(one, MisbehavingParticipant):
            raise WrongType(
                f"expected each a MisbehavingParticipant, got {type(one).__name__}; "
                "misbehaviour.keygen.parse makes one",
                argument="faults",
            )
    return found


def parse(text: str) -> MisbehavingParticipant:
    """Return the misbehaviour that ``text`` describes.

    >>> parse("wrong-share:1:holder=3,holder=4")
    MisbehavingParticipant(name='wrong-share', node=1, targets=(3, 4))
    >>> parse("silent:x")
    Traceback (most recent call last):
    drandlab.errors.LocalError: misbehaviour 'silent:x': expected NAME:NODE, the node as a number
    """
    return MisbehavingParticipant(*parse_text(text, CATALOGUE))

"""Ready-made misbehaviour of nodes in a DKG or resharing, to try, to teach and to test against.

A misbehaviour stands between a node's machine and the network: it gets each bundle that the node would broadcast and
says what is sent instead. What it changes is signed anew with the node's own key, as a real deviating node would do.

Written as text (``drandlab dkg --fault``) a fault is ``NAME:NODE`` and, where it takes them, ``:holder=J`` or
``:dealer=I``, several separated by commas: ``wrong-share:1:holder=3``, ``silent:4``, ``false-complaint:2:dealer=0``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

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
from drandlab.printable import repr_of
from drandlab.typing import Rng, checked_text, whole_of_text

__all__ = ["CATALOGUE", "Fault", "Liar", "Misbehaviour", "Sent", "checked_faults", "parse_fault", "resign"]


@dataclass(frozen=True, slots=True)
class Sent:
    """A packet on its way: a signed bundle or raw bytes, to everybody or only to the holders with these indices."""

    packet: Bundle | bytes
    only: frozenset[int] | None = None


@dataclass(frozen=True, slots=True)
class Liar:
    """What a misbehaving node works with: its own machine, a source of chance, and whom its fault is about."""

    machine: DistKeyGenerator
    rng: Rng
    targets: tuple[int, ...] = ()


def resign(liar: Liar, bundle: Bundle) -> Bundle:
    """Return ``bundle`` signed by the deviating node itself."""
    config = liar.machine.config
    return dataclasses.replace(bundle, signature=schnorr.sign(config.longterm, config.key, bundle.digest, liar.rng))


def _resigned(liar: Liar, bundle: Bundle) -> list[Sent]:
    return [Sent(resign(liar, bundle))]


def _instead(liar: Liar, deal: Deal, share: FieldElement) -> Deal:
    """The deal with another share in it; one to a stranger (a second fault at work) stays as it is."""
    key = next((member.key for member in liar.machine.config.holders if member.index == deal.share_index), None)
    if key is None:
        return deal
    return dataclasses.replace(deal, encrypted_share=ecies.encrypt(key, share.to_bytes(), liar.rng))


def _victims(liar: Liar, bundle: DealBundle) -> tuple[int, ...]:
    return liar.targets or tuple(deal.share_index for deal in bundle.deals[:1])


def _other_polynomial(liar: Liar, *, keep_secret: bool) -> Polynomial:
    f = liar.machine.polynomial
    assert f is not None
    constant = f(0) if keep_secret else f(0) + 1
    return Polynomial.random(f.field, liar.machine.config.threshold - 1, liar.rng, constant=constant)


def _shares(liar: Liar, bundle: DealBundle, value: Callable[[int], FieldElement]) -> tuple[Deal, ...]:
    return tuple(_instead(liar, deal, value(deal.share_index)) for deal in bundle.deals)


def _commits(liar: Liar, f: Polynomial) -> tuple[Point, ...]:
    config = liar.machine.config
    return PublicPolynomial.commit(f, config.group, config.threshold).commits


# -- deals ------------------------------------------------------------------------------------------------------------


def _wrong_share(liar: Liar, bundle: DealBundle) -> list[Sent]:
    f, victims = liar.machine.polynomial, _victims(liar, bundle)
    assert f is not None
    deals = tuple(
        _instead(liar, d, f(evaluation_point(d.share_index)) + 1) if d.share_index in victims else d
        for d in bundle.deals
    )
    return _resigned(liar, dataclasses.replace(bundle, deals=deals))


def _rubbish_share(liar: Liar, bundle: DealBundle) -> list[Sent]:
    victims = _victims(liar, bundle)
    deals = tuple(
        dataclasses.replace(d, encrypted_share=liar.rng.randbytes(len(d.encrypted_share)))
        if d.share_index in victims
        else d
        for d in bundle.deals
    )
    return _resigned(liar, dataclasses.replace(bundle, deals=deals))


def _off_by_one(liar: Liar, bundle: DealBundle) -> list[Sent]:
    f = liar.machine.polynomial
    assert f is not None
    return _resigned(liar, dataclasses.replace(bundle, deals=_shares(liar, bundle, lambda index: f(index))))


def _inconsistent_commitments(liar: Liar, bundle: DealBundle) -> list[Sent]:
    commits = _commits(liar, _other_polynomial(liar, keep_secret=True))
    return _resigned(liar, dataclasses.replace(bundle, commits=commits))


def _degree_too_high(liar: Liar, bundle: DealBundle) -> list[Sent]:
    return _resigned(liar, dataclasses.replace(bundle, commits=(*bundle.commits, bundle.commits[0])))


def _degree_too_low(liar: Liar, bundle: DealBundle) -> list[Sent]:
    return _resigned(liar, dataclasses.replace(bundle, commits=bundle.commits[:-1]))


def _withheld_deals(liar: Liar, bundle: DealBundle) -> list[Sent]:
    victims = _victims(liar, bundle)
    deals = tuple(d for d in bundle.deals if d.share_index not in victims)
    return _resigned(liar, dataclasses.replace(bundle, deals=deals))


def _unknown_holder(liar: Liar, bundle: DealBundle) -> list[Sent]:
    nobody = max(member.index for member in liar.machine.config.holders) + 1000
    extra = Deal(share_index=nobody, encrypted_share=liar.rng.randbytes(64))
    return _resigned(liar, dataclasses.replace(bundle, deals=(*bundle.deals, extra)))


def _other_secret(liar: Liar, bundle: DealBundle) -> list[Sent]:
    f = _other_polynomial(liar, keep_secret=False)
    deals = _shares(liar, bundle, lambda index: f(evaluation_point(index)))
    return _resigned(liar, dataclasses.replace(bundle, commits=_commits(liar, f), deals=deals))


def _two_dealings(liar: Liar, bundle: DealBundle) -> tuple[Bundle, Bundle]:
    f = _other_polynomial(liar, keep_secret=True)
    deals = _shares(liar, bundle, lambda index: f(evaluation_point(index)))
    return bundle, resign(liar, dataclasses.replace(bundle, commits=_commits(liar, f), deals=deals))


def _equivocation(liar: Liar, bundle: DealBundle) -> list[Sent]:
    return [Sent(packet) for packet in _two_dealings(liar, bundle)]


def _split_dealing(liar: Liar, bundle: DealBundle) -> list[Sent]:
    one, other = _two_dealings(liar, bundle)
    holders = [member.index for member in liar.machine.config.holders]
    half = frozenset(holders[: len(holders) // 2])
    return [Sent(one, half), Sent(other, frozenset(holders) - half)]


def _malformed_point(liar: Liar, bundle: DealBundle) -> list[Sent]:
    good = bytes(bundle.commits[0])
    return [Sent(encode(bundle).replace(good, good[:1] + bytes(len(good) - 1)))]


# -- responses and justifications -------------------------------------------------------------------------------------


def _false_complaint(liar: Liar, bundle: ResponseBundle) -> list[Sent]:
    accused = liar.targets or tuple(i for i in liar.machine.status.dealers if i != liar.machine.dealer_index)
    words = {r.dealer_index: r for r in bundle.responses} | {
        i: Response(dealer_index=i, success=False) for i in accused
    }
    return _resigned(liar, dataclasses.replace(bundle, responses=tuple(words.values())))


def _unknown_dealer(liar: Liar, bundle: ResponseBundle) -> list[Sent]:
    nobody = Response(dealer_index=max(liar.machine.status.dealers) + 1000, success=False)
    return _resigned(liar, dataclasses.replace(bundle, responses=(*bundle.responses, nobody)))


def _false_justification(liar: Liar, bundle: JustificationBundle) -> list[Sent]:
    answers = tuple(dataclasses.replace(j, share=j.share + 1) for j in bundle.justifications)
    return _resigned(liar, dataclasses.replace(bundle, justifications=answers))


def _two_justifications(liar: Liar, bundle: JustificationBundle) -> list[Sent]:
    return [Sent(bundle), *_false_justification(liar, bundle)]


# -- any packet -------------------------------------------------------------------------------------------------------


def _nothing(liar: Liar, bundle: Bundle) -> list[Sent]:
    return []


def _old_session(liar: Liar, bundle: Bundle) -> list[Sent]:
    return _resigned(liar, dataclasses.replace(bundle, session_id=bytes(reversed(bundle.session_id))))


def _bad_signature(liar: Liar, bundle: Bundle) -> list[Sent]:
    damaged = bundle.signature[:-1] + bytes([bundle.signature[-1] ^ 1])
    return [Sent(dataclasses.replace(bundle, signature=damaged))]


def _truncated(liar: Liar, bundle: Bundle) -> list[Sent]:
    data = encode(bundle)
    return [Sent(data[: len(data) // 2])]


@dataclass(frozen=True, slots=True)
class Misbehaviour:
    """One entry of the catalogue: what it does in a sentence, which packets it touches, whom it may be about."""

    about: str
    touches: tuple[type, ...]
    hook: Callable[[Liar, Any], Iterable[Sent]]
    target: str | None = None
    """``holder`` or ``dealer``, if it can be aimed."""


_ANY = (DealBundle, ResponseBundle, JustificationBundle)
_DEAL, _RESPONSE, _JUSTIFICATION = (DealBundle,), (ResponseBundle,), (JustificationBundle,)

CATALOGUE: Mapping[str, Misbehaviour] = MappingProxyType(
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
        "unknown-holder": Misbehaviour("deals to somebody who is not in the group", _DEAL, _unknown_holder),
        "other-secret": Misbehaviour("deals another secret (in a resharing: not its share)", _DEAL, _other_secret),
        "equivocation": Misbehaviour("sends two different dealings to everybody", _DEAL, _equivocation),
        "split-dealing": Misbehaviour("sends one dealing to one half and another to the rest", _DEAL, _split_dealing),
        "malformed-point": Misbehaviour("sends a commitment that is no point", _DEAL, _malformed_point),
        "absent-dealer": Misbehaviour("never deals, but answers", _DEAL, _nothing),
        "false-complaint": Misbehaviour("complains about an honest dealer", _RESPONSE, _false_complaint, "dealer"),
        "unknown-dealer": Misbehaviour("answers somebody who is no dealer", _RESPONSE, _unknown_dealer),
        "absent-holder": Misbehaviour("deals, but never answers", _RESPONSE, _nothing),
        "no-justification": Misbehaviour("does not answer complaints", _JUSTIFICATION, _nothing),
        "false-justification": Misbehaviour("answers with a wrong share", _JUSTIFICATION, _false_justification),
        "two-justifications": Misbehaviour("answers twice, differently", _JUSTIFICATION, _two_justifications),
        "silent": Misbehaviour("sends nothing at all", _ANY, _nothing),
        "old-session": Misbehaviour("sends packets of another session", _ANY, _old_session),
        "bad-signature": Misbehaviour("sends packets with a damaged signature", _ANY, _bad_signature),
        "truncated": Misbehaviour("sends half of each packet", _ANY, _truncated),
    }
)
"""Every misbehaviour by name."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A misbehaviour at one node, aimed at ``targets`` where it can be aimed; `parse_fault` reads one from text."""

    name: str
    node: int
    targets: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.name not in CATALOGUE:
            raise LocalError(f"fault: expected one of {', '.join(CATALOGUE)}; got {self.name!r}")
        if self.targets and CATALOGUE[self.name].target is None:
            raise LocalError(f"fault {self.name}: it is not about anybody in particular, leave the target out")

    def send(self, machine: DistKeyGenerator, bundle: Bundle, rng: Rng) -> Iterable[Sent]:
        """Return what the node sends in place of ``bundle``."""
        entry = CATALOGUE[self.name]
        if not isinstance(bundle, entry.touches):
            return [Sent(bundle)]
        return entry.hook(Liar(machine, rng, self.targets), bundle)

    def __str__(self) -> str:
        kind = CATALOGUE[self.name].target
        return ":".join(
            [self.name, str(self.node), *([",".join(f"{kind}={i}" for i in self.targets)] * bool(self.targets))]
        )


def checked_faults(faults: Iterable[Fault]) -> list[Fault]:
    """Return the faults as a list; raises `WrongType` where one is none, such as its text."""
    found = list(faults)
    for fault in found:
        if not isinstance(fault, Fault):
            raise WrongType(f"faults: expected each a Fault, got {type(fault).__name__}; parse_fault makes one")
    return found


def parse_fault(text: str) -> Fault:
    """Return the fault that ``text`` describes.

    >>> parse_fault("wrong-share:1:holder=3,holder=4")
    Fault(name='wrong-share', node=1, targets=(3, 4))
    >>> parse_fault("wrong-share:x")
    Traceback (most recent call last):
    drandlab.errors.LocalError: fault 'wrong-share:x': expected NAME:NODE or NAME:NODE:holder=J, the node as a number
    """
    name, *rest = checked_text(text, "fault").split(":")
    wanted = CATALOGUE[name].target if name in CATALOGUE else None
    form = f"expected NAME:NODE or NAME:NODE:{wanted or 'holder'}=J, the node as a number"
    if name not in CATALOGUE:
        raise LocalError(f"fault {repr_of(text, 80)}: expected one of {', '.join(CATALOGUE)}")
    node = whole_of_text(rest[0]) if 1 <= len(rest) <= 2 else None
    if node is None:
        raise LocalError(f"fault {repr_of(text, 80)}: {form}")
    targets = []
    for aim in rest[1].split(",") if len(rest) == 2 else ():
        kind, _, number = aim.partition("=")
        target = whole_of_text(number)
        if kind != wanted or target is None:
            raise LocalError(f"fault {repr_of(text, 80)}: {form}")
        targets.append(target)
    return Fault(name, node, tuple(targets))

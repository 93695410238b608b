r"""One honest node is cut off while the shares are dealt, and asks for them in public: too many shares are known then.

The node complains about every dealer, and every honest dealer answers with the share in plain, as it should. Members of
the attacker hold $t - 1$ shares of each polynomial, and this is one more. What is missing is the polynomial of the node
itself, of which nobody asked it for a share: if only what it gets is lost, the key is safe. If its own dealing is lost
too, it is out as a dealer, and the attacker knows all that the key is made of. An echo brings the shares another way.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from drandlab.algebra.field import FieldElement
from drandlab.algebra.shamir import Share, recover
from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.attacks.small_dkg import SmallDkg
from drandlab.dkg.packets import Bundle, DealBundle, JustificationBundle
from drandlab.errors import LocalError, NotEnoughShares
from drandlab.simulation.misbehaviour.keygen import PacketTo

__all__ = ["ATTACK"]


class _CutOff:
    """What of the dealings is lost: all that the last node gets, and with ``both`` all that it sends."""

    def __init__(self, both: bool) -> None:
        self.both = both

    def __call__(self, run: SmallDkg, index: int, bundle: Bundle) -> Iterable[PacketTo]:
        if not isinstance(bundle, DealBundle):
            return [PacketTo(bundle)]
        last = len(run.protocols) - 1
        if index == last:
            return [] if self.both else [PacketTo(bundle)]
        return [PacketTo(bundle, frozenset(range(last)))]


def _public(run: SmallDkg) -> dict[int, list[Share]]:
    """The shares that dealers have published, by dealer."""
    return {
        bundle.author: [Share(index=one.share_index, value=one.share) for one in bundle.justifications]
        for bundle in run.seen
        if isinstance(bundle, JustificationBundle)
    }


def _secret(run: SmallDkg, members: int, public: Mapping[int, list[Share]], qual: Iterable[int]) -> FieldElement | None:
    """What the attacker makes of its members' shares and the public ones; None if a part of the key is missing."""
    parts = []
    for dealer in qual:
        held = [
            Share(index=index, value=run.protocols[index].machine.shares[dealer])
            for index in range(members)
            if dealer in run.protocols[index].machine.shares
        ]
        try:
            parts.append(recover([*held, *public.get(dealer, ())], run.threshold))
        except NotEnoughShares:
            return None
    first, *rest = parts
    return sum(rest, first)


def _checked(nodes: int, threshold: int, members: int) -> None:
    if threshold >= nodes:
        raise LocalError(
            f"must be below the {nodes} nodes, as one may be out as a dealer, got {threshold}", argument="threshold"
        )
    if members >= nodes - 1:
        raise LocalError(f"must leave at least 2 of the {nodes} nodes honest, got {members}", argument="members")


def _theory(nodes: int, threshold: int, members: int, lost: str, echo: bool) -> AttackOutcome:
    _checked(nodes, threshold, members)
    known = members + (0 if echo else 1)
    return {
        "shares_made_public": 0 if echo else nodes - 1,
        "recovered": members >= threshold or (known >= threshold and lost == "both"),
    }


def _measure(seed: int, *, nodes: int, threshold: int, members: int, lost: str, echo: bool) -> AttackOutcome:
    _checked(nodes, threshold, members)
    run = SmallDkg(nodes, threshold, f"{seed}/cut-off holder", tamper=_CutOff(lost == "both"), echo=echo).finish()
    public, honest = _public(run), run.results[members]
    secret = _secret(run, members, public, honest.qual)
    return {
        "shares_made_public": sum(share.index == nodes - 1 for shares in public.values() for share in shares),
        "recovered": secret is not None and secret * honest.key.group.generator == honest.key,
    }


ATTACK = Attack(
    name="cut_off_holder",
    about="A node that gets no shares makes the dealers publish them, and they are one more for the attacker.",
    parameters={
        "nodes": AttackParameter(5, "nodes, the last of which is cut off", low=3, high=32),
        "threshold": AttackParameter(3, "how many nodes are to sign", low=2, high=31),
        "members": AttackParameter(2, "nodes of the attacker, which keep to the protocol", low=0, high=30),
        "lost": AttackParameter("both", "which dealings of that node are lost", choices=("received", "both")),
        "echo": AttackParameter(False, "whether each node hands on every packet that it gets"),
    },
    sources=(
        "Gennaro, Jarecki, Krawczyk, Rabin: Secure distributed key generation for discrete-log based cryptosystems, "
        "J. Cryptology 20 (2007), section 2, on private channels and bounded delays",
    ),
    remedy="Hand on every packet, and stop a run in which one node misses the shares of all dealers.",
    theory=_theory,
    measure=_measure,
)

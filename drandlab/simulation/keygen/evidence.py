r"""The check behind a share, with its numbers, from the packets that a run's journal holds.

A holder with index $j$ opens what dealer $i$ encrypted to it and compares, with $x = j + 1$,

$$s\, g = A_{i,0} + x A_{i,1} + \ldots + x^{t-1} A_{i,t-1},$$

and in a resharing also $A_{i,0}$ with the dealer's share of the old key. The laboratory knows every holder's long-term
secret, so it can look into every envelope afterwards; in a real network only the holder can.

Source: Feldman, "A practical scheme for non-interactive verifiable secret sharing", FOCS 1987.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from drandlab.algebra.field import FieldElement
from drandlab.algebra.shamir import evaluation_point
from drandlab.crypto import ecies
from drandlab.crypto.feldman import PublicPolynomial
from drandlab.curves.group import Point
from drandlab.dkg.codec import decode
from drandlab.dkg.config import Config
from drandlab.dkg.packets import Bundle, DealBundle
from drandlab.errors import DecodeError, DrandlabError, VerificationError
from drandlab.simulation.journal import Journal
from drandlab.simulation.keygen.run import Run

__all__ = ["Check", "Evidence", "packets_taken", "short"]


def short(value: bytes | str) -> str:
    """Return the two ends of a long hexadecimal number.

    >>> short(bytes(range(32)))
    '00010203…1c1d1e1f'
    """
    text = value.hex() if isinstance(value, bytes) else value
    return text if len(text) <= 17 else f"{text[:8]}…{text[-8:]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One share against its dealer's commitments.

    ``left`` is $s g$, ``right`` $F(x)$ from ``terms`` commitments; in a resharing ``dealt`` is the dealer's $A_0$ and
    ``owed`` its share of the old key times $g$. ``problem`` says in words why a share is not in order, None if it is.
    """

    dealer: int
    holder: int
    x: int
    terms: int
    right: Point
    share: FieldElement | None = None
    left: Point | None = None
    dealt: Point | None = None
    owed: Point | None = None
    problem: str | None = None

    @property
    def passes(self) -> bool:
        """Whether the share is in order."""
        return self.problem is None


def packets_taken(journal: Journal, node: int) -> dict[str, Mapping[str, str]]:
    """Return the digests of the packets that ``node`` took, by kind and by author.

    >>> from drandlab.simulation.keygen.run import generate_key
    >>> taken = packets_taken(generate_key(3, 2, backend="glass").journal, 0)
    >>> {kind: list(authors) for kind, authors in taken.items()}
    {'deal': ['0', '1', '2'], 'response': ['0', '1', '2']}
    """
    kinds = {"init": "deal", "deal": "deal", "response": "response", "justification": "justification"}
    phases = journal.entries("phase", node)
    return {kinds[before.details["phase"]]: after.details["took"] for before, after in pairwise(phases)}


class Evidence:
    """All packets of a run by their digest, and the checks of the shares in them.

    >>> from drandlab.simulation.keygen.run import generate_key
    >>> from drandlab.simulation.misbehaviour.keygen import parse
    >>> run = generate_key(4, 3, backend="glass", faults=[parse("wrong-share:1:holder=3")])
    >>> evidence = Evidence(run)
    >>> evidence.check(1, 3).problem, evidence.check(1, 2).problem
    ('s·g is not F(4)', None)
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self.config = next(iter(run.configs.values()))
        self.node_of_holder = _names(run.configs, "holder_index")
        self.node_of_dealer = _names(run.configs, "dealer_index")
        self._packets: dict[str, Bundle] = {}
        for entry in run.journal.entries("broadcast"):
            packet = self.opened(entry.details["data"])
            if packet is not None:
                self._packets[packet.digest.hex()] = packet
        self.taken = {node: packets_taken(run.journal, node) for node in run.configs}
        self._checks: dict[tuple[str, int], Check | None] = {}

    def opened(self, data: str) -> Bundle | None:
        """Return the packet in hexadecimal ``data``, or None when it is none."""
        try:
            return decode(bytes.fromhex(data), self.run.group)
        except DrandlabError:
            return None

    def packet(self, digest: str) -> Bundle | None:
        """Return the packet with this digest; None for one never sent (which a misbehaving node has replaced)."""
        return self._packets.get(digest)

    def dealing(self, node: int, dealer: int) -> DealBundle | None:
        """Return the dealing of ``dealer`` that ``node`` took, if it took one."""
        packet = self.packet(self.taken[node].get("deal", {}).get(str(dealer), ""))
        return packet if isinstance(packet, DealBundle) else None

    def check(self, dealer: int, holder: int) -> Check | None:
        """Return the check that ``holder`` makes of its share from ``dealer``; None where there is none to make.

        There is none in a packet that never came, that the holder itself sent, or of another session or degree.
        """
        node = self.node_of_holder.get(holder)
        packet = None if node is None or node == self.node_of_dealer.get(dealer) else self.dealing(node, dealer)
        if packet is None or len(packet.commits) != self.config.threshold or packet.session_id != self.config.nonce:
            return None
        key = packet.digest.hex(), holder
        if key not in self._checks:
            self._checks[key] = self._open(packet, holder)
        return self._checks[key]

    def _open(self, packet: DealBundle, holder: int) -> Check:
        secret = self.run.configs[self.node_of_holder[holder]].longterm
        deal = next((deal for deal in packet.deals if deal.share_index == holder), None)
        if deal is None:
            return self.compare(packet, holder, None, "the packet holds no share for this holder")
        try:
            plain = ecies.decrypt(secret, deal.encrypted_share, self.run.group.generator)
            share = self.run.group.field.from_bytes(plain)
        except (VerificationError, DecodeError) as error:
            return self.compare(packet, holder, None, f"the share does not open: {error}")
        return self.compare(packet, holder, share)

    def compare(self, packet: DealBundle, holder: int, share: FieldElement | None, problem: str | None = None) -> Check:
        """Return ``share`` against the commitments of ``packet``; ``problem`` if there is no share to compare."""
        public, old, x = PublicPolynomial(self.run.group, packet.commits), self.config.public, evaluation_point(holder)
        left = share * self.run.group.generator if share is not None else None
        right = public.at(x)
        dealt, owed = (public.public_key, old.share(packet.dealer_index)) if old else (None, None)
        if left is not None and left != right:
            problem = f"s·g is not F({x})"
        elif dealt != owed:
            problem = problem or "F(0) is not the dealer's share of the old key"
        return Check(
            dealer=packet.dealer_index,
            holder=holder,
            x=x,
            terms=len(packet.commits),
            share=share,
            left=left,
            right=right,
            dealt=dealt,
            owed=owed,
            problem=problem,
        )


def _names(configs: Mapping[int, Config], role: str) -> dict[int, int]:
    """The node by its index among the dealers or among the holders."""
    return {getattr(config, role): name for name, config in configs.items() if getattr(config, role) is not None}

r"""The check behind a share, with its numbers, from what a journal holds.

A holder with index $j$ opens what dealer $i$ encrypted to it and compares, with $x = j + 1$,

$$s\, g = A_{i,0} + x A_{i,1} + \ldots + x^{t-1} A_{i,t-1},$$

and in a resharing also $A_{i,0}$ with the dealer's share of the old key. Only the holder can open the share, so it
writes what it found, with $s\, g$ where it is not $F(x)$, into the journal (`drandlab.node.reports.ShareOpened`). All
else is public: the packets that were sent, and which of them the holder took.

Source: Feldman, "A practical scheme for non-interactive verifiable secret sharing", FOCS 1987.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from drandlab.algebra.field import FieldElement
from drandlab.algebra.shamir import evaluation_point
from drandlab.crypto.feldman import PublicPolynomial
from drandlab.curves.group import Point
from drandlab.dkg.codec import decode
from drandlab.dkg.packets import Bundle, DealBundle
from drandlab.errors import DrandlabError
from drandlab.node.reports import DkgPacketSent, DkgPhase, ShareOpened
from drandlab.simulation.journal import Journal
from drandlab.simulation.keygen.run import Run
from drandlab.simulation.keygen.sessions import Session, session_of

__all__ = ["Check", "Evidence", "packets_taken", "short"]


UNOPENED = frozenset({"missing", "unreadable"})
"""Codes of a share that its holder has not seen."""


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
    ``share`` is there only where a justification has made it public.
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


def packets_taken(
    source: Journal | Run, node: int, session: Session | int | str | None = None
) -> dict[str, Mapping[str, str]]:
    """Return the digests of the packets that ``node`` took in a session, by kind and by author.

    >>> from drandlab.simulation.keygen.run import generate_key
    >>> taken = packets_taken(generate_key(3, 2, backend="glass").journal, 0)
    >>> {kind: list(authors) for kind, authors in taken.items()}
    {'deal': ['0', '1', '2'], 'response': ['0', '1', '2']}
    """
    return _taken(session_of(source, session), node)


def _taken(session: Session, node: int) -> dict[str, Mapping[str, str]]:
    kinds = {"init": "deal", "deal": "deal", "response": "response", "justification": "justification"}
    phases = [entry.what for entry in session.entries[node] if isinstance(entry.what, DkgPhase)]
    return {
        kinds[before.phase]: {str(author): digest.hex() for author, digest in sorted(after.took.items())}
        for before, after in pairwise(phases)
        if before.phase in kinds
    }


class Evidence:
    """All packets of a session by their digest, and the checks of the shares in them.

    ``source`` is a journal or a `Run`, ``session`` the number or the id of one of its sessions (`sessions` lists them),
    the newest unless given. ``backend`` computes, and changes nothing.

    >>> from drandlab.simulation.keygen.run import generate_key
    >>> from drandlab.simulation.misbehaviour.keygen import parse
    >>> run = generate_key(4, 3, backend="glass", faults=[parse("wrong-share:1:holder=3")])
    >>> evidence = Evidence(run.journal)
    >>> evidence.check(1, 3).problem, evidence.check(1, 2).problem
    ('s·g is not F(4)', None)
    """

    def __init__(
        self, source: Journal | Run, session: Session | int | str | None = None, *, backend: str | None = None
    ) -> None:
        self.session = session_of(source, session)
        self.terms = self.session.terms
        self.group = self.session.group(backend)
        commits = [self.group.decode(data, identity=True) for data in self.terms.public]
        self.old_public = PublicPolynomial(self.group, commits) if commits else None
        starts = self.session.starts
        self.node_of_holder = {one.holder: name for name, one in starts.items() if one.holder is not None}
        self.node_of_dealer = {one.dealer: name for name, one in starts.items() if one.dealer is not None}
        self.taken = {node: _taken(self.session, node) for node in starts}
        self._packets: dict[str, Bundle] = {}
        self._opened: dict[tuple[int, int], ShareOpened] = {}
        for node, entries in self.session.entries.items():
            for entry in entries:
                if isinstance(entry.what, DkgPacketSent) and (packet := self.opened(entry.what.data)) is not None:
                    self._packets[packet.digest.hex()] = packet
                elif isinstance(entry.what, ShareOpened):
                    self._opened[entry.what.dealer, node] = entry.what
        self._checks: dict[tuple[int, int], Check | None] = {}

    def opened(self, data: bytes) -> Bundle | None:
        """Return the packet in ``data``, or None when it is none."""
        try:
            return decode(data, self.group)
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
        """Return the check that ``holder`` made of its share from ``dealer``; None where it made none.

        It makes none of a packet that never came, that it sent itself, or of another degree.
        """
        if (dealer, holder) not in self._checks:
            self._checks[dealer, holder] = self._check(dealer, holder)
        return self._checks[dealer, holder]

    def _check(self, dealer: int, holder: int) -> Check | None:
        node = self.node_of_holder.get(holder)
        said = None if node is None else self._opened.get((dealer, node))
        packet = None if node is None else self.dealing(node, dealer)
        if said is None or packet is None:
            return None
        if said.code in UNOPENED:
            return self._compared(packet, holder, None, None, said.why)
        # a holder writes s g down only where it is not F(x)
        right = self._right(packet, holder)
        left = right if said.point is None else self.group.decode(said.point, identity=True)
        return self._compared(packet, holder, None, left, None)

    def _right(self, packet: DealBundle, holder: int) -> Point:
        return PublicPolynomial(self.group, packet.commits).share(holder)

    def compare(self, packet: DealBundle, holder: int, share: FieldElement) -> Check:
        """Return a share that its dealer has made public, against the commitments of its ``packet``."""
        return self._compared(packet, holder, share, share * self.group.generator, None)

    def _compared(
        self, packet: DealBundle, holder: int, share: FieldElement | None, left: Point | None, problem: str | None
    ) -> Check:
        public, old, x = PublicPolynomial(self.group, packet.commits), self.old_public, evaluation_point(holder)
        right = self._right(packet, holder)
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

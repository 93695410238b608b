r"""The Joint-Feldman machine of one node: deal, respond, justify, finish.

Every dealer $i$ draws a polynomial $f_i$ of degree $t - 1$, publishes its commitments and sends holder $j$ the share
$f_i(x_j)$, encrypted. Holders check their shares against the commitments and complain in public about those that do
not fit; a dealer answers a complaint with the share in plain. Dealers without an open complaint are qualified (QUAL):

$$s_j = \sum_{i \in QUAL} f_i(x_j), \qquad A_k = \sum_{i \in QUAL} A_{i,k}, \qquad A_0 = \sum_{i \in QUAL} f_i(0)\, g.$$

A **resharing** is the same run with other secrets: a dealer of the old group deals its share, $f_i(0) = s_i$
(everybody can check that, since $s_i g$ is public), and the holders of the new group interpolate instead of adding
up, over the first $t_{old}$ dealers by ascending index, their shares as well as, coefficient by coefficient, the
commitments.

The machine knows no network: bundles go in, a bundle or a result comes out, whoever breaks a rule is evicted with the
evidence in a `PeerError`. Signatures are checked before (`drandlab.dkg.protocol`). The steps and their order are
production's, and so are the consequences, also the strange ones: an evicted *holder* of a fresh run is not told and
ends with another key than the rest, so results must be compared before use. And the author of a packet of another
session is evicted, though anybody may have sent an old packet again: hand the machine packets of its own session only,
as `drandlab.dkg.protocol` does.

Source: Gennaro, Jarecki, Krawczyk, Rabin, "Secure distributed key generation for discrete-log based cryptosystems", J.
Cryptology 20 (2007), section 3; Desmedt, Jajodia, "Redistributing secret shares to new access structures", 1997; kyber
``share/dkg/dkg.go``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum
from typing import TypeVar

from drandlab.algebra.field import FieldElement
from drandlab.algebra.polynomial import Polynomial
from drandlab.algebra.shamir import evaluation_point
from drandlab.crypto import ecies
from drandlab.crypto.feldman import PublicPolynomial
from drandlab.crypto.scalars import pick_scalar
from drandlab.crypto.secrecy import HoldsSecrets
from drandlab.curves.group import Point
from drandlab.dkg.config import Config
from drandlab.dkg.packets import (
    Bundle,
    Deal,
    DealBundle,
    Justification,
    JustificationBundle,
    Response,
    ResponseBundle,
)
from drandlab.dkg.result import Dealing, Result, add_dealings, interpolate_dealings
from drandlab.dkg.status import ShareCheck, StatusMatrix
from drandlab.errors import DecodeError, Evicted, LocalError, PeerError, ProtocolAborted, VerificationError
from drandlab.typing import Rng

__all__ = ["TRANSITIONS", "DistKeyGenerator", "Phase"]

Outcome = TypeVar("Outcome")


class Phase(Enum):
    """Where a node stands in a run."""

    INIT = "init"
    DEAL = "deal"
    RESPONSE = "response"
    JUSTIFICATION = "justification"
    FINISH = "finish"


TRANSITIONS: dict[tuple[str, Phase, str], tuple[Phase, ...]] = {
    # (who, phase, what is called): the phases it may lead to
    ("dealer and holder", Phase.INIT, "deals"): (Phase.DEAL,),
    ("dealer and holder", Phase.DEAL, "process_deals"): (Phase.RESPONSE,),
    ("dealer and holder", Phase.RESPONSE, "process_responses"): (Phase.JUSTIFICATION, Phase.FINISH),
    ("dealer and holder", Phase.JUSTIFICATION, "process_justifications"): (Phase.FINISH,),
    ("newcomer", Phase.INIT, "process_deals"): (Phase.RESPONSE,),
    ("newcomer", Phase.RESPONSE, "process_responses"): (Phase.JUSTIFICATION, Phase.FINISH),
    ("newcomer", Phase.JUSTIFICATION, "process_justifications"): (Phase.FINISH,),
    ("leaver", Phase.INIT, "deals"): (Phase.DEAL,),
    ("leaver", Phase.DEAL, "process_deals"): (Phase.FINISH,),
}
"""Every legal step. A leaver deals and is done: production lets it process no responses, so it can never justify."""


class DistKeyGenerator(HoldsSecrets):
    """One node's run of the DKG or of a resharing.

    Call in turn `deals`, `process_deals`, `process_responses` and, unless that gave the result,
    `process_justifications`; a call out of turn is a `LocalError` and changes nothing. ``status``,
    ``evicted_dealers`` and ``evicted_holders`` show what the node believes; the evictions are in the order in which
    they happened, repeats kept. ``checks`` are those of the shares dealt to this node, by dealer.

    >>> import random
    >>> from drandlab.curves import suite
    >>> from drandlab.dkg.config import Config, Member
    >>> g1, rng = suite("bls12-381", "glass").g1, random.Random(1)
    >>> secrets = [g1.field.random(rng) for _ in range(4)]
    >>> members = [Member(i, x * g1.generator) for i, x in enumerate(secrets)]
    >>> nodes = [DistKeyGenerator(Config(group=g1, longterm=x, new_nodes=members, threshold=3, nonce=bytes(32)), rng)
    ...          for x in secrets]
    >>> deals = [node.deals() for node in nodes]
    >>> [node.process_deals(deals) for node in nodes]
    [None, None, None, None]
    >>> results = [node.process_responses([]) for node in nodes]
    >>> len({result.key for result in results}), results[0].qual
    (1, (0, 1, 2, 3))
    """

    def __init__(self, config: Config, rng: Rng) -> None:
        self.config, self._rng = config, rng
        self.phase = Phase.INIT
        self.dealer_index, self.holder_index = config.dealer_index, config.holder_index
        self.can_issue, self.can_receive = config.can_issue, config.can_receive
        self.role = "leaver" if not self.can_receive else "dealer and holder" if self.can_issue else "newcomer"
        dealers = [member.index for member in config.dealers]
        holders = [member.index for member in config.holders]
        self.status = StatusMatrix(dealers, holders, success=not config.fast_sync)
        if self.can_receive and not config.fast_sync:
            for dealer in dealers:  # the shares that this node expects are not in order until they are here
                self.status.set(dealer, self._own_holder, False)
        self.evicted_dealers: list[PeerError] = []
        self.evicted_holders: list[PeerError] = []
        self.polynomial: Polynomial | None = None
        self.publics: dict[int, PublicPolynomial] = {}
        self.shares: dict[int, FieldElement] = {}
        self.checks: dict[int, ShareCheck] = {}
        self._dealers, self._holders = set(dealers), set(holders)
        if self.can_issue:
            self.polynomial = self._draw_polynomial()

    def __repr__(self) -> str:
        return f"<DistKeyGenerator {self.role}, phase {self.phase.value}, {self.status!r}>"

    @property
    def _own_holder(self) -> int:
        assert self.holder_index is not None
        return self.holder_index

    @property
    def _own_dealer(self) -> int:
        assert self.dealer_index is not None
        return self.dealer_index

    def _draw_polynomial(self) -> Polynomial:
        config, field = self.config, self.config.group.field
        if config.share is not None:
            secret = config.share.value
        elif config.entropy is not None:
            secret = pick_scalar(field, config.entropy)
        else:
            secret = field.random(self._rng, nonzero=True)
        return Polynomial.random(field, config.threshold - 1, self._rng, constant=secret)

    def _enter(self, call: str) -> tuple[Phase, ...]:
        try:
            return TRANSITIONS[self.role, self.phase, call]
        except KeyError:
            legal = sorted({phase.value for role, phase, name in TRANSITIONS if (role, name) == (self.role, call)})
            when = f"in phase {' or '.join(legal)}" if legal else "never"
            raise LocalError(
                f"{call}: a {self.role} may call it {when}, this run is in phase {self.phase.value}"
            ) from None

    # -- phase 1 ------------------------------------------------------------------------------------------------------

    def deals(self) -> DealBundle:
        """Return the deal bundle, unsigned: the commitments, and every other holder's share encrypted to its key."""
        (after,) = self._enter("deals")
        assert self.polynomial is not None
        config = self.config
        public = PublicPolynomial.commit(self.polynomial, config.group, config.threshold)
        deals = []
        for holder in config.holders:
            share = self.polynomial(evaluation_point(holder.index))
            if holder.index == self.holder_index:
                self.shares[self._own_dealer], self.publics[self._own_dealer] = share, public
                self.status.set(self._own_dealer, holder.index, True)
                continue
            deals.append(
                Deal(share_index=holder.index, encrypted_share=ecies.encrypt(holder.key, share.to_bytes(), self._rng))
            )
        self.phase = after
        return DealBundle(
            dealer_index=self._own_dealer, commits=public.commits, deals=tuple(deals), session_id=config.nonce
        )

    # -- phase 2 ------------------------------------------------------------------------------------------------------

    def process_deals(self, bundles: Iterable[DealBundle]) -> ResponseBundle | None:
        """Check the shares dealt to this node; return its responses, unsigned, or None when there is nothing to say.

        In normal mode it has complaints only, in fast sync an answer about every dealer. A leaver answers nothing.
        """
        (after,) = self._enter("process_deals")
        if not self.can_receive:
            self.phase = after
            return None
        for bundle in bundles:
            self._take_deals(bundle)
        for member in self.config.dealers:  # an honest node's share for itself is in order
            itself = next((holder.index for holder in self.config.holders if holder.key == member.key), None)
            if itself is not None:
                self.status.set(member.index, itself, True)
        self.phase = after
        return self._respond()

    def _take_deals(self, bundle: DealBundle) -> None:
        """Evict the dealer for what its bundle breaks; keep its polynomial and, if it fits, its share for this node."""
        config, dealer = self.config, bundle.dealer_index
        if (self.can_issue and dealer == self.dealer_index) or dealer not in self._dealers:
            return
        if bundle.session_id != config.nonce:
            self._evict_dealer(dealer, "other-session", "its deals are of another session", bundle)
        elif len(bundle.commits) != config.threshold:
            count = len(bundle.commits)
            self._evict_dealer(
                dealer, "commitments", f"it committed to {count} coefficients, not {config.threshold}", bundle
            )
        elif dealer in self.publics:
            self._evict_dealer(dealer, "dealt-twice", "it dealt twice", bundle)
        else:
            self.publics[dealer] = PublicPolynomial(config.group, bundle.commits)
            for deal in bundle.deals:
                if deal.share_index not in self._holders:
                    self._evict_dealer(
                        dealer, "no-such-holder", f"it dealt to holder {deal.share_index}, not in the group", bundle
                    )
                    break
                if deal.share_index == self.holder_index:
                    self._check_share(dealer, deal)
            else:
                if dealer not in self.checks:
                    why = "the packet holds no share for this holder"
                    self.checks[dealer] = ShareCheck(dealer, code="missing", why=why)

    def _check_share(self, dealer: int, deal: Deal) -> None:
        """Open a share that is dealt to this node; keep it if it fits, and what was found in any case."""
        try:
            plain = ecies.decrypt(self.config.longterm, deal.encrypted_share, self.config.group.generator)
            share = self.config.group.field.from_bytes(plain)
        except (VerificationError, DecodeError) as error:
            # its status stays a complaint
            self.checks[dealer] = ShareCheck(dealer, code="unreadable", why=f"the share does not open: {error}")
            return
        found = self.checks[dealer] = self._compared(dealer, deal.share_index, share * self.config.group.generator)
        if found.fits:
            self.status.set(dealer, deal.share_index, True)
            self.shares[dealer] = share

    def _compared(self, dealer: int, holder: int, point: Point) -> ShareCheck:
        """Compare $s g$ with $F(x)$ and, in a resharing, $F(0)$ with the dealer's share of the old key.

        Not batched: with the generator's multiples at hand $s g$ is 32 additions. A batch over all dealers costs more
        than that on each up to about 128 of them (measured on ``blst``, G1 and G2), and would still have to check one
        by one to find those at fault.
        """
        public, old = self.publics[dealer], self.config.public
        if point != public.share(holder):
            return ShareCheck(dealer, code="wrong-share", why=f"s·g is not F({evaluation_point(holder)})", point=point)
        if old is not None and public.public_key != old.share(dealer):
            why = "F(0) is not the dealer's share of the old key"
            return ShareCheck(dealer, code="other-secret", why=why, point=point)
        return ShareCheck(dealer, point=point)

    def _respond(self) -> ResponseBundle | None:
        evicted = {error.index for error in self.evicted_dealers}
        words = [
            Response(dealer_index=dealer, success=self.status.get(dealer, self._own_holder))
            for dealer in self.status.dealers
            if dealer not in evicted
        ]
        if not self.config.fast_sync:
            words = [word for word in words if not word.success]
        if not words:
            return None
        return ResponseBundle(share_index=self._own_holder, responses=tuple(words), session_id=self.config.nonce)

    # -- phase 3 ------------------------------------------------------------------------------------------------------

    def process_responses(self, bundles: Iterable[ResponseBundle]) -> Result | JustificationBundle | None:
        """Take everybody's responses; return the result if nobody complains, else this dealer's justifications, if any.

        Raises `Evicted` when this node finds itself evicted, in the same cases in which production notices.
        """
        justify, finish = self._enter("process_responses")
        bundles = list(bundles)
        if not self.config.fast_sync and not bundles and self.status.complete:
            self.phase = finish
            return self._unless_evicted(self._result())
        complaint = self._take_responses(bundles)
        if not complaint and self.status.complete:
            self.phase = finish
            return self._unless_evicted(self._result())
        self.phase = justify
        for dealer in self.status.dealers:
            against = self.status.complaints(dealer)
            if len(against) >= self.config.threshold:
                # answering them all would publish enough shares to rebuild the polynomial
                why = f"{len(against)} holders complain, with threshold {self.config.threshold}"
                self._evict_dealer(dealer, "too-many-complaints", why, against)
        return self._unless_evicted(self._justify())

    def _take_responses(self, bundles: Sequence[ResponseBundle]) -> bool:
        config, complaint, heard = self.config, False, set()
        for bundle in bundles:
            holder = bundle.share_index
            if (self.can_issue and holder == self.holder_index) or holder not in self._holders:
                continue
            if bundle.session_id != config.nonce:
                self._evict_holder(holder, "other-session", "its responses are of another session", bundle)
                continue
            for response in bundle.responses:
                if response.dealer_index not in self._dealers:
                    self._evict_holder(
                        holder, "no-such-dealer", f"it answers dealer {response.dealer_index}, who is no dealer", bundle
                    )
                elif response.success and not config.fast_sync:
                    self._evict_holder(
                        holder, "success", "it reports a success, which the normal mode does not have", bundle
                    )
                else:
                    self.status.set(response.dealer_index, holder, response.success)
                    complaint |= not response.success
                    heard.add(holder)
        if config.fast_sync:
            out = {error.index for error in self.evicted_holders}
            for member in config.holders:
                if member.index != self.holder_index and member.index not in heard | out:
                    self._evict_holder(member.index, "silent", "it did not answer", None)
        return complaint

    def _justify(self) -> JustificationBundle | None:
        if not self.can_issue:
            return None
        assert self.polynomial is not None
        answers = []
        for holder in self.status.complaints(self._own_dealer):
            answers.append(Justification(share_index=holder, share=self.polynomial(evaluation_point(holder))))
            self.status.set(self._own_dealer, holder, True)
        if not answers:
            return None
        return JustificationBundle(
            dealer_index=self._own_dealer, justifications=tuple(answers), session_id=self.config.nonce
        )

    def _unless_evicted(self, outcome: Outcome) -> Outcome:
        """Return ``outcome``, or raise `Evicted` if this node is in the list that production looks at."""
        # Production looks at the holders in a resharing and at the dealers in a fresh run, and only there.
        mine, errors = (
            (self.holder_index, self.evicted_holders)
            if self.config.resharing
            else (self.dealer_index, self.evicted_dealers)
        )
        for error in errors:
            if error.index == mine:
                raise Evicted(f"this node is evicted after the responses: {error}", code=error.code)
        return outcome

    # -- phase 4 ------------------------------------------------------------------------------------------------------

    def process_justifications(self, bundles: Iterable[JustificationBundle]) -> Result:
        """Take the justifications and return the result.

        Raises `Evicted` when this node's own dealing was refused, `ProtocolAborted` when too few dealers or new nodes
        are left.
        """
        (after,) = self._enter("process_justifications")
        answered: set[int] = set()
        for bundle in bundles:
            self._take_justifications(bundle, answered)
        self.phase = after
        out = {error.index for error in self.evicted_dealers}
        if self.can_issue and self.dealer_index in out:
            why = "this node is evicted after the justifications: its own dealing was refused"
            raise Evicted(why, code="own-dealing")
        need = self.config.old_threshold if self.config.resharing else self.config.threshold
        valid = [dealer for dealer in self.status.dealers if dealer not in out and self.status.all_success(dealer)]
        if len(valid) < need:
            why = f"only {len(valid)} dealers are left whose shares are all in order, need {need}"
            raise ProtocolAborted(why, code="too-few-dealers")
        return self._result()

    def _take_justifications(self, bundle: JustificationBundle, answered: set[int]) -> None:
        config, dealer = self.config, bundle.dealer_index
        if dealer in answered:
            self._evict_dealer(dealer, "justified-twice", "it justified twice", bundle)
            return
        if (self.can_issue and dealer == self.dealer_index) or dealer not in self._dealers:
            return
        if any(error.index == dealer for error in self.evicted_dealers):
            return
        if bundle.session_id != config.nonce:
            self._evict_dealer(dealer, "other-session", "its justifications are of another session", bundle)
            return
        answered.add(dealer)
        for answer in bundle.justifications:
            if answer.share_index not in self._holders:
                self._evict_dealer(
                    dealer,
                    "no-such-holder",
                    f"it justifies holder {answer.share_index}, who is not in the group",
                    bundle,
                )
                continue
            if dealer not in self.publics:
                self._evict_dealer(
                    dealer, "no-polynomial", "it justifies shares of a polynomial that it never published", bundle
                )
                return
            if not self._compared(dealer, answer.share_index, answer.share * config.group.generator).fits:
                self._evict_dealer(
                    dealer, "false-justification", f"its justification for holder {answer.share_index} is false", bundle
                )
                continue
            self.status.set(dealer, answer.share_index, True)
            if answer.share_index == self.holder_index:
                self.shares[dealer] = answer.share

    # -- result -------------------------------------------------------------------------------------------------------

    def _result(self) -> Result:
        self.phase = Phase.FINISH
        for error in self.evicted_dealers:
            self.status.set_row(error.index, False)
        valid = [dealer for dealer in self.status.dealers if self.status.all_success(dealer)]
        combine = interpolate_dealings if self.config.resharing else add_dealings
        return combine(
            self.config,
            own=self._own_holder,
            valid={
                dealer: Dealing(self.publics[dealer], self.shares[dealer]) for dealer in valid if dealer in self.shares
            },
            evicted_holders={error.index for error in self.evicted_holders},
        )

    # -- blame --------------------------------------------------------------------------------------------------------

    def _evict_dealer(self, index: int, code: str, why: str, evidence: Bundle | list[int]) -> None:
        self.evicted_dealers.append(PeerError(why, index=index, evidence=evidence, evicted="dealer", code=code))

    def _evict_holder(self, index: int, code: str, why: str, evidence: Bundle | None) -> None:
        self.evicted_holders.append(PeerError(why, index=index, evidence=evidence, evicted="holder", code=code))

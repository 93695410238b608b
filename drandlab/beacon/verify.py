"""Verification: is this beacon the one that its chain produced?

A beacon is accepted if all of these rules hold; the first one that is broken is the reason given:

1. it has a previous signature exactly if the chain is chained, of the right length (round 1: the genesis seed);
2. the randomness that it claims, if any, is the SHA-256 of its signature;
3. its signature is the one legal encoding of a point in the right subgroup, not infinity;
4. the point is the signature of the round's digest under the chain's key.

Nothing here reads a clock: whether a round is due yet is for the caller to ask (`ChainInfo.round_at`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import pairwise

from drandlab.beacon.beacon import Beacon
from drandlab.beacon.chain_info import ChainInfo
from drandlab.crypto.batch import SignedMessage, failing
from drandlab.crypto.bls import BLS
from drandlab.curves.choice import resolve
from drandlab.curves.group import Point
from drandlab.errors import DecodeError, LocalError, VerificationError
from drandlab.typing import Rng, Round

__all__ = ["HashCache", "Verifier", "broken_links", "genesis_fault", "not_the_signature_before"]


class HashCache:
    """Hashed rounds kept in memory, so that the same rounds verify again without hashing to the curve.

    Only for unchained networks, where the point $H(H(r))$ is public and fixed. Holds up to ``size`` points, some 300
    bytes each on ``blst``; a full cache stops growing. One cache serves every chain of one scheme and backend.
    """

    def __init__(self, size: int = 1_000_000) -> None:
        self.size = size
        self._points: dict[bytes, Point] = {}
        self._bls: BLS | None = None

    def __len__(self) -> int:
        return len(self._points)

    def over(self, bls: BLS) -> Callable[[bytes], Point]:
        """Return ``bls.hash`` with this cache; refuses chained schemes, and a second scheme or backend."""
        if bls.scheme.chained:
            raise LocalError(
                f"hash cache: {bls.scheme.name} is chained, its messages depend on the previous signature "
                "and do not come again; leave the cache out"
            )
        if self._bls is not None and self._bls is not bls:
            raise LocalError(f"hash cache: filled for {self._bls!r}, asked for {bls!r}; take a cache for each")
        self._bls = bls
        points = self._points

        def hashed(message: bytes) -> Point:
            point = points.get(message)
            if point is None:
                point = bls.hash(message)
                if len(points) < self.size:
                    points[message] = point
            return point

        return hashed


class Verifier:
    """The verifier of one chain on one backend, with the public key decoded once.

    >>> import drandlab as dl
    >>> verifier = Verifier.of(dl.networks["quicknet"])
    >>> beacon = Beacon(round=42, signature=bytes.fromhex(
    ...     "95a9f9f5b231b7714de1553105d8ffdf3dcda24cfdb1e689319bccf79a9c8ce430a91b811fbfaf763900bc998b5d686a"))
    >>> verifier.verify(beacon).hex()[:16]
    '8ada64bae5c6c0f5'
    """

    def __init__(self, info: ChainInfo, backend: str) -> None:
        self.info = info
        self.bls = BLS.of(info.scheme, backend)
        try:
            self.key = self.bls.decode_key(info.public_key)
        except DecodeError as error:
            raise VerificationError(f"public key of chain {info.beacon_id}: {error}", code="public-key") from error

    @staticmethod
    def of(info: ChainInfo, backend: str | None = None) -> Verifier:
        """Return the verifier of ``info`` on ``backend`` (None: the one in force)."""
        return _verifier(info, resolve(backend))

    def verify(self, beacon: Beacon) -> bytes:
        """Return the beacon's 32 bytes of randomness, or raise `VerificationError` with the reason."""
        try:
            self.check_form(beacon)
            message = self.info.scheme.digest(beacon.round, beacon.previous_signature)
            self.bls.verify(self.key, message, beacon.signature)
        except VerificationError as error:
            raise VerificationError(error.reason, code=error.code, round=beacon.round) from error.__cause__
        return beacon.randomness

    def invalid(
        self, beacons: Sequence[Beacon], rng: Rng, hash: Callable[[bytes], Point] | None = None
    ) -> dict[int, str]:
        """Return the positions of the ``beacons`` that do not verify, ascending, each with its reason; one batch check.

        ``rng`` must be unpredictable to whoever made the beacons; ``hash`` is a `HashCache`'s, if any.
        """
        reasons: dict[int, str] = {}
        claims: list[SignedMessage] = []
        positions: list[int] = []
        digest = self.info.scheme.digest
        for i, beacon in enumerate(beacons):
            try:
                self.check_form(beacon)
            except VerificationError as error:
                reasons[i] = error.reason
                continue
            claims.append(SignedMessage(digest(beacon.round, beacon.previous_signature), beacon.signature))
            positions.append(i)
        for i, reason in failing(self.bls, self.key, claims, rng, hash).items():
            reasons[positions[i]] = reason
        return dict(sorted(reasons.items()))

    def check_form(self, beacon: Beacon) -> None:
        """Raise `VerificationError` unless the beacon has the form that this chain's beacons have (rules 1 and 2)."""
        scheme, previous = self.info.scheme, beacon.previous_signature
        if beacon.round == 0:
            why = "round 0 is the genesis beacon: it holds the seed and carries no signature"
            raise VerificationError(why, code="genesis")
        scheme.check_signature_form(beacon.signature)
        if scheme.chained:
            if beacon.round == 1:
                if previous != self.info.genesis_seed:
                    raise VerificationError(
                        "previous signature: round 1 follows the genesis seed "
                        f"{self.info.genesis_seed.hex()[:8]}…, got {previous.hex()[:8] + '…' if previous else 'none'}",
                        code="genesis-seed",
                    )
            elif len(previous) != scheme.signature_length:
                raise VerificationError(
                    f"previous signature: expected {scheme.signature_length} bytes on a chained network, "
                    f"got {len(previous)}",
                    code="previous-length",
                )
        elif previous:
            why = "previous signature: this network is unchained, its beacons have none"
            raise VerificationError(why, code="unchained")
        if beacon.claimed_randomness is not None and beacon.claimed_randomness != beacon.randomness:
            raise VerificationError(
                f"randomness: claimed {beacon.claimed_randomness.hex()[:8]}…, "
                f"but SHA-256 of the signature is {beacon.randomness.hex()[:8]}…",
                code="randomness",
            )


def genesis_fault(beacon: Beacon, info: ChainInfo) -> str | None:
    """Return why ``beacon``, of round 0, is not the genesis beacon of the chain, or None if it is.

    Nobody has signed the genesis beacon: its signature is the genesis seed, and it has none before it. Nodes store it,
    so dumps of their chains begin with it; relays never serve it, and `Verifier` refuses it.

    >>> import drandlab as dl
    >>> info = dl.networks["quicknet"]
    >>> genesis_fault(Beacon(round=0, signature=info.genesis_seed), info)
    >>> genesis_fault(Beacon(round=0, signature=bytes(32)), info)
    'genesis beacon: its signature is the genesis seed f477d5c8…, got 00000000…'
    """
    seed = info.genesis_seed
    if beacon.signature != seed:
        return f"genesis beacon: its signature is the genesis seed {seed.hex()[:8]}…, got {beacon.signature.hex()[:8]}…"
    if beacon.previous_signature:
        return "genesis beacon: it has no previous signature"
    if beacon.claimed_randomness not in (None, beacon.randomness):
        return "genesis beacon: the randomness is not the SHA-256 of the signature"
    return None


@lru_cache(maxsize=64)
def _verifier(info: ChainInfo, backend: str) -> Verifier:
    return Verifier(info, backend)


def broken_links(beacons: Iterable[Beacon]) -> list[tuple[Round, str]]:
    """Return (round, reason) where a chained beacon does not follow the one of the round before, among those given.

    Parts of two honest chains joined together verify beacon by beacon; only the links show it. Beacons may come in any
    order; where the round before is not among them there is nothing to compare.
    """
    ordered = sorted(beacons, key=lambda beacon: beacon.round)
    return [
        (beacon.round, not_the_signature_before(beacon, before.signature))
        for before, beacon in pairwise(ordered)
        if beacon.round == before.round + 1 and beacon.previous_signature not in (b"", before.signature)
    ]


def not_the_signature_before(beacon: Beacon, signature: bytes) -> str:
    """Return the reason for which ``beacon`` is invalid where another ``signature`` is that of the round before."""
    return (
        f"link: previous signature {beacon.previous_signature.hex()[:8]}… is not the signature "
        f"{signature.hex()[:8]}… of round {beacon.round - 1}"
    )

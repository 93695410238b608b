r"""The last key that is registered is made of the others, and its owner signs for everybody.

Where the keys of all signers of one message are added up, who registers last gives $K = x g - \sum_i K_i$: the sum is
$x g$, and $x H(m)$ is a signature of all. Its owner does not know the secret of $K$. So a proof of possession, a
signature of $K$ under $K$, stops it; and so does augmentation, where each signer signs its key together with the
message, as nobody can then add the keys up.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from drandlab.algebra.field import FieldElement
from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.crypto.bls import BLS
from drandlab.crypto.schemes import scheme
from drandlab.curves.group import Point
from drandlab.errors import VerificationError

__all__ = ["ATTACK"]

SCHEME = scheme("bls-unchained-g1-rfc9380")
PROOF = b"proof of possession: "
MESSAGES = 3
"""For how many messages a signature of everybody is forged."""


@dataclass(frozen=True, slots=True)
class _Registered:
    """A key that somebody registers, with what is to prove that its owner has the secret."""

    key: Point
    proof: bytes


def _honest(bls: BLS, secret: FieldElement) -> _Registered:
    key = bls.public_key(secret)
    return _Registered(key, bls.sign(secret, PROOF + bytes(key)))


def _rogue(bls: BLS, secret: FieldElement, others: Sequence[_Registered]) -> list[_Registered]:
    """The rogue key, with each of the proofs that can be made of what its owner has."""
    key = bls.public_key(secret) - bls.keys.sum([one.key for one in others])
    own = bls.sign(secret, PROOF + bytes(key))
    theirs = [one.proof for one in others]
    mixed = bls.decode_signature(own) - bls.signatures.sum([bls.decode_signature(proof) for proof in theirs])
    return [_Registered(key, proof) for proof in (own, theirs[0], bytes(mixed))]


def _verifies(bls: BLS, key: Point, message: bytes, signature: bytes) -> bool:
    try:
        bls.verify(key, message, signature)
    except VerificationError:
        return False
    return True


def _accepts(bls: BLS, proof: str, group: Sequence[_Registered], message: bytes, signature: bytes) -> bool:
    """Whether a verifier takes the signature for one of the whole group."""
    keys = [one.key for one in group]
    if proof == "augmentation":
        try:
            bls.verify_aggregate(keys, [bytes(key) + message for key in keys], signature)
        except VerificationError:
            return False
        return True
    if proof == "possession" and not all(_verifies(bls, one.key, PROOF + bytes(one.key), one.proof) for one in group):
        return False
    return _verifies(bls, bls.keys.sum(keys), message, signature)


def _forgeries(bls: BLS, secret: FieldElement, group: Sequence[_Registered], message: bytes) -> list[bytes]:
    """What the owner of the rogue key can sign alone: the message, and what augmentation makes of it."""
    parts = [bls.sign(secret, bytes(one.key) + message) for one in group]
    return [bls.sign(secret, message), parts[-1], bls.aggregate(parts)]


def _theory(keys: int, proof: str) -> AttackOutcome:
    return {"forged": 1.0 if proof == "none" else 0.0}


def _measure(seed: int, *, keys: int, proof: str) -> AttackOutcome:
    rng = random.Random(f"{seed}/rogue key")
    bls = BLS.of(SCHEME)
    honest = [_honest(bls, bls.field.random(rng, nonzero=True)) for _ in range(keys - 1)]
    secret = bls.field.random(rng, nonzero=True)
    candidates = _rogue(bls, secret, honest)
    forged = 0
    for _ in range(MESSAGES):
        message = rng.randbytes(32)
        forged += any(
            _accepts(bls, proof, [*honest, registered], message, signature)
            for registered in candidates
            for signature in _forgeries(bls, secret, [*honest, registered], message)
        )
    return {"forged": forged / MESSAGES}


ATTACK = Attack(
    name="rogue_key",
    about="A key that is made of the keys of others lets its owner sign alone for all of them.",
    parameters={
        "keys": AttackParameter(3, "keys that are registered, the rogue one last", low=2, high=100),
        "proof": AttackParameter(
            "none", "what each signer has to show of its key", choices=("none", "possession", "augmentation")
        ),
    },
    sources=(
        "Ristenpart, Yilek: The power of proofs-of-possession, EUROCRYPT 2007",
        "Boneh, Drijvers, Neven: Compact multi-signatures for smaller blockchains, ASIACRYPT 2018",
        "draft-irtf-cfrg-bls-signature, section 3, on rogue keys",
    ),
    remedy="Ask for a proof of possession when a key is registered, or let each signer sign its key with the message. "
    "In a key generation a dealer cannot do it: it has to deal shares of a secret that it does not know.",
    theory=_theory,
    measure=_measure,
)

r"""Two Schnorr signatures with one nonce give away the secret that made them.

With $s_i = k + c_i x$ and the same $k$ in both, $s_1 - s_2 = (c_1 - c_2) x$, and the challenges $c_i$ are hashes of
what everybody sees. The packets of a key generation are signed so: a source of randomness that starts anew after a
restart, as in a copied machine, is enough. Signatures of beacons are not in danger, as they have no nonce.
"""

from __future__ import annotations

import hashlib
import random

from drandlab.algebra.field import FieldElement
from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.attacks.small_dkg import SCHEME
from drandlab.crypto import schnorr
from drandlab.crypto.bls import BLS
from drandlab.curves.group import Group, Point

__all__ = ["ATTACK"]


def _parts(group: Group, key: Point, message: bytes, signature: bytes) -> tuple[FieldElement, FieldElement]:
    """What everybody can read in a signature: its challenge and its scalar."""
    nonce, scalar = signature[: group.length], signature[group.length :]
    challenge = hashlib.sha512(nonce + bytes(key) + message).digest()
    return group.field(int.from_bytes(challenge, "big")), group.field.from_bytes(scalar)


def _theory(reuse: bool) -> AttackOutcome:
    return {"recovered": reuse}


def _measure(seed: int, *, reuse: bool) -> AttackOutcome:
    rng = random.Random(f"{seed}/reused nonce")
    group = BLS.of(SCHEME).keys
    secret = group.field.random(rng, nonzero=True)
    key = secret * group.generator
    state = rng.getrandbits(256)
    source = random.Random(state)
    parts = []
    for message in (b"a deal", b"a response"):
        signature = schnorr.sign(secret, key, message, random.Random(state) if reuse else source)
        schnorr.verify(key, message, signature)
        parts.append(_parts(group, key, message, signature))
    (challenge, scalar), (other_challenge, other_scalar) = parts
    guess = (scalar - other_scalar) / (challenge - other_challenge)
    return {"recovered": guess * group.generator == key}


ATTACK = Attack(
    name="reused_nonce",
    about="Two Schnorr signatures that were made with one nonce give away the secret.",
    parameters={"reuse": AttackParameter(True, "whether both signatures have the same nonce")},
    sources=(
        "Schnorr: Efficient signature generation by smart cards, J. Cryptology 4 (1991)",
        "RFC 6979 and RFC 8032, which make the nonce from secret and message",
    ),
    remedy="Draw every nonce anew from a source that never repeats, or make it from the secret and the message.",
    theory=_theory,
    measure=_measure,
)

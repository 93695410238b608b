"""A collator whose Aura key is not its account: every pulse that it submits is refused.

The worker signs with the Aura key, and the pallet checks under the author's account. The two are the same on
development chains only; a collator that rotates its keys, as operators are told to, gets a key of its own.
"""

from __future__ import annotations

from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.attacks.small_chain import SmallChain, pulse_of
from drandlab.crypto.sr25519 import Sr25519Key
from drandlab.idn.runtime.context import Context

__all__ = ["ATTACK"]

ACCOUNT = Sr25519Key.from_seed(b"the account of the collator.....")


def _theory(rotated: bool, signs_with: str) -> AttackOutcome:
    right = not rotated or signs_with == "account"
    return {"error": None if right else "InvalidSignature"}


def _measure(seed: int, *, rotated: bool, signs_with: str) -> AttackOutcome:
    def account(context: Context) -> bytes:
        return ACCOUNT.public

    chain = SmallChain(authors=1, find_author=account) if rotated else SmallChain(authors=1)
    pulse = pulse_of(1 + seed % 1000, 1 + seed % 1000)
    key = ACCOUNT if rotated and signs_with == "account" else chain.author
    return {"error": chain.submit(pulse, chain.signed(pulse, key))}


ATTACK = Attack(
    name="foreign_aura_key",
    about="A collator with rotated session keys submits pulses that its own chain refuses.",
    parameters={
        "rotated": AttackParameter(True, "whether the Aura key is another one than the account's"),
        "signs_with": AttackParameter("aura", "the key that signs a submission", choices=("aura", "account")),
    },
    sources=("Ideal Network SDK, December 2025: worker and pallet",),
    remedy="Check the submission under the key of the slot's authority, which the block's seal is checked under, too.",
    theory=_theory,
    measure=_measure,
)

"""Keys and signatures of sr25519, against the library of the Substrate world in both directions."""

from __future__ import annotations

import hashlib
import pickle
import random
from typing import Any

import pytest

from drandlab.crypto.sr25519 import Sr25519Key, sr25519_keys, verify, verify_here
from drandlab.crypto.sr25519.ristretto import ORDER
from drandlab.errors import LocalError, WrongType

KEY = Sr25519Key.from_seed(bytes(range(32)))


@pytest.fixture(scope="module")
def library() -> Any:
    return pytest.importorskip("sr25519", reason="py-sr25519-bindings is not installed")


def chance(seed: int = 1) -> random.Random:
    return random.Random(seed)


def test_a_signature_holds_for_its_message_key_and_context_alone() -> None:
    signature = KEY.sign(b"message", chance())
    assert len(signature) == 64 and signature[63] & 0x80
    assert verify_here(KEY.public, b"message", signature)
    assert not verify_here(KEY.public, b"messagf", signature)
    assert not verify_here(KEY.public, b"message", signature, context=b"other")
    assert not verify_here(Sr25519Key.from_seed(bytes(32)).public, b"message", signature)
    assert verify_here(KEY.public, b"", KEY.sign(b"", chance(), context=b"other"), context=b"other")


def test_the_witness_comes_from_the_rng_alone() -> None:
    assert KEY.sign(b"m", chance()) == KEY.sign(b"m", chance())
    assert KEY.sign(b"m", chance()) != KEY.sign(b"m", chance(2))
    # chance that repeats itself makes no witness twice as long as the messages differ
    assert KEY.sign(b"m", chance())[:32] != KEY.sign(b"n", chance())[:32]


def test_the_same_keys_as_the_library(library: Any) -> None:
    for number in range(8):
        seed = chance(number).randbytes(32)
        assert Sr25519Key.from_seed(seed).public == library.pair_from_seed(seed)[0]


def test_the_library_verifies_what_is_signed_here(library: Any) -> None:
    for number in range(8):
        message = chance(number).randbytes(40 * number)
        signature = KEY.sign(message, chance(number))
        assert library.verify(signature, message, KEY.public)
        assert not library.verify(signature, message + b"x", KEY.public)


def test_what_the_library_signs_verifies_here(library: Any) -> None:
    public, secret = library.pair_from_seed(bytes(range(32)))
    for number in range(8):
        message = chance(number).randbytes(40 * number)
        assert verify_here(public, message, library.sign((public, secret), message))


def test_the_derivation_of_the_library(library: Any) -> None:
    chain = bytes([20]) + b"stash" + bytes(26)
    parent = library.pair_from_seed(bytes(range(32)))
    assert KEY.hard("stash").public == library.hard_derive_keypair((chain, *parent), b"")[1]


def test_junctions() -> None:
    assert KEY.hard("5").public != KEY.hard("05a").public
    assert KEY.hard("x" * 31).public != KEY.hard("x" * 32).public != KEY.hard("x" * 100).public
    with pytest.raises(WrongType):
        KEY.hard(5)  # type: ignore[arg-type]


def wrong_signatures() -> dict[str, tuple[bytes, bytes, bytes]]:
    signature, message = KEY.sign(b"m", chance()), b"m"
    s = int.from_bytes(signature[32:], "little") & ~(1 << 255)
    high = (s + ORDER) | 1 << 255
    return {
        "zeros": (KEY.public, message, bytes(64)),
        "ones": (KEY.public, message, b"\xff" * 64),
        "no mark": (KEY.public, message, signature[:63] + bytes([signature[63] & 0x7F])),
        "s not reduced": (KEY.public, message, signature[:32] + high.to_bytes(32, "little")),
        "another nonce": (KEY.public, message, bytes(32) + signature[32:]),
        "a nonce that is no element": (KEY.public, message, b"\xff" * 32 + signature[32:]),
        "no key": (b"\xff" * 32, message, signature),
        "the identity as key": (bytes(32), message, signature),
        "too short": (KEY.public, message, signature[:63]),
        "too long": (KEY.public, message, signature + b"\0"),
        "a short key": (KEY.public[:31], message, signature),
        "an empty key": (b"", message, signature),
        "no signature": (KEY.public, message, b""),
        **{
            f"bit {bit} flipped": (
                KEY.public,
                message,
                (int.from_bytes(signature, "little") ^ 1 << bit).to_bytes(64, "little"),
            )
            for bit in range(0, 512, 37)
        },
    }


@pytest.mark.parametrize("name", wrong_signatures())
def test_the_same_verdict_with_and_without_the_library(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    public, message, signature = wrong_signatures()[name]
    assert not verify(public, message, signature)
    assert not verify_here(public, message, signature)
    monkeypatch.setattr(sr25519_keys, "_library", lambda: None)
    assert not verify(public, message, signature)


def test_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    signature = KEY.sign(b"m", chance())
    assert verify(KEY.public, b"m", signature)
    monkeypatch.setattr(sr25519_keys, "_library", lambda: None)
    assert verify(KEY.public, b"m", signature)


def test_a_forged_signature_under_the_identity_has_one_verdict() -> None:
    # s B - k 0 = R holds for any s: who takes the identity as a key takes anything
    from drandlab.crypto.sr25519.ristretto import base_times

    s = 12345
    forged = base_times(s).to_bytes() + (s | 1 << 255).to_bytes(32, "little")
    assert verify(bytes(32), b"m", forged) == verify_here(bytes(32), b"m", forged)


def test_arguments() -> None:
    with pytest.raises(LocalError):
        Sr25519Key.from_seed(bytes(31))
    for call in (
        lambda: KEY.sign("text", chance()),  # type: ignore[arg-type]
        lambda: verify("text", b"", b""),  # type: ignore[arg-type]
        lambda: verify(b"", None, b""),  # type: ignore[arg-type]
        lambda: verify_here(b"", b"", 5),  # type: ignore[arg-type]
        lambda: Sr25519Key.from_seed("00" * 32),  # type: ignore[arg-type]
    ):
        with pytest.raises(WrongType):
            call()


def test_a_key_shows_its_public_part_alone() -> None:
    seed = hashlib.sha256(b"a marked seed").digest()
    key = Sr25519Key.from_seed(seed)
    for secret in (str(key.scalar), f"{key.scalar:x}", key.nonce.hex(), seed.hex(), repr(key.nonce)):
        assert secret not in repr(key) and secret not in str([key])
    again = pickle.loads(pickle.dumps(key))
    assert again == key and again.scalar == key.scalar and hash(again) == hash(key)
    assert key != KEY

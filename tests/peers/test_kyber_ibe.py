"""Identity-based encryption with production's own library: each opens what the other encrypts, in all schemes."""

from __future__ import annotations

import json
import random
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from drandlab.crypto import BLS, SCHEMES, ibe, scheme
from drandlab.errors import VerificationError

UNCHAINED = [name for name, one in SCHEMES.items() if not one.chained]
BN254 = "bls-bn254-unchained-on-g1"


class Kyber:
    """One process of production's library that encrypts and decrypts."""

    def __init__(self, program: Path) -> None:
        self.process = subprocess.Popen([program, "ibe"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, bls: BLS, **request: bytes) -> dict[str, Any]:
        assert self.process.stdin is not None and self.process.stdout is not None
        texts = {name: value.hex() for name, value in request.items()}
        self.process.stdin.write(json.dumps({"scheme": bls.scheme.name, **texts}) + "\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer

    def close(self) -> None:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.close()
        self.process.stdout.close()
        assert self.process.wait(timeout=20) == 0


@pytest.fixture(scope="module")
def go(kyber: Path) -> Iterator[Kyber]:
    one = Kyber(kyber)
    yield one
    one.close()


def opened_by_kyber(go: Kyber, bls: BLS, signature: bytes, data: bytes, length: int) -> dict[str, Any]:
    start = bls.keys.length
    parts = {"u": data[:start], "v": data[start : start + length], "w": data[start + length :]}
    return go.ask(bls, signature=signature, **parts)


@pytest.mark.parametrize("name", UNCHAINED)
def test_each_opens_what_the_other_encrypts(go: Kyber, name: str) -> None:
    bls = BLS.of(scheme(name), "py_ecc" if name == BN254 else "blst")
    rng = random.Random(name)
    for round in range(1, 3 if name == BN254 else 40):
        secret, message = rng.randrange(1, bls.suite.order), rng.randbytes(rng.choice([16, 16, 12, 32]))
        key, identity = bls.public_key(secret), bls.scheme.digest(round)
        signature = bls.sign(secret, identity)
        opener = ibe.Opener(bls, bls.decode_signature(signature))
        theirs = go.ask(bls, key=bytes(key), identity=identity, message=message)
        data = bytes.fromhex(theirs["u"] + theirs["v"] + theirs["w"])
        assert opener.open(data, len(message)) == message
        sealed = ibe.encrypt(bls, key, identity, message, rng)
        assert opened_by_kyber(go, bls, signature, sealed.to_bytes(), len(message))["message"] == message.hex()
        # V, W and the signature of another round: both refuse
        at = rng.randrange(8 * 2 * len(message))
        changed = bytearray(data)
        changed[bls.keys.length + at // 8] ^= 1 << at % 8
        other = bls.sign(secret, bls.scheme.digest(round + 1))
        assert "rP check failed" in opened_by_kyber(go, bls, signature, bytes(changed), len(message))["error"]
        assert "rP check failed" in opened_by_kyber(go, bls, other, data, len(message))["error"]
        for refuses, what in ((opener, bytes(changed)), (ibe.Opener(bls, bls.decode_signature(other)), data)):
            with pytest.raises(VerificationError) as caught:
                refuses.open(what, len(message))
            assert caught.value.code == "ciphertext"

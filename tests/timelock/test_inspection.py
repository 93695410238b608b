"""What a file shows before it opens."""

from __future__ import annotations

import json
import random

import pytest

import drandlab as dl
from drandlab import timelock
from drandlab.timelock.header import AgeHeader, Stanza
from drandlab.timelock.payload import seal_payload
from drandlab.timelock.reasons import TimelockError

QUICKNET = dl.networks["quicknet"]


def sealed(text: bytes = b"a bid", round: int = 1000, armor: bool = False) -> bytes:
    return timelock.encrypt(text, QUICKNET, round=round, rng=random.Random(7), armor=armor)


def test_an_inspection_is_plain_values_with_the_keys_of_the_command() -> None:
    found = timelock.inspect(sealed()).to_dict(QUICKNET, "quicknet")
    assert json.loads(json.dumps(found)) == found == {
        "version": "age-encryption.org/v1",
        "armor": False,
        "stanzas": ["tlock"],
        "round": 1000,
        "chain_hash": QUICKNET.chain_hash.hex(),
        "network": "quicknet",
        "scheme": "bls-unchained-g1-rfc9380",
        "opens": "2023-08-23T15:59:24Z",
        "sizes": {"header": 323, "payload": 37, "plaintext": 5},
    }  # fmt: skip
    late = timelock.inspect(sealed(round=(1 << 64) - 1))
    assert late.to_dict(QUICKNET)["opens"] is None and late.to_dict()["scheme"] is None


@pytest.mark.parametrize("size", [0, 1, 65535, 65536, 65537, 200_000])
@pytest.mark.parametrize("armor", [False, True])
def test_the_sizes_are_those_of_the_file_without_armor(size: int, armor: bool) -> None:
    found = timelock.inspect(sealed(bytes(size), armor=armor))
    assert (found.plaintext, found.armor) == (size, armor)
    assert found.header + found.payload == len(sealed(bytes(size)))


def test_an_age_file_without_a_timelock_is_shown() -> None:
    header = AgeHeader.of([Stanza(args=("X25519", "abc"), body=bytes(32))], file_key=bytes(16))
    found = timelock.inspect(header.to_bytes() + b"".join(seal_payload(b"text", bytes(16), bytes(16))))
    fields = found.to_dict()
    assert fields["stanzas"] == ["X25519"]
    assert [fields[name] for name in ("round", "chain_hash", "network", "scheme", "opens")] == [None] * 5


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "format"),
        (sealed()[:100], "truncated"),
        (sealed()[:-20], "truncated"),
        (sealed(bytes(65536)) + bytes(16), "chunk"),
        (sealed(armor=True)[:-5], "armor"),
        (sealed().replace(b"tlock 1000", b"tlock 0", 1), "stanza"),
    ],
)
def test_what_no_signature_will_open_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(TimelockError) as caught:
        timelock.inspect(data)
    assert caught.value.reason == reason


def test_what_is_changed_is_not_seen() -> None:
    changed = sealed().replace(b"tlock 1000", b"tlock 1001", 1)
    found = timelock.inspect(changed).stanza
    assert found is not None and found.round == 1001

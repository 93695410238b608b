from __future__ import annotations

import random
from base64 import b64decode

import pytest

import drandlab as dl
from drandlab.attacks.timelock.file_parts import CHUNK, FileParts
from drandlab.timelock.armor import read_armor
from drandlab.timelock.byte_source import ByteSource
from drandlab.timelock.header import read_header
from drandlab.timelock.payload import open_payload


@pytest.mark.parametrize("name", ["quicknet", "testnet-unchained-3s"])
@pytest.mark.parametrize("size", [0, 1, 2, CHUNK - 1, CHUNK, CHUNK + 1])
def test_put_together_as_usual_they_are_a_sound_file(name: str, size: int) -> None:
    parts = FileParts.of(dl.networks[name], 1000, bytes(size), random.Random(size))
    source = ByteSource(parts.usual())
    header = read_header(source)
    header.check_mac(parts.file_key)
    assert header.stanzas[0].args == ("tlock", "1000", parts.chain_hash)
    assert header.stanzas[0].body == parts.sealed_key
    assert b"".join(open_payload(source, parts.file_key)) == parts.text

    data = b"".join(read_armor(ByteSource(parts.armored())))
    assert data.startswith(parts.header()) and len(data) % 3 == 1
    assert b64decode(b"".join(parts.armored().splitlines()[1:-1])) == data

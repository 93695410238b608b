"""Topics: each message of a block has one of its own, made as Substrate makes it."""

from __future__ import annotations

import hashlib

from toy_runtime import toy_genesis, toy_runtime

from drandlab.idn.xcm_execution.topic_ids import unique_id


def blake(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=32).digest()


def test_the_first_comes_of_the_parent_and_each_of_the_one_before() -> None:
    one = toy_runtime()
    genesis = toy_genesis(one)
    storage = one.open(genesis, 1).context.storage
    start = blake(b"frame_system::initialize" + genesis.hash)
    first = blake(b"frame_system::unique" + b"\x04\x0a" + start)
    assert unique_id(storage, b"\x04\x0a") == first
    assert unique_id(storage, b"\x04\x0a") == blake(b"frame_system::unique" + b"\x04\x0a" + first)
    storage.begin()
    unique_id(storage, b"undone")
    storage.undo()
    again = blake(b"frame_system::unique" + b"\x04\x0a" + first)
    assert unique_id(storage, b"") == blake(b"frame_system::unique" + again)

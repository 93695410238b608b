"""Transcripts: Merlin's published vector, and that each word counts."""

from __future__ import annotations

import random

from drandlab.crypto.sr25519.merlin import Transcript


def test_the_published_vector() -> None:
    transcript = Transcript(b"test protocol")
    transcript.append(b"some label", b"some data")
    assert transcript.challenge(b"challenge", 32).hex() == (
        "d5a21972d0d5fe320c0d263fac7fffb8145aa640af6e9bca177c03c7efcf0615"
    )


def said(*messages: tuple[bytes, bytes]) -> bytes:
    transcript = Transcript(b"words")
    for label, message in messages:
        transcript.append(label, message)
    return transcript.challenge(b"end", 16)


def test_another_framing_of_the_same_bytes_is_another_transcript() -> None:
    found = {
        said((b"a", b"bc")),
        said((b"ab", b"c")),
        said((b"a", b"b"), (b"a", b"c")),
        said((b"a", b"b"), (b"", b"c")),
        said((b"a", b"bc"), (b"", b"")),
        said(),
    }
    assert len(found) == 6
    assert said((b"a", b"bc")) == said((b"a", b"bc"))


def test_messages_longer_than_the_rate() -> None:
    assert len({said((b"a", bytes(length))) for length in (150, 151, 166, 332, 1000)}) == 5


def test_a_challenge_is_part_of_the_transcript_and_a_witness_is_not() -> None:
    one, other = Transcript(b"words"), Transcript(b"words")
    copied = one.copy()
    drawn = one.witness_bytes(b"secret", b"nonce", random.Random(1), 32)
    assert one.challenge(b"c", 32) == other.challenge(b"c", 32) == copied.challenge(b"c", 32)
    assert one.challenge(b"c", 32) != Transcript(b"words").challenge(b"c", 32)
    fresh = Transcript(b"words")
    assert drawn == fresh.witness_bytes(b"secret", b"nonce", random.Random(1), 32)
    others = {
        fresh.witness_bytes(b"secret", b"nonce", random.Random(2), 32),
        fresh.witness_bytes(b"secret", b"other", random.Random(1), 32),
        Transcript(b"other").witness_bytes(b"secret", b"nonce", random.Random(1), 32),
    }
    assert len(others | {drawn}) == 4
    assert repr(one) == "<Transcript>"

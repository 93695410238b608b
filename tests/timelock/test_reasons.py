"""The words by which a timelock file is refused."""

from __future__ import annotations

import pickle

from drandlab.errors import DrandlabError
from drandlab.timelock.reasons import TIMELOCK_CODES, TimelockError

WORDS = {
    "format", "version", "header", "stanza", "base64", "chain", "signature", "point", "proof", "MAC", "chunk",
    "truncated", "trailing", "armor", "too early",
}  # fmt: skip


def test_each_code_is_one_of_the_public_words() -> None:
    assert {TimelockError("a sentence", code=code).reason for code in TIMELOCK_CODES} <= WORDS


def test_the_word_survives_pickling() -> None:
    error = pickle.loads(pickle.dumps(TimelockError("a sentence", code="mac")))
    assert isinstance(error, DrandlabError) and error.reason == "MAC"

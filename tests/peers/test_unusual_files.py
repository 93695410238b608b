"""Files that are not as they should be: ``tlock-js`` and ``tle`` do with each what the table says."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from timelock_peers import Refused, Tle, TlockJs, known

from drandlab.attacks.timelock.unusual_files import UNUSUAL_FILES, UnusualFile


def outcome(reader: Callable[[], bytes], text: bytes) -> str:
    """What a peer did, in the words of the table; ``text`` is how the whole text begins, full stops aside."""
    try:
        came = reader()
    except Refused as refused:
        assert text.startswith(refused.written)
        return "part" if refused.written else "refuses"
    assert came.rstrip(b".") in (text, b"")
    return "opens" if came else "empty"


@pytest.mark.parametrize("name", ["quicknet", "testnet-unchained-3s"])
@pytest.mark.parametrize("unusual", UNUSUAL_FILES, ids=lambda unusual: unusual.name)
def test_the_peers_do_what_the_table_says(tlock_js: TlockJs, tle: Tle, name: str, unusual: UnusualFile) -> None:
    info, beacon = known(name)
    file = unusual.make(info, round=beacon.round, rng=random.Random(unusual.name))
    assert outcome(lambda: tlock_js.decrypt(file, info, beacon), unusual.text) == unusual.tlock_js
    assert outcome(lambda: tle.decrypt(file, info.chain_hash.hex()), unusual.text) == unusual.tle

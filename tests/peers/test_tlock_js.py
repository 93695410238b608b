"""drand's own JavaScript library for timelock files, npm's ``tlock-js``, unmodified: each opens the other's files."""

from __future__ import annotations

import pytest
from timelock_peers import ROUNDS, SIZES, Tle, TlockJs, known, plaintext


@pytest.fixture(params=ROUNDS)
def network(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_it_opens_the_files_of_tle_and_tle_opens_its(tlock_js: TlockJs, tle: Tle, network: str) -> None:
    info, beacon = known(network)
    chain = info.chain_hash.hex()
    for size in SIZES:
        for options in ((), ("--armor",)):
            file = tle.encrypt(plaintext(size), chain, beacon.round, *options)
            assert tlock_js.decrypt(file, info, beacon) == plaintext(size)
        if size:  # its empty file has no chunk, which tle refuses
            assert tle.decrypt(tlock_js.encrypt(plaintext(size), info, beacon.round), chain) == plaintext(size)

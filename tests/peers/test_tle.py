"""drand's own command ``tle`` for timelock files, unmodified and over plain HTTP: each opens the other's files."""

from __future__ import annotations

import pytest
from timelock_peers import ROUNDS, SIZES, Refused, Tle, known, plaintext


@pytest.fixture(params=ROUNDS)
def network(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("options", [(), ("--armor",)])
def test_it_opens_its_own_files(tle: Tle, network: str, options: tuple[str, ...]) -> None:
    info, beacon = known(network)
    chain = info.chain_hash.hex()
    for size in SIZES:
        file = tle.encrypt(plaintext(size), chain, beacon.round, *options)
        assert tle.decrypt(file, chain) == plaintext(size)


def test_a_round_to_come_is_too_early(tle: Tle) -> None:
    chain = known("quicknet")[0].chain_hash.hex()
    file = tle.run("-e", "-c", chain, "-D", "1y", given=b"a message to the future")
    with pytest.raises(Refused, match="too early to decrypt: expected round"):
        tle.decrypt(file, chain)

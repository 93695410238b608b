"""The small key generation carries what nodes send, and decides nothing."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from drandlab.algebra.shamir import recover
from drandlab.attacks.small_dkg import SmallDkg
from drandlab.dkg.packets import Bundle, DealBundle
from drandlab.simulation.misbehaviour.keygen import PacketTo


def test_honest_nodes_end_with_shares_of_one_key() -> None:
    run = SmallDkg(5, 3, "honest").finish()
    assert sorted(run.results) == [0, 1, 2, 3, 4]
    (key,) = {result.key for result in run.results.values()}
    secret = recover([result.share for result in run.results.values()], 3)
    assert secret * key.group.generator == key
    assert len(run.seen) == 5, "five dealings, and no complaint"


def test_the_same_seed_gives_the_same_key() -> None:
    keys = [SmallDkg(3, 2, seed).finish().results[0].key for seed in ("one", "one", "other")]
    assert keys[0] == keys[1] != keys[2]


@pytest.mark.parametrize(("echo", "qual"), [(False, (1, 2, 3)), (True, (0, 1, 2, 3))])
def test_an_echo_hands_on_what_some_have_got(echo: bool, qual: tuple[int, ...]) -> None:
    """A dealing that only node 1 gets makes the others complain, more of them than are answered."""

    def only_one(run: SmallDkg, index: int, bundle: Bundle) -> Iterable[PacketTo]:
        narrow = index == 0 and isinstance(bundle, DealBundle)
        return [PacketTo(bundle, frozenset({1}) if narrow else None)]

    run = SmallDkg(4, 2, "echo", tamper=only_one, echo=echo).finish()
    assert run.results[3].qual == qual

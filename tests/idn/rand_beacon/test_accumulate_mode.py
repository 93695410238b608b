"""The first design: a running pair of sums since genesis, without gaps, set once, stopped by one missing round."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from typing import Any

import pytest
from beacon_chain import BeaconChain, beacons, public_key, pulse_of
from hypothesis import given
from hypothesis import strategies as st

import drandlab as dl
from drandlab.idn import Pulse, block_randomness, round_digest
from drandlab.idn.rand_beacon import AcceptedPulse, RunningPair
from drandlab.idn.runtime.blocks import DIGEST_ITEM
from drandlab.idn.runtime.calls import NONE, ROOT, Call, TransactionSource, signed
from drandlab.idn.runtime.context import Context
from drandlab.idn.runtime.failures import NotValid
from drandlab.idn.runtime.weights import Weight, db_weight
from drandlab.idn.state import item_prefix
from drandlab.idn.sums import on_curve, one_loop, sum_of_messages
from drandlab.typing import LAST_ROUND

INFINITY = bytes([0xC0]) + bytes(47)
GENESIS = 1000


@pytest.fixture
def chain() -> BeaconChain:
    one = BeaconChain("accumulate", max_pulses=10)
    assert one.configure(genesis=GENESIS) is None
    one.next_block()
    return one


@pytest.fixture(scope="module")
def facts(request: pytest.FixtureRequest) -> Any:
    vectors: Callable[[str], Any] = request.getfixturevalue("vectors")
    return vectors("idn")


def submit(chain: BeaconChain, asig: bytes, height: int) -> str | None:
    return chain.error("try_submit_asig", asig=asig, height=height)


def ingest(chain: BeaconChain, start: int, end: int) -> str | None:
    """Submit the true sum of a range, in a block of its own."""
    error = submit(chain, pulse_of(start, end).signature, end - start + 1)
    chain.next_block()
    return error


def pair_of(start: int, end: int) -> RunningPair:
    """The pair that a chain must store after these rounds."""
    return RunningPair(
        signature=pulse_of(start, end).signature, message=bytes(sum_of_messages(start, end, backend="glass"))
    )


def logged(chain: BeaconChain) -> list[bytes]:
    """The digest of the block under work behind its slot."""
    return [DIGEST_ITEM.encode(item) for item in chain.builder.context.digest[1:]]


# -- scenarios of the real pallet -------------------------------------------------------------------------------------


def test_at_first_nothing_is_stored_and_nothing_accepted() -> None:
    chain = BeaconChain("accumulate")
    pallet, storage = chain.pallet, chain.storage
    assert (pallet.next_round(storage), pallet.accumulation(storage), pallet.last_submitted(storage)) == (None,) * 3
    assert submit(chain, pulse_of(1, 1).signature, 1) == "BeaconConfigNotSet"
    assert chain.inherent(beacons(1)) is None


def test_root_sets_key_and_genesis_once() -> None:
    chain = BeaconChain("accumulate")
    alice = signed(bytes(32))
    for origin in (NONE, alice):
        assert chain.error("set_beacon_config", origin, pk=public_key(), genesis_round=GENESIS) == "BadOrigin"
    outcome = chain.run("set_beacon_config", ROOT, pk=public_key(), genesis_round=GENESIS)
    assert [event.name for event in outcome.events] == ["BeaconConfigSet"]
    assert chain.pallet.next_round(chain.storage) == GENESIS
    assert logged(chain) == [round_digest(GENESIS)]
    written = public_key() + GENESIS.to_bytes(8, "little")
    assert chain.storage.get(item_prefix("RandBeacon", "BeaconConfig")) == written
    assert chain.storage.get(item_prefix("RandBeacon", "LatestRound")) == GENESIS.to_bytes(8, "little")
    for genesis in (GENESIS, 1):
        assert chain.configure(genesis=genesis) == "BeaconConfigAlreadySet"


def test_stored_pairs_are_those_of_the_vectors(facts: Any) -> None:
    chain = BeaconChain("accumulate", backend="blst", max_pulses=10)
    assert chain.configure(dl.networks["quicknet"].public_key, GENESIS) is None
    for step in facts["era1_accumulator_steps"]["steps"]:
        assert chain.pallet.next_round(chain.storage) == step["latest_round_before"]
        asig = bytes.fromhex(step["in_asig"])
        assert submit(chain, asig, step["height"]) is None
        pair = chain.pallet.accumulation(chain.storage)
        assert isinstance(pair, RunningPair)
        assert (pair.signature.hex(), pair.message.hex()) == (step["stored_signature"], step["stored_message_hash"])
        stored = chain.storage.get(item_prefix("RandBeacon", "SparseAccumulation"))
        assert stored == pair.signature + pair.message
        assert chain.pallet.next_round(chain.storage) == step["latest_round_after"]
        assert logged(chain)[-1] == round_digest(step["latest_round_after"])
        assert chain.pallet.random(chain.builder.context, b"ctx")[0] == block_randomness(asig, b"ctx")
        chain.next_block()


def test_an_accepted_sum_says_so(chain: BeaconChain) -> None:
    outcome = chain.run("try_submit_asig", asig=pulse_of(1000, 1001).signature, height=2)
    assert (outcome.error, [event.name for event in outcome.events]) == (None, ["SignatureVerificationSuccess"])
    assert chain.pallet.did_update.get(chain.storage)
    chain.next_block()
    assert not chain.pallet.did_update.get(chain.storage)
    assert chain.pallet.stored(chain.storage) == 104 + 8 + 96 + 48


@given(heights=st.lists(st.integers(1, 10), min_size=1, max_size=6))
def test_the_pair_is_that_of_all_rounds_since_genesis(heights: list[int]) -> None:
    chain, end = BeaconChain("accumulate", max_pulses=10), GENESIS - 1
    assert chain.configure(genesis=GENESIS) is None
    for height in heights:
        start, end = end + 1, end + height
        assert ingest(chain, start, end) is None
    assert chain.pallet.accumulation(chain.storage) == pair_of(GENESIS, end)
    assert chain.pallet.next_round(chain.storage) == end + 1


def test_errors_come_in_their_order(chain: BeaconChain) -> None:
    true = pulse_of(1000, 1001).signature
    for origin in (ROOT, signed(bytes(32))):
        assert chain.error("try_submit_asig", origin, asig=true, height=0) == "BadOrigin"
    assert submit(chain, bytes(48), 0) == "ZeroHeightProvided"
    for height in (11, LAST_ROUND):
        assert submit(chain, bytes(48), height) == "ExcessiveHeightProvided"
    assert submit(chain, bytes(48), 2) == "VerificationFailed"
    assert submit(chain, true, 2) is None
    for height in (0, 11, 2):
        assert submit(chain, bytes(48), height) == "SignatureAlreadyVerified"


def test_a_sum_of_other_rounds_does_not_verify(chain: BeaconChain) -> None:
    assert ingest(chain, 1000, 1001) is None
    before = chain.pallet.accumulation(chain.storage)
    for wrong, height in (
        (pulse_of(1000, 1001), 2),  # again
        (pulse_of(1003, 1004), 2),  # without the next round
        (pulse_of(1002, 1004), 2),  # another height
        (pulse_of(1002, 1003), 1),
        (pulse_of(1002, 1003, secret=1), 2),  # another key
    ):
        assert submit(chain, wrong.signature, height) == "VerificationFailed"
    assert chain.pallet.accumulation(chain.storage) == before
    assert ingest(chain, 1002, 1003) is None


def test_a_round_that_never_comes_stops_the_chain(chain: BeaconChain) -> None:
    assert ingest(chain, 1000, 1002) is None
    for start in range(1004, 1040, 2):  # round 1003 was lost everywhere
        assert ingest(chain, start, start + 1) == "VerificationFailed"
    assert chain.pallet.next_round(chain.storage) == 1003
    assert ingest(chain, 1003, 1003) is None  # only the missing one itself sets it going again
    assert ingest(chain, 1004, 1005) is None


def test_what_is_no_point_of_the_subgroup_does_not_verify(facts: Any) -> None:
    chain = BeaconChain("accumulate", backend="blst")
    assert chain.configure(dl.networks["quicknet"].public_key, GENESIS) is None
    attacks = {one["name"]: one for one in facts["negative_and_attack"]}
    for signature in (
        attacks["small_subgroup_malleability"]["sig_plus_torsion"],
        attacks["byte0_xor_01"]["sig"],
        INFINITY.hex(),
        "ff" * 48,
    ):
        assert submit(chain, bytes.fromhex(signature), 1) == "VerificationFailed"
    assert submit(chain, bytes.fromhex(attacks["identity_empty_range"]["asig"]), 0) == "ZeroHeightProvided"


def test_a_key_that_is_no_point_verifies_nothing() -> None:
    chain = BeaconChain("accumulate")
    assert chain.configure(bytes(96), GENESIS) is None
    assert submit(chain, pulse_of(1000, 1000).signature, 1) == "VerificationFailed"


def test_after_the_last_round_nothing_is_accepted() -> None:
    chain = BeaconChain("accumulate")
    assert chain.configure(genesis=LAST_ROUND - 1) is None
    assert ingest(chain, LAST_ROUND - 1, LAST_ROUND - 1) is None
    for asig in (pulse_of(LAST_ROUND, LAST_ROUND).signature, INFINITY):
        assert submit(chain, asig, 1) == "VerificationFailed"


def test_a_pair_that_is_scaled_authenticates_as_well(facts: Any) -> None:
    """Without round numbers the pair proves nothing to a stranger: any multiple of both is as good."""
    [one] = [one for one in facts["negative_and_attack"] if one["name"] == "era1_scaled_message"]
    bls = on_curve("blst")
    signature, message = (bls.signatures.decode(bytes.fromhex(one[name])) for name in ("signature", "message"))
    key = bls.decode_key(dl.networks["quicknet"].public_key)
    assert one_loop(key, message, signature).holds is one["pairing_verifies"]
    assert hashlib.sha256(bytes.fromhex(one["signature"])).hexdigest() == one["rand"]


# -- the inherent -----------------------------------------------------------------------------------------------------


def test_the_author_submits_what_its_node_has_heard(chain: BeaconChain) -> None:
    call = chain.inherent(beacons(1001, 998, 1000))
    expected = pulse_of(1000, 1001)
    assert call == Call("RandBeacon", "try_submit_asig", {"asig": expected.signature, "height": 2})
    assert chain.builder.apply(chain.runtime.decode(chain.runtime.bare(call))).error is None


def test_without_pulses_the_inherent_has_no_height_and_fails_in_its_block(chain: BeaconChain) -> None:
    for heard in ([], beacons(1, 2)):
        call = chain.inherent(heard)
        assert call == Call("RandBeacon", "try_submit_asig", {"asig": INFINITY, "height": 0})
        outcome = chain.builder.apply(chain.runtime.decode(chain.runtime.bare(call)))
        assert outcome.error is not None
        assert outcome.error.name == "ZeroHeightProvided"
    assert len(chain.builder.extrinsics) == 2
    assert chain.inherent(None) is None  # a node that provides no list at all


def test_the_inherent_has_no_cap_and_counts_what_comes_twice(chain: BeaconChain) -> None:
    call = chain.inherent(beacons(*range(1000, 1011)))
    assert call is not None
    assert call.args["height"] == 11
    assert chain.error("try_submit_asig", **call.args) == "ExcessiveHeightProvided"
    twice = chain.inherent(beacons(1000, 1000, 1001))
    assert twice is not None
    assert chain.error("try_submit_asig", **twice.args) == "VerificationFailed"


def test_what_is_no_point_is_passed_over_in_the_inherent(chain: BeaconChain) -> None:
    bad = dl.Beacon(round=1001, signature=bytes(48))
    call = chain.inherent([*beacons(1000), bad])
    assert call is not None
    assert call.args == {"asig": pulse_of(1000, 1000).signature, "height": 1}


def test_a_submission_is_no_transaction_of_the_pool(chain: BeaconChain) -> None:
    call = Call("RandBeacon", "try_submit_asig", {"asig": pulse_of(1000, 1000).signature, "height": 1})
    with pytest.raises(NotValid) as caught:
        chain.pallet.validate_unsigned(chain.builder.context, call, TransactionSource.LOCAL)
    assert caught.value.reason == "InvalidTransaction::Call"


# -- genesis by the author --------------------------------------------------------------------------------------------


@pytest.fixture
def unborn() -> BeaconChain:
    one = BeaconChain("accumulate")
    assert one.error("set_beacon_key", ROOT, pk=public_key()) is None
    return one


def genesis(chain: BeaconChain, start: int, end: int, **changed: Any) -> str | None:
    triple = {"asig": pulse_of(start, end).signature, "height": end - start + 1, "genesis_round": start}
    return chain.error("try_submit_genesis", **(triple | changed))


def test_the_first_triple_brings_the_genesis_round(unborn: BeaconChain) -> None:
    assert unborn.pallet.next_round(unborn.storage) is None
    assert submit(unborn, pulse_of(7, 8).signature, 2) == "BeaconConfigNotSet"
    call = unborn.inherent(beacons(8, 7))
    assert call == Call(
        "RandBeacon",
        "try_submit_genesis",
        {"asig": pulse_of(7, 8).signature, "height": 2, "genesis_round": 7},
    )
    assert genesis(unborn, 7, 8) is None
    assert unborn.pallet.next_round(unborn.storage) == 9
    assert unborn.pallet.accumulation(unborn.storage) == pair_of(7, 8)
    unborn.next_block()
    assert genesis(unborn, 9, 9) == "BeaconConfigAlreadySet"
    assert unborn.inherent(beacons(9)) == Call(
        "RandBeacon", "try_submit_asig", {"asig": pulse_of(9, 9).signature, "height": 1}
    )
    assert ingest(unborn, 9, 9) is None


def test_a_false_triple_sets_no_genesis(unborn: BeaconChain) -> None:
    assert genesis(unborn, 7, 8, genesis_round=6) == "VerificationFailed"
    assert genesis(unborn, 7, 8, height=0) == "ZeroHeightProvided"
    assert genesis(unborn, 7, 8, height=4) == "ExcessiveHeightProvided"
    assert unborn.pallet.next_round(unborn.storage) is None
    assert unborn.inherent([]) is None  # nobody publishes before the first pulse was seen
    assert genesis(unborn, 7, 8) is None


def test_key_and_genesis_are_set_once_in_either_way(unborn: BeaconChain) -> None:
    assert unborn.configure(genesis=1) == "BeaconConfigAlreadySet"
    assert unborn.error("set_beacon_key", ROOT, pk=public_key(1)) == "BeaconConfigAlreadySet"
    assert unborn.error("set_beacon_key", NONE, pk=public_key(1)) == "BadOrigin"
    other = BeaconChain("accumulate")
    assert genesis(other, 7, 8) == "BeaconConfigNotSet"
    assert other.configure(genesis=7) is None
    assert other.error("set_beacon_key", ROOT, pk=public_key(1)) == "BeaconConfigAlreadySet"
    assert genesis(other, 7, 8) == "BeaconConfigAlreadySet"


# -- the seam, weight, many wrong submissions -------------------------------------------------------------------------


class Notebook:
    """Writes down what is given to it."""

    def __init__(self) -> None:
        self.given: list[AcceptedPulse] = []

    def weight(self, context: Context) -> Weight:
        return Weight(7, 9)

    def dispatch(self, context: Context, accepted: AcceptedPulse) -> None:
        self.given.append(accepted)


def test_the_running_pair_is_given_on_with_what_was_submitted() -> None:
    notebook = Notebook()
    chain = BeaconChain("accumulate", dispatcher=notebook)
    assert chain.configure(genesis=GENESIS) is None
    assert ingest(chain, 1000, 1001) is None
    assert ingest(chain, 1002, 1003) is None
    assert ingest(chain, 1002, 1003) == "VerificationFailed"
    assert notebook.given == [
        AcceptedPulse(pulse=pulse_of(1000, 1001), total=pair_of(1000, 1001)),
        AcceptedPulse(pulse=pulse_of(1002, 1003), total=pair_of(1000, 1003)),
    ]


def test_a_submission_weighs_the_most_rounds(chain: BeaconChain) -> None:
    outcome = chain.run("try_submit_asig", asig=pulse_of(1000, 1000).signature, height=1)
    assert outcome.weight == Weight(13_780_563_246, 4225) + Weight(10 * 2_004_607_920) + db_weight(4, 3)


def test_no_changed_submission_is_accepted(chain: BeaconChain) -> None:
    assert ingest(chain, 1000, 1001) is None
    rng, true, before, seen = random.Random(5), pulse_of(1002, 1003), chain.state_root, set()
    for _ in range(3000):
        asig, height = bytearray(true.signature), rng.choice((2, 2, 2, 1, 3, 0, 11, rng.getrandbits(64)))
        asig[rng.randrange(48)] ^= 1 << rng.randrange(8)
        if rng.randrange(3) == 0:
            asig[-32:] = rng.randbytes(32)
        outcome = chain.run("try_submit_asig", asig=bytes(asig), height=height)
        assert outcome.error is not None
        seen.add(outcome.error.name)
    assert chain.state_root == before
    assert seen == {"VerificationFailed", "ZeroHeightProvided", "ExcessiveHeightProvided"}
    assert submit(chain, true.signature, 2) is None
    assert Pulse(signature=true.signature, start=1002, end=1003) == true

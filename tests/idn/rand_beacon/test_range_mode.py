"""What runs today: who may submit what, in which order it is checked, and what stays stored."""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from beacon_chain import BeaconChain, public_key, pulse_of

import drandlab as dl
from drandlab.crypto.sr25519 import development
from drandlab.errors import FormatError, LocalError
from drandlab.idn import Pulse, aggregate, block_randomness
from drandlab.idn.rand_beacon import AcceptedPulse, RangeBeacon, range_mode
from drandlab.idn.rand_beacon.beacon_parts import ON_FINALIZE
from drandlab.idn.runtime.calls import NONE, ROOT, Call, TransactionSource, signed
from drandlab.idn.runtime.context import Context
from drandlab.idn.runtime.failures import NotValid
from drandlab.idn.runtime.weights import DispatchClass, Weight, db_weight
from drandlab.idn.state import item_prefix
from drandlab.typing import LAST_ROUND
from drandlab.wire.scale import Variant, compact

INFINITY = bytes([0xC0]) + bytes(47)


@pytest.fixture
def chain() -> BeaconChain:
    one = BeaconChain()
    assert one.configure() is None
    return one


@pytest.fixture(scope="module")
def facts(request: pytest.FixtureRequest) -> Any:
    vectors: Callable[[str], Any] = request.getfixturevalue("vectors")
    return vectors("idn")


def real(facts: Any, start: int, end: int) -> Pulse:
    """A pulse of quicknet."""
    [one] = [one for one in facts["aggregates"] if (one["start"], one["end"]) == (start, end)]
    return Pulse(signature=bytes.fromhex(one["asig"]), start=start, end=end)


def stored(chain: BeaconChain) -> tuple[Any, ...]:
    """The next round, what is accumulated, whether this block has a pulse."""
    pallet, storage = chain.pallet, chain.storage
    return pallet.next_round(storage), pallet.accumulation(storage), pallet.did_update.get(storage)


# -- scenarios of the real pallet -------------------------------------------------------------------------------------


def test_at_first_nothing_is_stored() -> None:
    chain = BeaconChain()
    assert stored(chain) == (None, None, False)
    assert chain.pallet.last_submitted(chain.storage) is None
    assert chain.pallet.stored(chain.storage) == 0


def test_without_a_key_nothing_is_accepted() -> None:
    chain = BeaconChain()
    assert chain.submit(pulse_of(1000, 1001)) == "BeaconConfigNotSet"


def test_root_sets_the_key_and_may_set_another() -> None:
    chain = BeaconChain()
    for secret in (1, 2):
        outcome = chain.run("set_beacon_config", ROOT, pk=public_key(secret))
        assert [event.name for event in outcome.events] == ["BeaconConfigSet"]
        assert chain.storage.get(item_prefix("RandBeacon", "BeaconConfig")) == public_key(secret)


def test_nobody_else_sets_the_key() -> None:
    chain = BeaconChain()
    for origin in (NONE, signed(development("Alice").public)):
        assert chain.error("set_beacon_config", origin, pk=public_key()) == "BadOrigin"
    assert chain.storage.get(item_prefix("RandBeacon", "BeaconConfig")) is None


def test_a_range_is_accepted(chain: BeaconChain) -> None:
    pulse = pulse_of(1000, 1001)
    outcome = chain.run("try_submit_asig", **chain.submission(pulse).args)
    assert (outcome.error, [event.name for event in outcome.events]) == (None, ["SignatureVerificationSuccess"])
    assert stored(chain) == (1002, pulse, True)
    assert chain.storage.get(item_prefix("RandBeacon", "SparseAccumulation")) == pulse.to_scale()
    assert chain.storage.get(item_prefix("RandBeacon", "NextRound")) == (1002).to_bytes(8, "little")
    assert chain.storage.get(item_prefix("RandBeacon", "DidUpdate")) == b"\1"
    chain.next_block()
    assert stored(chain) == (1002, pulse, False)
    assert chain.pallet.stored(chain.storage) == 96 + 8 + 64


def test_one_round_alone_is_accepted(chain: BeaconChain) -> None:
    assert chain.submit(pulse_of(1000, 1000)) is None
    assert stored(chain)[0] == 1001


def test_a_range_that_ends_before_its_start_has_no_height(chain: BeaconChain) -> None:
    for start, end in ((1001, 1000), (LAST_ROUND, 0)):
        for signature in (bytes([1]) * 48, INFINITY):
            pulse = Pulse(signature=signature, start=start, end=end)
            assert chain.submit(pulse) == "ZeroHeightProvided"


def test_a_range_that_is_too_long_is_refused(chain: BeaconChain) -> None:
    for start, end in ((1000, 10_000), (0, LAST_ROUND), (1, LAST_ROUND), (1000, 1004)):
        assert chain.submit(Pulse(signature=INFINITY, start=start, end=end)) == "ExcessiveHeightProvided"


def test_one_round_more_than_the_cap_passes(chain: BeaconChain) -> None:
    assert chain.pallet.max_rounds() == 3
    assert chain.submit(pulse_of(1000, 1003)) is None
    assert stored(chain)[0] == 1004


def test_ranges_follow_each_other_and_only_the_newest_stays(chain: BeaconChain) -> None:
    assert chain.submit(pulse_of(1000, 1001)) is None
    chain.next_block()
    assert chain.submit(pulse_of(1002, 1003)) is None
    assert stored(chain) == (1004, pulse_of(1002, 1003), True)


def test_a_block_has_one_pulse(chain: BeaconChain) -> None:
    assert chain.submit(pulse_of(1000, 1001)) is None
    for pulse in (pulse_of(1000, 1001), pulse_of(1002, 1003)):
        assert chain.submit(pulse) == "SignatureAlreadyVerified"
    assert chain.submit(pulse_of(1002, 1003), Variant("Sr25519", bytes(64))) == "InvalidSignature"


def test_rounds_that_are_past_have_expired(chain: BeaconChain) -> None:
    first = pulse_of(1000, 1001)
    assert chain.submit(first) is None
    chain.next_block()
    for pulse in (first, pulse_of(1001, 1003), pulse_of(1001, 1001), pulse_of(1, 1)):
        assert chain.submit(pulse) == "StartExpired"
    assert stored(chain) == (1002, first, False)


def test_a_sum_of_other_rounds_does_not_verify(chain: BeaconChain) -> None:
    assert chain.submit(pulse_of(1000, 1001)) is None
    chain.next_block()
    for signature in (pulse_of(1000, 1001), pulse_of(1002, 1004), pulse_of(1002, 1003, secret=1)):
        false = Pulse(signature=signature.signature, start=1002, end=1003)
        assert chain.submit(false) == "VerificationFailed"
    assert stored(chain) == (1002, pulse_of(1000, 1001), False)


def test_the_first_range_may_start_anywhere_and_gaps_are_accepted(chain: BeaconChain) -> None:
    for start in (7, 70, 7_000_000):
        assert chain.submit(pulse_of(start, start)) is None
        chain.next_block()
    assert stored(chain)[0] == 7_000_001


def test_on_initialize_announces_what_on_finalize_weighs(chain: BeaconChain) -> None:
    assert chain.pallet.on_initialize(chain.builder.context) == ON_FINALIZE
    assert Weight(6_228_000, 1581) + db_weight(2, 1) == ON_FINALIZE


def test_a_block_without_a_pulse_is_valid(chain: BeaconChain) -> None:
    assert chain.submit(pulse_of(1000, 1001)) is None
    before = stored(chain)
    chain.next_block()
    chain.next_block(skip=3)
    assert stored(chain) == (*before[:2], False)


def test_the_last_round_there_is_ends_the_chain(chain: BeaconChain) -> None:
    last = pulse_of(LAST_ROUND, LAST_ROUND)
    assert chain.submit(last) is None
    assert stored(chain)[0] == LAST_ROUND  # the addition saturates, so that the same round is accepted again
    chain.next_block()
    assert chain.submit(last) is None


# -- who signed -------------------------------------------------------------------------------------------------------


def test_the_author_of_the_block_signs(chain: BeaconChain) -> None:
    pulse = pulse_of(1000, 1001)
    author, other = chain.author, development("Alice" if chain.author == development("Bob") else "Bob")
    assert chain.submit(pulse, chain.signed(pulse, other)) == "InvalidSignature"
    assert chain.submit(pulse, chain.signed(replace(pulse, end=1002))) == "InvalidSignature"
    good = chain.signed(pulse)
    assert chain.submit(pulse, Variant("Ed25519", good.value)) == "InvalidSignature"
    assert chain.submit(pulse, Variant("Ecdsa", good.value + b"\0")) == "InvalidSignature"
    assert chain.submit(pulse, Variant("Sr25519", bytes(64))) == "InvalidSignature"
    assert chain.submit(pulse, chain.signed(pulse, author)) is None


def test_a_signature_is_refused_before_anything_else_is_looked_at() -> None:
    chain = BeaconChain()
    nothing = Pulse(signature=INFINITY, start=2, end=1)
    assert chain.submit(nothing, Variant("Sr25519", bytes(64))) == "InvalidSignature"
    assert chain.submit(nothing) == "BeaconConfigNotSet"
    assert chain.error("try_submit_asig", ROOT, **chain.submission(nothing).args) == "BadOrigin"


def test_without_an_author_there_is_no_submission() -> None:
    chain = BeaconChain(find_author=lambda context: None)
    assert chain.configure() is None
    assert chain.submit(pulse_of(1000, 1001)) == "Other"


def test_an_account_that_is_not_the_key_of_the_author_makes_every_submission_fail() -> None:
    chain = BeaconChain(find_author=lambda context: bytes(32))
    assert chain.configure() is None
    assert chain.submit(pulse_of(1000, 1001)) == "InvalidSignature"


def test_the_signature_of_an_author_holds_on_a_fork_too(chain: BeaconChain) -> None:
    pulse = pulse_of(1000, 1001)
    signature = chain.signed(pulse)
    chain.next_block(skip=1)  # the same author, another parent
    assert chain.submit(pulse, signature) is None


# -- points -----------------------------------------------------------------------------------------------------------


def test_what_is_no_point_of_the_subgroup_does_not_verify(facts: Any) -> None:
    chain = BeaconChain(backend="blst")
    assert chain.configure(dl.networks["quicknet"].public_key) is None
    attacks = {one["name"]: one for one in facts["negative_and_attack"]}
    for signature in (
        attacks["small_subgroup_malleability"]["sig_plus_torsion"],
        attacks["byte0_xor_01"]["sig"],
        attacks["sign_bit_flip"]["sig"],
        INFINITY.hex(),
        "00" * 48,
        "ff" * 48,
    ):
        pulse = Pulse(signature=bytes.fromhex(signature), start=1000, end=1000)
        assert chain.submit(pulse) == "VerificationFailed"
    for name, start, end in (("duplicate_pulse", 1000, 1001), ("gap", 1000, 1003)):
        pulse = Pulse(signature=bytes.fromhex(attacks[name]["asig"]), start=start, end=end)
        assert chain.submit(pulse) == "VerificationFailed"
    forged = [
        dl.Beacon(round=1000, signature=bytes.fromhex(attacks["cancelling_forgery"]["sig_a"])),
        dl.Beacon(round=1001, signature=bytes.fromhex(attacks["cancelling_forgery"]["sig_b"])),
    ]
    with dl.use_backend("blst"):
        assert chain.submit(aggregate(forged)) is None, "the sum of two forged signatures is the true one"


@pytest.mark.parametrize("backend", ["blst", "py_ecc"])
def test_real_ranges_are_accepted(facts: Any, backend: str) -> None:
    chain = BeaconChain(backend=backend)
    assert chain.configure(dl.networks["quicknet"].public_key) is None
    for start, end in ((1000, 1001), (1002, 1003))[: 2 if backend == "blst" else 1]:
        assert chain.submit(real(facts, start, end)) is None
        assert chain.pallet.random(chain.builder.context)[0] == block_randomness(real(facts, start, end).signature)
        chain.next_block()


@pytest.mark.parametrize("key", [bytes(96), bytes([0xC0]) + bytes(95), bytes([0xFF]) * 96])
def test_under_a_key_that_is_no_point_nothing_verifies(key: bytes) -> None:
    chain = BeaconChain(backend="blst")
    assert chain.configure(key) is None  # nobody looks at it before the first submission
    for signature in (INFINITY, pulse_of(1, 1, backend="blst").signature):
        assert chain.submit(Pulse(signature=signature, start=1, end=1)) == "VerificationFailed"


# -- the pool ---------------------------------------------------------------------------------------------------------


def judged(chain: BeaconChain, call: Call, source: TransactionSource) -> str | None:
    """What the pool's rule says against a call."""
    try:
        chain.pallet.validate_unsigned(chain.builder.context, call, source)
    except NotValid as refusal:
        return refusal.reason
    return None


def test_only_a_nodes_own_submissions_enter_its_pool(chain: BeaconChain) -> None:
    call = chain.submission(pulse_of(1000, 1001))
    assert judged(chain, call, TransactionSource.LOCAL) is None
    assert judged(chain, call, TransactionSource.IN_BLOCK) is None
    assert judged(chain, call, TransactionSource.EXTERNAL) == "InvalidTransaction::Call"
    other = Call("RandBeacon", "set_beacon_config", {"pk": public_key()})
    assert judged(chain, other, TransactionSource.LOCAL) == "InvalidTransaction::Call"


def test_rounds_that_are_past_do_not_enter_the_pool(chain: BeaconChain) -> None:
    call = chain.submission(pulse_of(1000, 1001))
    assert chain.submit(pulse_of(1000, 1001)) is None
    for source in (TransactionSource.LOCAL, TransactionSource.IN_BLOCK):
        assert judged(chain, call, source) == "InvalidTransaction::Call"
    assert judged(chain, chain.submission(pulse_of(1002, 1002)), TransactionSource.LOCAL) is None


def test_the_pool_does_not_look_at_the_authors_signature(chain: BeaconChain) -> None:
    unsigned = chain.submission(pulse_of(1000, 1001), Variant("Sr25519", bytes(64)))
    assert judged(chain, unsigned, TransactionSource.LOCAL) is None


def test_the_pool_knows_a_submission_by_its_tag(facts: Any, chain: BeaconChain) -> None:
    pulse, expected = real(facts, 1000, 1001), bytes.fromhex(facts["submit_asig"]["provides_tag_data"])
    call = chain.submission(pulse)
    valid = chain.pallet.validate_unsigned(chain.builder.context, call, TransactionSource.LOCAL)
    assert (valid.priority, valid.longevity, valid.propagate, valid.requires) == (LAST_ROUND, 5, False, ())
    name = b"RandomnessBeacon"
    assert valid.provides == (compact(16) + name + compact(1) + compact(len(expected)) + expected,)
    other = chain.pallet.validate_unsigned(
        chain.builder.context, chain.submission(replace(pulse, end=1002)), TransactionSource.LOCAL
    )
    assert other.provides != valid.provides
    resigned = chain.submission(pulse, Variant("Sr25519", bytes(64)))
    again = chain.pallet.validate_unsigned(chain.builder.context, resigned, TransactionSource.LOCAL)
    assert again.provides == valid.provides, "the signature is no part of it"


def test_in_a_block_an_expired_submission_is_not_valid_at_all(chain: BeaconChain) -> None:
    pulse = pulse_of(1000, 1001)
    encoded = chain.runtime.bare(chain.submission(pulse))
    assert chain.builder.apply(chain.runtime.decode(encoded)).error is None
    with pytest.raises(NotValid, match="InvalidTransaction::Call"):
        chain.builder.apply(chain.runtime.decode(encoded))
    assert chain.builder.extrinsics == [encoded]


# -- bytes ------------------------------------------------------------------------------------------------------------


def test_call_and_extrinsic_are_those_of_the_vectors(facts: Any, chain: BeaconChain) -> None:
    one = facts["submit_asig"]
    pulse, mark = real(facts, 1000, 1001), bytes([0x77]) * 64
    call = chain.submission(pulse, Variant("Sr25519", mark))
    encoded = chain.runtime.table.encode_call(call)
    assert (encoded.hex(), len(encoded)) == (one["runtime_call"], one["runtime_call_len"])
    assert chain.runtime.bare(call).hex() == one["bare_extrinsic_v5"]
    assert isinstance(chain.pallet, RangeBeacon)
    assert chain.pallet.build_extrinsic(pulse.signature, 1000, 1001, mark).hex() == one["bare_extrinsic_v5"]
    assert pulse.payload.hex() == one["signed_payload"]


def test_a_node_that_builds_an_extrinsic_of_bad_parts(chain: BeaconChain) -> None:
    assert isinstance(chain.pallet, RangeBeacon)
    for size in (0, 47, 96):
        built = chain.pallet.build_extrinsic(bytes([1]) * size, 5, 5, bytes(64))
        assert chain.runtime.decode(built).call.args["asig"] == bytes(48)
    with pytest.raises(LocalError, match="signature: expected 64 bytes, got 63"):
        chain.pallet.build_extrinsic(bytes(48), 5, 5, bytes(63))


def test_genesis_may_bring_the_key() -> None:
    chain = BeaconChain()
    head = chain.runtime.genesis({"RandBeacon": {"beacon_pubkey_hex": public_key().hex()}})
    assert chain.runtime.storage(head).get(item_prefix("RandBeacon", "BeaconConfig")) == public_key()
    head = chain.runtime.genesis({"RandBeacon": {"beacon_pubkey_hex": ""}})
    assert chain.runtime.storage(head).get(item_prefix("RandBeacon", "BeaconConfig")) is None
    for text in ("00", "x" * 192):
        with pytest.raises(FormatError, match="beacon_pubkey_hex"):
            chain.runtime.genesis({"RandBeacon": {"beacon_pubkey_hex": text}})


# -- randomness, weight, the seam -------------------------------------------------------------------------------------


def test_block_randomness_is_that_of_the_newest_sum(chain: BeaconChain) -> None:
    context = chain.builder.context
    fallback = hashlib.blake2b(context.parent_hash + compact(3) + b"ctx", digest_size=32).digest()
    assert chain.pallet.random(context, b"ctx") == (fallback, context.number)
    assert chain.submit(pulse_of(1000, 1001)) is None
    expected = block_randomness(pulse_of(1000, 1001).signature, b"ctx")
    assert chain.pallet.random(context, b"ctx") == (expected, context.number)
    for _ in range(3):
        chain.next_block()
    later = chain.builder.context
    assert chain.pallet.random(later, b"ctx") == (expected, later.number), "an old value has the present number"
    assert later.number == context.number + 3


class Notebook:
    """Writes down what is given to it."""

    def __init__(self) -> None:
        self.given: list[tuple[int, AcceptedPulse]] = []

    def weight(self, context: Context) -> Weight:
        return Weight(7, 9)

    def dispatch(self, context: Context, accepted: AcceptedPulse) -> None:
        self.given.append((context.number, accepted))


def test_an_accepted_pulse_is_given_on_and_no_other() -> None:
    notebook = Notebook()
    chain = BeaconChain(dispatcher=notebook)
    assert chain.configure() is None
    assert chain.submit(pulse_of(1000, 1001)) is None
    assert chain.submit(pulse_of(1002, 1003)) == "SignatureAlreadyVerified"
    chain.next_block()
    assert chain.submit(Pulse(signature=pulse_of(1, 1).signature, start=1002, end=1002)) == "VerificationFailed"
    assert notebook.given == [(1, AcceptedPulse(pulse=pulse_of(1000, 1001)))]


def test_a_submission_weighs_the_most_rounds_and_what_is_given_on() -> None:
    for notebook, more in ((None, Weight()), (Notebook(), Weight(7, 9))):
        chain = BeaconChain(dispatcher=notebook, max_pulses=6)
        assert chain.configure() is None
        outcome = chain.run("try_submit_asig", **chain.submission(pulse_of(1000, 1000)).args)
        assert outcome.declared == outcome.weight
        assert outcome.weight - more == (
            Weight(14_446_358_391, 3_201_489) + Weight(6 * 1_954_836_013) + db_weight(6, 3)
        )
        [kind] = [kind for kind in chain.pallet.calls if kind.name == "try_submit_asig"]
        assert kind.kind is DispatchClass.OPERATIONAL


# -- many wrong submissions -------------------------------------------------------------------------------------------

MUTATED = 70_000


def changed(true: bytes, rng: random.Random) -> bytes:
    """The bytes with a few changes: bits, bytes, an early end, more at the end."""
    data = bytearray(true)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        match rng.randrange(8):
            case 0 | 1 | 2 | 3:
                data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
            case 4 | 5 | 6:
                data[rng.randrange(len(data))] = rng.randrange(256)
            case _:
                del data[rng.randrange(1, len(data) + 1) :]
                data += rng.randbytes(rng.randrange(4))
    return bytes(data)


def outcome_of(chain: BeaconChain, data: bytes) -> str:
    """What becomes of the bytes of an extrinsic: the code for which they are none, or the error of their call."""
    try:
        extrinsic = chain.runtime.decode(data)
    except FormatError as error:
        return error.code
    error = chain.builder.run(extrinsic.call, NONE).error
    return "accepted" if error is None else error.name


def test_no_changed_submission_is_accepted(chain: BeaconChain, monkeypatch: pytest.MonkeyPatch) -> None:
    """An author who signs anything: what it sends is refused with a named error, and nothing in the state moves."""
    monkeypatch.setattr(range_mode, "signature_holds", lambda *_: True)
    rng, true = random.Random(2), chain.runtime.bare(chain.submission(pulse_of(1000, 1001)))
    before, seen = chain.state_root, Counter[str]()
    payload = slice(5, 5 + 64)  # behind length, version and the numbers of the call
    while seen.total() < MUTATED:
        data = changed(true, rng)
        if data[: payload.stop] != true[: payload.stop]:
            seen[outcome_of(chain, data)] += 1
    assert chain.state_root == before
    refused = {"VerificationFailed", "ExcessiveHeightProvided", "ZeroHeightProvided"}
    unreadable = {"ends-early", "trailing", "variant", "compact"}
    assert refused | unreadable <= seen.keys() <= refused | unreadable | {"BadOrigin", "bound"}
    assert outcome_of(chain, true) == "accepted"


def test_no_changed_signature_of_the_author_is_accepted(chain: BeaconChain) -> None:
    rng, true = random.Random(3), chain.runtime.bare(chain.submission(pulse_of(1000, 1001)))
    before = chain.state_root
    for _ in range(300):
        data = bytearray(true)
        data[rng.randrange(70, len(data))] ^= 1 << rng.randrange(8)
        assert outcome_of(chain, bytes(data)) == "InvalidSignature"
    assert chain.state_root == before
    assert outcome_of(chain, true) == "accepted"

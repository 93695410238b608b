from __future__ import annotations

import gc
import itertools
import random
import tracemalloc
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import drandlab as dl
from drandlab.analysis.bulk import verify, verify_batch
from drandlab.analysis.frames import beacons_of, frame_of, load_beacons
from drandlab.beacon import Beacon, HashCache, Verifier, broken_links
from drandlab.errors import BackendUnavailable, FormatError, LocalError, UnknownNetwork, VerificationError
from drandlab.testing import CHAINED, UNCHAINED


def shipped(name):
    return list(beacons_of(load_beacons(name)))


def corrupted(beacon):
    """Another signature of the right form: the real one's point, for another round."""
    other = next(b for b in shipped("quicknet") if b.round != beacon.round)
    return replace(beacon, signature=other.signature, claimed_randomness=None)


# ---------------------------------------------------------------- one beacon


def test_one_beacon_gives_its_randomness():
    beacon = shipped("default")[3]
    info = dl.networks["default"]
    for chain in (info, "default", info.chain_hash.hex()):
        assert verify(beacon, chain) == beacon.randomness
    assert dl.verify(beacon, info) == beacon.randomness


def test_one_beacon_is_refused_with_round_and_reason():
    with pytest.raises(VerificationError, match=r"^round 1: signature: valid point, but not the key's signature"):
        verify(corrupted(shipped("quicknet")[0]), "quicknet")


def test_what_is_no_beacon_is_the_callers_mistake():
    with pytest.raises(LocalError, match=r"beacon: expected a Beacon, got dict; Beacon.from_json reads one"):
        verify({"round": 1}, "quicknet")
    with pytest.raises(UnknownNetwork, match="'quicknot' is not known"):
        verify(shipped("quicknet")[0], "quicknot")


# ---------------------------------------------------------------- what may be passed


def test_lists_frames_and_streams_are_all_taken():
    frame, info = load_beacons("quicknet"), dl.networks["quicknet"]
    beacons = list(beacons_of(frame))
    for given_ in (beacons, tuple(beacons), iter(beacons), (b for b in beacons), frame):
        report = verify_batch(given_, info)
        assert (report.ok, report.checked, report.invalid, report.chain) == (True, 150, [], "quicknet")


def test_nothing_is_checked_in_nothing():
    assert verify_batch([], "quicknet").checked == 0
    assert verify_batch([], "quicknet", jobs=4).ok
    assert verify_batch(load_beacons("quicknet").clear(), "quicknet").checked == 0


@pytest.mark.parametrize(
    ("beacons", "message"),
    [
        ("beacons.jsonl", "expected beacons, got 'beacons.jsonl'; read_beacons reads them from a file"),
        (7, "expected an iterable of Beacon or a frame, got int"),
        (Beacon(round=1, signature=b""), "expected an iterable of Beacon or a frame, got Beacon"),
        (
            pl.LazyFrame(),
            "expected a polars.DataFrame, got a polars.LazyFrame; its collect() makes one, "
            "and read_beacons streams a file that is too long for that",
        ),
        (
            type("DataFrame", (list,), {"__module__": "pandas.core.frame"})(["round", "signature"]),
            "expected a polars.DataFrame, got a pandas.DataFrame; polars.from_pandas makes one",
        ),
        ([Beacon(round=1, signature=b""), {"round": 2}], "expected Beacon objects, got dict in place 2"),
    ],
)
def test_what_are_no_beacons_is_the_callers_mistake(beacons, message):
    with pytest.raises(LocalError) as refused:
        verify_batch(beacons, "quicknet")
    assert str(refused.value) == f"beacons: {message}"


def test_a_frame_with_a_bad_value_is_refused_with_row_and_column():
    with pytest.raises(FormatError, match=r'frame, line 2, field "signature": expected hexadecimal'):
        verify_batch(pl.DataFrame({"round": [1, 2], "signature": ["00", "0x"]}), "quicknet")


@pytest.mark.parametrize("value", [0, -1, 1.0, True, "2"])
@pytest.mark.parametrize("name", ["jobs", "chunk"])
def test_jobs_and_chunk_are_whole_numbers(name, value):
    with pytest.raises(LocalError, match=f"{name}: expected a whole number of at least 1, got {value!r}"):
        verify_batch([], "quicknet", **{name: value})


def test_an_unknown_backend_is_refused():
    with pytest.raises(LocalError, match="backend: expected one of blst, py_ecc, glass, got 'gold'"):
        verify_batch([], "quicknet", backend="gold")


def test_a_backend_that_is_not_installed_is_refused(monkeypatch):
    monkeypatch.setattr("drandlab.curves.choice.available", lambda: ("glass",))
    with pytest.raises(BackendUnavailable, match="backend 'blst' needs the package pyblst"):
        verify_batch([], "quicknet", backend="blst")


def test_a_chain_whose_key_is_no_key_is_refused():
    info = replace(dl.networks["quicknet"], public_key=b"\xc0" + bytes(95))
    with pytest.raises(VerificationError, match="public key of chain quicknet: G2 point: must not be the point"):
        verify_batch([], info)


# ---------------------------------------------------------------- what is found


def test_each_bad_round_of_ten_thousand_is_named(signer):
    chain = signer()
    beacons = list(chain.beacons(10_000))
    bad = [3, 1024, 1025, 4999, 5000, 9998, 10_000]
    for round in bad:
        beacons[round - 1] = replace(beacons[round - 1], signature=beacons[round % 100].signature)
    report = verify_batch(beacons, chain.info, backend="glass")
    assert report.checked == 10_000
    assert [round for round, _ in report.invalid] == bad
    assert {reason for _, reason in report.invalid} == {
        "signature: valid point, but not the key's signature of this message"
    }
    assert report.hint is None


def test_corrupted_real_beacons_are_named_each_with_its_reason():
    beacons = shipped("fastnet")
    wrong = {
        4: replace(beacons[4], signature=beacons[4].signature[:-1]),
        17: replace(beacons[17], signature=b"\xc0" + bytes(47), claimed_randomness=None),
        18: replace(beacons[18], claimed_randomness=bytes(32)),
        100: replace(beacons[100], signature=b"\x80" + bytes(46) + b"\x04", claimed_randomness=None),
        101: replace(beacons[101], previous_signature=b"p"),
        233: replace(beacons[233], signature=beacons[0].signature, claimed_randomness=None),
    }
    reasons = ("expected 48 bytes", "infinity", "claimed 00000000…", "outside the subgroup", "unchained", "valid point")
    report = verify_batch([wrong.get(i, beacon) for i, beacon in enumerate(beacons)], "fastnet", chunk=50)
    assert [round for round, _ in report.invalid] == [beacons[i].round for i in wrong]
    for (_, reason), expected in zip(report.invalid, reasons, strict=True):
        assert expected in reason


def test_a_corrupted_signature_does_not_blame_the_round_after(signer):
    chain = signer(CHAINED)
    beacons = list(chain.beacons(30))
    beacons[9] = replace(beacons[9], signature=beacons[3].signature)
    report = verify_batch(beacons, chain.info, backend="glass", chunk=4)
    assert [round for round, _ in report.invalid] == [10]


@pytest.mark.parametrize("chunk", [1, 3, 4, 100])
def test_two_honest_stretches_spliced_together_are_found(signer, chunk):
    chain = signer(CHAINED)
    spliced = [*chain.beacons(7), *chain.beacons(5, first=8)]
    for beacon in spliced:
        verify(beacon, chain.info, backend="glass")
    report = verify_batch(spliced, chain.info, backend="glass", chunk=chunk)
    assert report.invalid == [(8, report.invalid[0][1])]
    assert report.invalid[0][1].startswith("link: previous signature")
    assert report.invalid == broken_links(spliced)


def test_rows_that_come_twice_are_named(signer):
    chain = signer()
    beacons = list(chain.beacons(6))
    other = replace(beacons[4], signature=beacons[0].signature)
    rows = [*beacons, beacons[2], other, other]
    for chunk in (1, 4, 100):
        report = verify_batch(rows, chain.info, backend="glass", chunk=chunk)
        assert report.repeated == 1
        assert report.checked == 9
        assert [round for round, _ in report.invalid] == [5, 5]
        here, there = other.signature.hex()[:8], beacons[4].signature.hex()[:8]
        assert report.invalid[0][1].endswith(
            f"conflict: an earlier row of this round is valid, this one has the signature {here}…"
        )
    report = verify_batch([other, beacons[4]], chain.info, backend="glass")
    assert report.invalid[1][1] == (
        f"conflict: an earlier row of this round is invalid, with {here}…, this one has the signature {there}…"
    )


def test_beacons_that_come_again_are_counted_and_no_fault():
    beacons = shipped("fastnet")[:20]
    report = verify_batch([*beacons, *beacons[5:], beacons[0]], "fastnet", chunk=7)
    assert report.ok
    assert (report.checked, report.repeated) == (36, 16)
    assert repr(report) == "<BatchReport fastnet: 36 beacons, all valid, 16 repeated>"
    assert report.to_dict() == {
        "chain": "fastnet",
        "checked": 36,
        "invalid": [],
        "seconds": report.seconds,
        "repeated": 16,
    }


@pytest.mark.parametrize("name", ["default", "quicknet"])
@pytest.mark.parametrize("jobs", [1, 2])
def test_round_0_is_the_genesis_beacon_on_every_network(name, jobs):
    info = dl.networks[name]
    genesis = Beacon(round=0, signature=info.genesis_seed)
    report = verify_batch([genesis, *shipped(name)[:5], genesis], info, jobs=jobs)
    assert (report.checked, report.invalid, report.repeated) == (7, [], 1)
    for wrong, reason in (
        (Beacon(round=0, signature=bytes(32)), "its signature is the genesis seed"),
        (replace(genesis, previous_signature=b"p"), "it has no previous signature"),
        (replace(genesis, claimed_randomness=bytes(32)), "randomness is not the SHA-256"),
        (replace(genesis, signature=b""), "got …"),
    ):
        report = verify_batch([wrong, *shipped(name)[:5]], info, jobs=jobs)
        assert [round for round, _ in report.invalid] == [0]
        assert report.invalid[0][1].startswith("genesis beacon: ")
        assert reason in report.invalid[0][1]
        assert report.hint is None


def test_round_0_is_left_out_with_a_word_where_the_info_names_no_seed():
    info = replace(dl.networks["fastnet"], genesis_seed=b"")
    report = verify_batch([Beacon(round=0, signature=b"x"), *shipped("fastnet")[:3]], info)
    assert (report.checked, report.invalid) == (3, [])
    assert "round 0, the genesis beacon, was left out" in report.hint


def bare(beacons):
    return [replace(beacon, previous_signature=b"") for beacon in beacons]


@settings(max_examples=30)
@given(data=st.data())
def test_previous_signatures_that_are_left_out_are_those_of_the_rounds_before(signer, data):
    chain = signer(CHAINED)
    beacons = list(chain.beacons(8))
    rows = bare(data.draw(st.permutations(beacons)))
    report = verify_batch(rows, chain.info, backend="glass", chunk=3, jobs=1)
    assert (report.checked, report.invalid) == (8, [])
    genesis = Beacon(round=0, signature=chain.info.genesis_seed)
    report = verify_batch([genesis, *rows, rows[0]], chain.info, backend="glass", chunk=3)
    assert (report.checked, report.invalid, report.repeated) == (10, [], 1)


def test_a_gap_in_what_is_left_out_is_refused_and_a_bad_round_is_named(signer):
    chain = signer(CHAINED)
    beacons = list(chain.beacons(9))
    for rows, missing in ((beacons[3:], (3, 4)), (beacons[:3] + beacons[5:], (5, 6)), ([beacons[8]], (8, 9))):
        with pytest.raises(FormatError) as refused:
            verify_batch(bare(rows), chain.info, backend="glass", chunk=2)
        assert refused.value.field == "previous_signature"
        assert refused.value.rule.startswith("the column is missing: ")
        assert f"the signature of round {missing[0]}, before {missing[1]}, is not there" in refused.value.rule
    bad = bare(beacons)
    bad[4] = replace(bad[4], signature=beacons[1].signature)
    report = verify_batch(bad, chain.info, backend="glass")
    assert [round for round, _ in report.invalid] == [5, 6]
    assert report.invalid[1][1].endswith("; its previous signature is that of round 5, which is invalid")


def test_a_beacon_that_alone_lacks_its_previous_signature_is_invalid(signer):
    chain = signer(CHAINED)
    beacons = list(chain.beacons(6))
    assert verify_batch([*bare(beacons[:1]), *beacons[1:]], chain.info, backend="glass").ok  # it follows the seed
    for rows in ([*bare(beacons[3:4]), *beacons[4:]], [*beacons[:3], *bare(beacons[3:4])]):
        report = verify_batch(rows, chain.info, backend="glass")
        assert [round for round, _ in report.invalid] == [4]
        assert "previous signature: expected 96 bytes" in report.invalid[0][1]


def test_bare_beacons_of_another_network_are_recognised_as_before():
    for name in ("quicknet", "fastnet"):
        report = verify_batch(shipped(name)[:20], "default")
        assert report.hint == f"these are beacons of {name}, not of default"


@settings(max_examples=60)
@given(data=st.data(), name=st.sampled_from([CHAINED, UNCHAINED]), chunk=st.integers(1, 12))
def test_a_batch_says_what_single_checks_say(signer, data, name, chunk):
    chain = signer(name)
    pool = [*chain.beacons(6), *chain.beacons(4, first=7)]
    damage = st.sampled_from(
        [
            lambda b: b,
            lambda b: replace(b, signature=pool[(b.round + 3) % 10].signature),
            lambda b: replace(b, signature=b.signature + b"\0"),
            lambda b: replace(b, claimed_randomness=bytes(32)),
        ]
    )
    rows = [data.draw(damage)(b) for b in data.draw(st.lists(st.sampled_from(pool), max_size=14))]

    expected, first, failed, repeated = [], {}, set(), 0
    verifier = Verifier.of(chain.info, "glass")
    for row in rows:
        try:
            verifier.verify(row)
            bad = False
        except VerificationError:
            bad = True
        neighbours = [b for b in first.values() if abs(b.round - row.round) == 1]
        spliced = name == CHAINED and any(broken_links([row, b]) for b in neighbours)
        again = row.round in first or row.round in failed
        if bad or row.round in failed or (spliced and not again):
            expected.append(row.round)
        else:
            repeated += again
        if not again:
            failed.update([row.round] if bad else [])
            first.update({} if bad else {row.round: row})
    report = verify_batch(rows, chain.info, backend="glass", chunk=chunk, rng=random.Random(7))
    assert [round for round, _ in report.invalid] == expected
    assert (report.checked, report.repeated) == (len(rows), repeated)


# ---------------------------------------------------------------- beacons of another network


@pytest.mark.parametrize(
    ("of", "against"), [("quicknet", "fastnet"), ("incentinet", "default"), ("default", "quicknet")]
)
def test_beacons_of_another_network_are_recognised(of, against):
    report = verify_batch(shipped(of)[:20], against)
    assert len(report.invalid) == 20
    assert report.hint == f"these are beacons of {of}, not of {against}"


def test_the_same_key_under_another_rule_is_no_other_network():
    report = verify_batch([corrupted(b) for b in shipped("quicknet")[:5]], "quicknet")
    assert len(report.invalid) == 5
    assert report.hint is None


def test_a_few_strays_are_no_other_network():
    report = verify_batch([*shipped("quicknet"), *shipped("walkthrough")], "quicknet")
    assert [round for round, _ in report.invalid] == [38]
    assert report.hint is None


# ---------------------------------------------------------------- processes, memory, progress


@pytest.mark.parametrize("name", ["incentinet", "fastnet"])
def test_more_processes_find_the_same(name):
    beacons = shipped(name)
    beacons[50] = replace(beacons[50], signature=beacons[60].signature, claimed_randomness=None)
    beacons.insert(150, beacons[100])
    alone, together = verify_batch(beacons, name), verify_batch(beacons, name, jobs=2)
    streamed = verify_batch(iter(beacons), name, jobs=2, chunk=40)
    assert (len(alone.invalid), alone.repeated) == (1, 1)
    assert alone == together == streamed


def test_cache_and_rng_do_not_leave_the_process():
    for given_ in ({"cache": HashCache()}, {"rng": random.Random(1)}):
        with pytest.raises(LocalError, match="cache and rng serve this process only"):
            verify_batch([], "quicknet", jobs=2, **given_)


def test_a_cache_is_filled_and_serves_again(monkeypatch):
    cache = HashCache()
    assert verify_batch(shipped("quicknet"), "quicknet", cache=cache).ok
    assert len(cache) == 150
    monkeypatch.setattr("drandlab.crypto.bls.BLS.hash", None)
    assert verify_batch(shipped("quicknet"), "quicknet", cache=cache).ok


def test_a_cache_is_refused_on_chained_networks():
    with pytest.raises(LocalError, match="hash cache: pedersen-bls-chained is chained"):
        verify_batch([], "default", cache=HashCache())


def test_progress_says_how_far_it_is(signer):
    chain, calls = signer(), []
    beacons = list(chain.beacons(10))
    verify_batch(iter(beacons), chain.info, 1, lambda *call: calls.append(call), backend="glass", chunk=4)
    assert calls == [(4, None), (8, None), (10, None)]
    calls.clear()
    verify_batch(beacons, chain.info, 1, lambda *call: calls.append(call), backend="glass", chunk=5)
    assert calls == [(5, 10), (10, 10)]


def test_work_is_shared_evenly(signer):
    chain, calls = signer(), []
    beacons = list(chain.beacons(9))
    verify_batch(beacons, chain.info, 2, lambda done, total: calls.append(done), backend="glass", chunk=4)
    assert calls == [3, 6, 9]


@pytest.mark.parametrize("jobs", [1, 2])
def test_input_is_taken_as_it_is_worked_on(signer, jobs):
    chain, taken, chunk = signer(), 0, 50

    def stream():
        nonlocal taken
        for beacon in itertools.islice(itertools.cycle(beacons), 2000):
            taken += 1
            yield beacon

    def progress(done, total):
        assert taken <= done + (2 * jobs + 1) * chunk

    beacons = list(chain.beacons(2000))
    assert verify_batch(stream(), chain.info, jobs, progress, backend="glass", chunk=chunk).checked == 2000


def test_what_the_input_or_the_progress_raises_comes_out(signer):
    chain = signer()

    def stream():
        yield from chain.beacons(100)
        raise FormatError("broken off", line=101)

    for jobs in (1, 2):
        with pytest.raises(FormatError, match="line 101: broken off"):
            verify_batch(stream(), chain.info, jobs, backend="glass", chunk=10)
        with pytest.raises(ZeroDivisionError):
            verify_batch(chain.beacons(100), chain.info, jobs, lambda done, total: done / 0, backend="glass", chunk=10)


@pytest.mark.parametrize("name", [CHAINED, UNCHAINED])
def test_memory_does_not_grow_with_the_input(signer, name):
    chain = signer(name)

    def collect(done, total):
        gc.collect()  # what a cycle holds is no growth, but when it goes is left to chance

    def peak(count):
        tracemalloc.start()
        report = verify_batch(chain.beacons(count), chain.info, 1, collect, backend="glass", chunk=100)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert report.ok and report.checked == count
        return most

    gc.freeze()  # only what is made here is looked through
    try:
        peak(200)  # what is kept once and for all
        assert peak(8000) < 1.2 * peak(800)
    finally:
        gc.unfreeze()


def test_a_frame_of_made_up_beacons_verifies(signer):
    chain = signer(CHAINED)
    assert verify_batch(frame_of(chain.beacons(20), chain.info), chain.info, backend="glass").ok


def test_the_same_chain_under_another_scheme_is_no_other_network():
    """fastnet under the RFC tag fails throughout, and no hint says that its beacons are those of fastnet."""
    wrong = replace(dl.networks["fastnet"], scheme=dl.scheme("bls-unchained-g1-rfc9380"))
    report = verify_batch(dl.load_beacons("fastnet").head(20), wrong)
    assert len(report.invalid) == report.checked == 20
    assert report.hint is None

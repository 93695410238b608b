"""Every public reader of text or bytes: what it takes, and what it says to everything else.

A law over all of them: whatever comes in, what comes out is a result, an error of the package, or a TypeError that says
what is wanted. Never an AttributeError, a KeyError or an error of a library.
"""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import drandlab as dl
from drandlab.algebra import BLS12_381_FR
from drandlab.beacon.beacon import Beacon
from drandlab.beacon.chain_info import ChainInfo
from drandlab.beacon.composed import ComposedBeacon, ComposedInfo
from drandlab.beacon.forms.group_packets import decode_group, decode_identity
from drandlab.beacon.forms.packets import decode_beacon, decode_chain_info, decode_partial, decode_public_rand
from drandlab.beacon.forms.toml_files import (
    group_from_toml,
    identity_from_toml,
    identity_to_toml,
    key_pair_from_toml,
    proposal_from_toml,
    share_from_toml,
)
from drandlab.beacon.identity import KeyPair
from drandlab.crypto.schemes import scheme
from drandlab.curves import suite
from drandlab.dkg.codec import decode
from drandlab.errors import DrandlabError, FormatError, WrongType
from drandlab.idn import account_of, sibling_account, xcm
from drandlab.idn.pallets.system import System
from drandlab.idn.runtime.blocks import Block, Header
from drandlab.idn.runtime.runtime import Runtime
from drandlab.idn.state import read_proof
from drandlab.node.setup.setup_codec import decode_group_info, decode_signal
from drandlab.orbit.elements import read_element_sets
from drandlab.orbit.stations import parse_station
from drandlab.orbit.utc import utc_seconds
from drandlab.remote.networks import resolve_chain
from drandlab.simulation.journal import Journal
from drandlab.simulation.misbehaviour import keygen, running
from drandlab.simulation.scenario.scenario import Scenario, load
from drandlab.timelock.armor import read_armor
from drandlab.timelock.byte_source import ByteSource
from drandlab.timelock.header import read_header
from drandlab.timelock.payload import open_payload
from drandlab.wire.scale import COMPACT, Option, Vec

G1 = suite("bls12-381", "glass").g1
QUICK = scheme("bls-unchained-g1-rfc9380")

QUICKNET = dl.networks["quicknet"]
SEALED = dl.timelock.encrypt(b"a text", QUICKNET, round=1, rng=random.Random(1))
TEXT: dict[str, Callable[[Any], Any]] = {
    "Beacon.from_json": Beacon.from_json,
    "ChainInfo.from_json": ChainInfo.from_json,
    "ComposedBeacon.from_json": ComposedBeacon.from_json,
    "ComposedInfo.from_json": ComposedInfo.from_json,
    "identity_from_toml": identity_from_toml,
    "key_pair_from_toml": lambda text: key_pair_from_toml(text, text),
    "group_from_toml": group_from_toml,
    "share_from_toml": share_from_toml,
    "proposal_from_toml": lambda text: proposal_from_toml(text, QUICK),
    "Scenario.from_toml": Scenario.from_toml,
    "Journal.from_jsonl": Journal.from_jsonl,
    "read_element_sets": read_element_sets,
}
BYTES: dict[str, Callable[[Any], Any]] = {
    "decode_partial": decode_partial,
    "decode_beacon": decode_beacon,
    "decode_public_rand": decode_public_rand,
    "decode_chain_info": decode_chain_info,
    "decode_identity": decode_identity,
    "decode_group": decode_group,
    "decode_signal": lambda data: decode_signal(data, QUICK),
    "decode_group_info": decode_group_info,
    "dkg.decode": lambda data: decode(data, G1),
    "Group.decode": G1.decode,
    "PrimeField.from_bytes": BLS12_381_FR.from_bytes,
    "Codec.decode": Vec(Option(COMPACT)).decode,
    "Header.decode": Header.decode,
    "Block.decode": Block.decode,
    "Runtime.decode": Runtime([System()]).decode,
    "decode_call": Runtime([System()]).table.decode_call,
    "decode_events": Runtime([System()]).table.decode_events,
    "decode_error": Runtime([System()]).table.decode_error,
    "read_proof": lambda data: read_proof(data, [data], [data]),
    "xcm.decode": xcm.decode,
}
WORDS: dict[str, Callable[[Any], Any]] = {
    "misbehaviour.keygen.parse": keygen.parse,
    "misbehaviour.running.parse": running.parse,
    "parse_station": parse_station,
    "xcm.from_json": xcm.from_json,
    "read_header": lambda data: read_header(ByteSource(data)),
    "read_armor": lambda data: list(read_armor(ByteSource(data))),
    "open_payload": lambda data: list(open_payload(ByteSource(data), bytes(16))),
    "timelock.inspect": dl.timelock.inspect,
    "timelock.encrypt": lambda data: dl.timelock.encrypt(data, QUICKNET, round=1, rng=random.Random(1)),
    "timelock.decrypt": lambda data: dl.timelock.decrypt(data, QUICKNET, signature=bytes(48)),
    "timelock.decrypt signature": lambda value: dl.timelock.decrypt(SEALED, QUICKNET, signature=value),
    "timelock.decrypt info": lambda value: dl.timelock.decrypt(SEALED, value, signature=bytes(48)),
    "timelock.opener": lambda value: dl.timelock.opener(QUICKNET, round=value, signature=value),
    "opening_round": lambda value: dl.timelock.opening_round(QUICKNET, now=0, round=value),
    "opening_round now": lambda value: dl.timelock.opening_round(QUICKNET, now=value, duration="1d"),
    "opening_round duration": lambda value: dl.timelock.opening_round(QUICKNET, now=0, duration=value),
    "opening_round at": lambda value: dl.timelock.opening_round(QUICKNET, now=0, at=value),
    "account_of": account_of,
    "sibling_account": sibling_account,
    "utc_seconds": utc_seconds,
    "scheme": scheme,
    "use_backend": dl.use_backend,
    "resolve_chain": resolve_chain,
    "load": load,
    "networks": lambda name: dl.networks[name],
    "load_beacons": dl.load_beacons,
    "verify": lambda name: dl.verify(Beacon(round=1, signature=b"x"), name),
    "verify_batch": lambda name: dl.verify_batch([], name),
    "verify_batch beacons": lambda beacons: dl.verify_batch(beacons, "quicknet"),
    "verify beacon": lambda beacon: dl.verify(beacon, "quicknet"),
    "read_beacons": lambda path: list(dl.read_beacons(path)),
    "Beacon": lambda value: Beacon(round=value, signature=value, previous_signature=value),
    "round_time": lambda value: dl.networks["quicknet"].round_time(value),
    "round_at": lambda value: dl.networks["quicknet"].round_at(value),
    "Network": lambda value: dl.Network(value, value),
    "to_dict": lambda value: dl.networks["quicknet"].to_dict(value),
}

WEIRD: list[Any] = [
    *(None, True, False, 0, -1, 1 << 64, 10**4000, 0.5, float("nan"), float("inf"), -0.0, 1e300, 5j, Decimal("NaN")),
    *("", " ", "\0", "\x1b]0;evil\x07", "\ud800", "\ufeff", "\u202e", "a" * 100_000, "9" * 5000, "[" * 100_000),
    *(
        "{" * 5000,
        "a." * 5000 + "a = 1",
        "null",
        "NaN",
        "[]",
        "{}",
        '""',
        "-p",
        "--",
        "..",
        "/",
        "~",
        "\\",
        "0x00",
        "é",
    ),
    *('{"round": NaN}', '{"round": 1e3}', '{"round": 1, "round": 1}', '{"round": "\\ud800"}', '{"round": 1.0}'),
    *('{"\\ud800": 1}', "x = 1979-05-27", "x = nan", "a = 1\na = 2", "[a]\n[a]", "= 1", '"\\ud800" = 1', "a = '''"),
    *("silent:" + "9" * 5000, "silent:\u0661", "flood:" + "9" * 5000, "silent:1:holder=" + "9" * 5000, ":", "::"),
    *(b"", b"\0", b"\xff" * 1000, b"\xff\xfe", b"\xef\xbb\xbf", b"{}", b"\x08\x01", b"\x80" * 64, b"a" * 100_000),
    *(bytearray(b"{}"), memoryview(b"{}"), memoryview(b"abcd").cast("I"), io.StringIO("{}"), io.BytesIO(b"{}")),
    *(Path("nowhere"), Path("a\nb"), Path("."), [], [None], (1, 2), {}, {1: 2}, {None: None}, {"round": None}, set()),
    *({"round": True, "signature": b"x"}, {"public_key": 5}, object(), object, len, iter(()), range(3), Ellipsis),
    *(Exception("x"), type, {"metadata": 1}, {"scheme": []}, {"round": 10**5000, "signature": ""}),
]


def by_name(name: str) -> Callable[[Any], Any]:
    return (TEXT | BYTES | WORDS)[name]


@pytest.mark.parametrize("name", [*TEXT, *BYTES, *WORDS])
def test_only_errors_made_on_purpose_come_out(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    read = by_name(name)
    for value in WEIRD:
        try:
            read(value)
        except DrandlabError as error:
            said = str(error)
            assert said
            assert len(said) < 5000, type(value)
            assert said.isprintable(), repr(said)[:200]
        except TypeError as error:
            raise AssertionError(f"{name}({type(value)!s}): {error}") from error


@pytest.mark.parametrize("name", TEXT)
@pytest.mark.parametrize(
    "source",
    [None, 7, Path("file"), io.StringIO("x"), io.BytesIO(b"x"), ["x"]],
    ids=lambda source: type(source).__name__,
)
def test_a_reader_of_text_says_what_it_wants(name: str, source: Any) -> None:
    with pytest.raises(WrongType, match=r"expected .* as text or bytes, got"):
        by_name(name)(source)


@pytest.mark.parametrize("name", TEXT)
def test_a_reader_of_text_names_utf_16(name: str) -> None:
    for encoding in ("utf-16", "utf-16-le", "utf-32"):
        with pytest.raises(FormatError, match=r"this is UTF-\d\d text; save it as UTF-8|not TOML; what stands there"):
            by_name(name)('x = "y"'.encode(encoding))


@pytest.mark.parametrize("name", BYTES)
@pytest.mark.parametrize("source", [None, "00ff", 7, Path("file"), [0, 1]], ids=lambda source: type(source).__name__)
def test_a_reader_of_bytes_says_what_it_wants(name: str, source: Any) -> None:
    with pytest.raises(WrongType, match="bytes"):
        by_name(name)(source)


def test_toml_is_read_from_text_and_from_bytes_with_and_without_a_mark() -> None:
    pair = KeyPair.generate("node.example.org:80", QUICK, random.Random(1), backend="glass")
    text = identity_to_toml(pair.identity)
    for source in (text, "\ufeff" + text, text.encode(), text.encode("utf-8-sig"), bytearray(text.encode())):
        assert identity_from_toml(source, backend="glass") == pair.identity  # type: ignore[arg-type]


def test_a_journal_and_a_scenario_are_read_with_a_mark() -> None:
    journal = Journal()
    journal.write(0, None, "x", value=1)
    assert Journal.from_jsonl(journal.to_jsonl().encode("utf-8-sig")).digest() == journal.digest()
    text = 'name = "x"\nabout = "y"\nrounds = 3\n'
    assert Scenario.from_toml(text.encode("utf-8-sig")) == Scenario.from_toml(text)

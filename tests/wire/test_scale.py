"""SCALE: public vectors, laws, a peer's answers, and what is no SCALE value."""

from __future__ import annotations

import dataclasses
import enum
import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drandlab.errors import DrandlabError, FormatError, LocalError, WrongType
from drandlab.wire.scale import (
    BOOL,
    COMPACT,
    COMPACT_U32,
    COMPACT_U64,
    COMPACT_U128,
    NOTHING,
    SCALE_CODES,
    TEXT,
    U8,
    U16,
    U32,
    U64,
    U128,
    Array,
    Bytes,
    Choice,
    Codec,
    Composite,
    Enum,
    FixedBytes,
    Lazy,
    Option,
    Tagged,
    Tuple,
    Variant,
    Vec,
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Pulse:
    start: int
    end: int
    signature: bytes

    def __post_init__(self) -> None:
        if self.start > self.end:
            raise LocalError(f"must be at most end, got {self.start}", argument="start")


@dataclasses.dataclass(frozen=True)
class Seal:
    engine: bytes


class State(enum.Enum):
    ACTIVE = 0
    PAUSED = 1


PULSE = Composite(Pulse, start=U64, end=U64, signature=FixedBytes(4))
LIMIT = Enum("WeightLimit", {0: "Unlimited", 1: ("Limited", COMPACT_U64)})
DIGEST = Tagged("DigestItem", {5: Composite(Seal, engine=FixedBytes(4)), 6: PULSE})
TREE: Codec[Any] = Lazy("Tree", lambda: Vec(TREE), deepest=4)

CODECS: list[Codec[Any]] = [
    U8, U16, U32, U64, U128, COMPACT, COMPACT_U32, COMPACT_U64, COMPACT_U128, BOOL, NOTHING, TEXT, FixedBytes(4),
    Bytes(), Bytes(8), Option(U16), Option(Option(BOOL)), Vec(U16), Vec(Bytes(), 3), Array(U16, 3),
    Tuple(U8, COMPACT, TEXT), PULSE, LIMIT, Choice(State), DIGEST, TREE, Vec(PULSE, 4), Vec(Option(LIMIT)),
    Vec(NOTHING),
]  # fmt: skip


def test_compact_vectors(shared: Path) -> None:
    vectors = json.loads((shared / "facts/idn-vectors.json").read_text())["scale_compact"]["values"]
    assert len(vectors) > 15
    for vector in vectors:
        data = bytes.fromhex(vector["hex"])
        assert COMPACT.encode(vector["n"]) == data and COMPACT.decode(data) == vector["n"]


@given(st.integers(0, (1 << 536) - 1))
def test_a_compact_number_has_one_form(number: int) -> None:
    data = COMPACT.encode(number)
    assert COMPACT.decode(data) == number and COMPACT.read(data + b"\xff", 0) == (number, len(data))
    for longer in (
        (number << 2 | 1).to_bytes(2, "little") if number < 1 << 6 else None,
        (number << 2 | 2).to_bytes(4, "little") if number < 1 << 14 else None,
        b"\x03" + number.to_bytes(4, "little") if number < 1 << 30 else None,
        bytes([(len(data) - 4) << 2 | 3]) + number.to_bytes(len(data), "little")
        if 1 << 30 <= number < 1 << 528
        else None,
    ):
        if longer is not None:
            with pytest.raises(FormatError) as caught:
                COMPACT.decode(longer)
            assert caught.value.code == "compact"


@given(st.binary(max_size=40), st.sampled_from(range(len(CODECS))))
def test_what_is_read_is_written_again_to_the_byte(data: bytes, which: int) -> None:
    codec = CODECS[which]
    try:
        value, end = codec.read(data, 0)
    except FormatError as error:
        assert error.code in SCALE_CODES or error.code == "ends-early"
        return
    assert codec.encode(value) == data[:end]
    assert codec.size is None or codec.size == end
    assert codec.decode(data[:end]) == value
    if end < len(data):
        with pytest.raises(FormatError) as caught:
            codec.decode(data)
        assert caught.value.code == "trailing"


VALUES: list[tuple[Codec[Any], Any, str]] = [
    (U128, 1, "01" + 15 * "00"),
    (BOOL, True, "01"),
    (TEXT, "Ü", "08c39c"),
    (Bytes(), b"", "00"),
    (Option(U16), None, "00"),
    (Option(U16), 513, "010102"),
    (Vec(U16), (1, 2), "0801000200"),
    (Array(U16, 2), (1, 2), "01000200"),
    (Tuple(U8, COMPACT, TEXT), (1, 100, "a"), "0191010461"),
    (PULSE, Pulse(start=1, end=2, signature=b"abcd"), "0100000000000000020000000000000061626364"),
    (LIMIT, Variant("Unlimited"), "00"),
    (LIMIT, Variant("Limited", 4), "0110"),
    (Choice(State), State.PAUSED, "01"),
    (DIGEST, Seal(b"aura"), "0561757261"),
    (TREE, ((), ((),)), "08000400"),
]


@pytest.mark.parametrize(("codec", "value", "data"), VALUES)
def test_values(codec: Codec[Any], value: Any, data: str) -> None:
    assert codec.encode(value).hex() == data and codec.decode(bytes.fromhex(data)) == value
    assert codec.name in repr(codec)


BAD: list[tuple[Codec[Any], str, str]] = [
    (U32, "000000", "ends-early"),
    (U8, "0000", "trailing"),
    (BOOL, "02", "flag"),
    (BOOL, "", "ends-early"),
    (Option(U8), "0200", "flag"),
    (Option(U8), "01", "ends-early"),
    (COMPACT, "", "ends-early"),
    (COMPACT, "01", "ends-early"),
    (COMPACT, "0300", "ends-early"),
    (COMPACT, "0100", "compact"),
    (COMPACT, "02000000", "compact"),
    (COMPACT, "03ffffff3f", "compact"),
    (COMPACT_U32, "070000000001", "compact"),
    (Bytes(2), "0c010203", "bound"),
    (Bytes(), "0c0102", "ends-early"),
    (TEXT, "04ff", "text"),
    (Vec(U8, 2), "0c010203", "bound"),
    (Vec(U64), "feffffff", "ends-early"),
    (Vec(NOTHING), "feffffff", "ends-early"),
    (LIMIT, "02", "variant"),
    (LIMIT, "", "ends-early"),
    (Choice(State), "02", "variant"),
    (DIGEST, "07", "variant"),
    (PULSE, "0200000000000000010000000000000061626364", "value"),
    (TREE, "0404040404040400", "bound"),
]


@pytest.mark.parametrize(("codec", "data", "code"), BAD)
def test_what_is_no_value_is_refused(codec: Codec[Any], data: str, code: str) -> None:
    with pytest.raises(FormatError, match=": ") as caught:
        codec.decode(bytes.fromhex(data))
    assert caught.value.code == code


WRONG: list[tuple[Codec[Any], Any, str]] = [
    (U8, 256, "u8: expected a whole number from 0 to 255, got 256"),
    (U8, True, "got True"),
    (COMPACT, -1, "got -1"),
    (COMPACT, 1 << 536, "2^536"),
    (COMPACT_U32, 1 << 32, "Compact<u32>: expected"),
    (BOOL, 1, "expected True or False"),
    (NOTHING, 0, "expected None"),
    (TEXT, "\ud800", "surrogate"),
    (FixedBytes(2), b"a", "expected 2 bytes, got 1"),
    (Bytes(1), b"ab", "at most 1 bytes, got 2"),
    (Vec(U8), b"ab", "expected a tuple, got bytes"),
    (Vec(U8, 1), (1, 2), "at most 1 items, got 2"),
    (Array(U8, 2), (1,), "expected 2 items, got 1"),
    (Tuple(U8, U8), (1,), "expected 2 values, got 1"),
    (PULSE, Seal(b"aura"), "expected a Pulse, got Seal"),
    (LIMIT, "Unlimited", "expected a Variant, got str"),
    (LIMIT, Variant("Some"), "expected one of Unlimited, Limited, got 'Some'"),
    (LIMIT, Variant("Unlimited", 1), "Unlimited carries nothing"),
    (Choice(State), 0, "expected a State, got int"),
    (DIGEST, State.ACTIVE, "expected one of Seal, Pulse, got State"),
]


@pytest.mark.parametrize(("codec", "value", "said"), WRONG)
def test_what_is_no_value_is_not_written(codec: Codec[Any], value: Any, said: str) -> None:
    with pytest.raises(LocalError) as caught:
        codec.encode(value)
    assert said in str(caught.value)


def test_a_struct_names_every_field() -> None:
    with pytest.raises(LocalError, match="the fields of Pulse are start, end, signature, got start"):
        Composite(Pulse, start=U64)
    with pytest.raises(WrongType, match="data: expected bytes, got text"):
        U8.decode("00")  # type: ignore[arg-type]


PEERS: list[tuple[str, Codec[Any]]] = [
    ("u8", U8), ("u32", U32), ("u64", U64), ("u128", U128), ("Compact<u32>", COMPACT_U32),
    ("Compact<u128>", COMPACT_U128),
    ("bool", BOOL), ("Option<u16>", Option(U16)), ("Vec<u16>", Vec(U16)), ("(u8, u32)", Tuple(U8, U32)),
    ("Vec<Option<u64>>", Vec(Option(U64))), ("[u16; 3]", Array(U16, 3)),
]  # fmt: skip


def test_a_peer_writes_the_same() -> None:
    base = pytest.importorskip("scalecodec.base", reason="the package scalecodec is not installed")
    config = base.RuntimeConfigurationObject()
    rng = random.Random(7)

    def drawn(codec: Codec[Any]) -> Any:
        match codec:
            case Option(item=item):
                return None if rng.random() < 0.3 else drawn(item)
            case Vec(item=item):
                return tuple(drawn(item) for _ in range(rng.randrange(6)))
            case Array(item=item, count=count):
                return tuple(drawn(item) for _ in range(count))
            case Tuple(items=items):
                return tuple(map(drawn, items))
            case _ if codec is BOOL:
                return rng.random() < 0.5
        bits = int(codec.name.strip("Compact<>u"))
        return rng.getrandbits(rng.randrange(bits + 1))

    def listed(value: Any) -> Any:
        return list(map(listed, value)) if isinstance(value, tuple) else value

    for name, codec in PEERS:
        for _ in range(40):
            value = drawn(codec)
            given = listed(value) if not isinstance(codec, Tuple) else value
            theirs = config.create_scale_object(name).encode(given)
            assert bytes(theirs.data) == codec.encode(value), (name, value)


def test_no_mutated_value_has_a_second_form() -> None:
    """A changed encoding is refused, or it is the one encoding of another value."""
    rng = random.Random(11)
    accepted = 0
    for codec, value, _ in VALUES * 60:
        data = bytearray(codec.encode(value))
        for _ in range(rng.randrange(1, 4)):
            match rng.randrange(3):
                case 0 if data:
                    data[rng.randrange(len(data))] = rng.randrange(256)
                case 1:
                    data.insert(rng.randrange(len(data) + 1), rng.randrange(256))
                case _ if data:
                    del data[rng.randrange(len(data))]
        try:
            found = codec.decode(bytes(data))
        except DrandlabError as error:
            assert isinstance(error, FormatError)
            continue
        accepted += 1
        assert codec.encode(found) == data
    assert accepted > 50

"""Timelock files: public vectors byte for byte, round trips on every scheme, and each reason of a refusal."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from mutated_files import mutated

import drandlab as dl
from drandlab import timelock
from drandlab.beacon.beacon import Beacon
from drandlab.beacon.chain_info import ChainInfo
from drandlab.crypto.bls import BLS
from drandlab.crypto.schemes import SCHEMES
from drandlab.errors import LocalError, WrongType
from drandlab.timelock.header import AgeHeader, Stanza
from drandlab.timelock.reasons import TIMELOCK_CODES, TimelockError
from drandlab.timelock.sealed_file import MOST_STANZAS
from drandlab.timelock.tlock_stanza import seal_file_key

H = bytes.fromhex
VECTORS = Path(__file__).parents[3] / "shared" / "facts" / "tlock-vectors.json"
KNOWN: dict[str, Any] = json.loads(VECTORS.read_text(encoding="utf-8")) if VECTORS.exists() else {}
UNCHAINED = [name for name, one in SCHEMES.items() if not one.chained]
QUICKNET = dl.networks["quicknet"]
BACKENDS = ["blst", "py_ecc"]
REAL = {
    123: "b75c69d0b72a5d906e854e808ba7e2accb1542ac355ae486d591aa9d43765482e26cd02df835d3546d23c4b13e0dfc92",
    1000: "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39",
    1001: "b33bf3667cbd5a82de3a24b4e0e9fe5513cc1a0e840368c6e31f5fcfa79bea03f73896b25883abf2853d10337fb8fa41",
}
"""Signatures of quicknet."""


class Drawn:
    """A source of randomness that gives what it was given, in that order, and nothing else."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = list(pieces)

    def randbytes(self, n: int, /) -> bytes:
        piece = self.pieces.pop(0)
        assert len(piece) == n
        return piece


SLOWLY = {"js-quicknet-1001-64k", "kat-fastnet-23456-h3x3", "kat-testnet-unchained-1-h3x3", "go-testnet-unchained-1",
          "js-quicknet-1000-empty"}  # fmt: skip
"""Vectors that the slow backend tries as well: each scheme, both ways."""


def rows(kind: str) -> list[Any]:
    """The vectors of a kind and a backend each; without the folder of vectors one row, whose test is skipped."""
    found = [(row, backend) for row in KNOWN.get(kind, []) for backend in BACKENDS]
    return [
        pytest.param(row, backend, id=f"{row['id']}-{backend}")
        for row, backend in found
        if backend == "blst" or row["id"] in SLOWLY
    ] or [pytest.param(None, "", id="absent")]


def text_of(row: dict[str, Any]) -> bytes:
    if row["plaintext_hex"] is not None:
        return H(row["plaintext_hex"])
    assert row["plaintext_rule"].startswith("bytes(i % 251 for i in range(")
    return bytes(i % 251 for i in range(row["plaintext_len"]))


def sealed(text: bytes = b"a bid", round: int = 1000, info: ChainInfo = QUICKNET, **more: Any) -> bytes:
    return timelock.encrypt(text, info, round=round, rng=random.Random(7), **more)


def reason(call: Callable[[], object]) -> str:
    with pytest.raises(TimelockError) as caught:
        call()
    assert len(str(caught.value)) < 400 and caught.value.reason in str(caught.value)
    return caught.value.reason


# -- public vectors ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("row", "backend"), rows("js_produced"))
def test_files_of_tlock_js_open(shared: Path, row: dict[str, Any], backend: str) -> None:
    info, file = dl.networks[row["network"]], row["armored"].encode()

    def opened(lenient: bool) -> bytes:
        return timelock.decrypt(file, info, signature=row["signature"], lenient=lenient, backend=backend)

    if row["plaintext_len"]:
        assert opened(False) == opened(True) == text_of(row)
    else:  # it has no chunk
        assert reason(lambda: opened(False)) == "truncated"
        assert opened(True) == b""


@pytest.mark.parametrize(("row", "backend"), rows("python_kats"))
def test_known_answers_come_out_byte_for_byte(shared: Path, row: dict[str, Any], backend: str) -> None:
    info, text = dl.networks[row["network"]], text_of(row)
    rng = Drawn(H(row["file_key"]), H(row["sigma"]), H(row["payload_nonce"]))
    made = timelock.encrypt(text, info, round=row["round"], rng=rng, armor=True, backend=backend)
    assert made == row["armored"].encode() and not rng.pieces
    assert timelock.decrypt(made, info, signature=H(row["signature"]), backend=backend) == text


@pytest.mark.parametrize(("row", "backend"), rows("from_repo_tests"))
def test_files_of_the_repositories_are_read(shared: Path, row: dict[str, Any], backend: str) -> None:
    file = row["armored"].encode()
    found = timelock.inspect(file)
    assert found.armor and found.types == ("tlock",) and found.payload == row["payload_len"]
    assert found.stanza is not None and found.stanza.round == row["round"]
    assert found.stanza.chain_hash.hex() == row["chain_hash"] and len(found.stanza.body) == row["stanza_body_len"]
    if row["plaintext_hex"]:
        assert found.plaintext == len(row["plaintext_hex"]) // 2
    if not (signature := row.get("signature")):
        return

    def opened() -> bytes:
        return timelock.decrypt(file, dl.networks[row["network"]], signature=signature, backend=backend)

    if row["id"].endswith("mustfail"):
        assert reason(opened) == "proof"
    else:
        assert opened() == text_of(row)


# -- round trips ------------------------------------------------------------------------------------------------------


def a_chain(name: str, backend: str, secret: int = 42) -> tuple[ChainInfo, Callable[[int], bytes]]:
    """A chain of a scheme whose secret is known, and its signatures."""
    bls = BLS.of(SCHEMES[name], backend)
    key = bytes(bls.public_key(secret))
    info = ChainInfo(public_key=key, scheme=SCHEMES[name], period=3, genesis_time=1000, genesis_seed=bytes(32))
    return info, lambda round: bls.sign(secret, SCHEMES[name].digest(round))


@pytest.mark.parametrize("armor", [False, True])
@pytest.mark.parametrize("size", [0, 1, 65535, 65536, 65537, 140_000])
@pytest.mark.parametrize("name", UNCHAINED)
def test_what_was_encrypted_opens(name: str, size: int, armor: bool) -> None:
    info, sign = a_chain(name, "glass")
    text = random.Random(size).randbytes(size)
    file = sealed(text, 5, info, armor=armor, backend="glass")
    assert timelock.decrypt(file, info, signature=sign(5), backend="glass") == text

    whole, opened = io.BytesIO(), io.BytesIO()
    timelock.encrypt(io.BytesIO(text), info, round=5, rng=random.Random(7), armor=armor, output=whole, backend="glass")
    assert whole.getvalue() == file
    timelock.decrypt(io.BytesIO(file), info, signature=sign(5).hex(), output=opened, backend="glass")
    assert opened.getvalue() == text

    found = timelock.inspect(file)
    assert (found.armor, found.plaintext) == (armor, size)
    if not armor:
        assert (
            found.header + found.payload
            == len(file)
            == {48: 270, 96: 335, 128: 379}[info.scheme.key_length] + 1 + size + 16 * max(1, -(-size // 65536))
        )


@pytest.mark.parametrize(
    ("name", "backend"), [*((name, one) for name in UNCHAINED[:3] for one in BACKENDS), (UNCHAINED[3], "py_ecc")]
)
def test_real_curves_make_the_same_file(name: str, backend: str) -> None:
    info, sign = a_chain(name, backend)
    file = sealed(b"a text", (1 << 64) - 1, info, backend=backend)
    assert timelock.decrypt(file, info, signature=sign((1 << 64) - 1), backend=backend) == b"a text"
    if name != UNCHAINED[3]:
        assert file == sealed(b"a text", (1 << 64) - 1, info, backend="py_ecc" if backend == "blst" else "blst")


def test_a_simulated_network_opens_its_files() -> None:
    net = dl.Network(nodes=5, threshold=3, scheme="bls-unchained-g1-rfc9380", period=3, seed=1, backend="glass")
    net.run(rounds=3)
    beacon = net.beacons[-1]
    file = timelock.encrypt(b"x", net.info, round=beacon.round, rng=random.Random(1), backend="glass")
    assert timelock.decrypt(file, net.info, signature=beacon, backend="glass") == b"x"
    with dl.use_backend("glass"):
        assert timelock.decrypt(file, net.info, signature=beacon) == b"x"


def test_evmnet_files_open_with_a_real_beacon() -> None:
    info = dl.networks["evmnet"]
    beacon = next(iter(dl.beacons("evmnet")))
    file = sealed(b"on BN254", beacon.round, info)
    assert timelock.decrypt(file, info, signature=beacon) == b"on BN254"
    assert timelock.inspect(file).stanza is not None


def test_an_opener_opens_many_files_of_a_round() -> None:
    bids = [
        timelock.encrypt(b"bid %d" % i, QUICKNET, round=1000, rng=random.Random(i), armor=i % 2 == 0) for i in range(5)
    ]
    auction = timelock.opener(QUICKNET, round=1000, signature=REAL[1000])
    assert [auction.decrypt(bid) for bid in bids] == [b"bid %d" % i for i in range(5)]
    output = io.BytesIO()
    auction.decrypt(io.BytesIO(bids[3]), output=output)
    assert output.getvalue() == b"bid 3" and "round 1000" in repr(auction)
    assert reason(lambda: auction.decrypt(sealed(round=1001))) == "signature"
    assert reason(lambda: timelock.opener(QUICKNET, round=1000, signature=REAL[1001])) == "signature"


def test_armor_with_other_line_ends_and_white_space_around_it_opens() -> None:
    armored = sealed(b"a text", armor=True)
    for file in (armored.replace(b"\n", b"\r\n"), b" \t\r\n\n" + armored + b"\n \n", armored[:-1]):
        assert timelock.decrypt(file, QUICKNET, signature=REAL[1000]) == b"a text"
        assert timelock.inspect(file).armor


# -- the stanzas of a file --------------------------------------------------------------------------------------------


def file_of(stanzas: list[Stanza], file_key: bytes = bytes(range(16))) -> bytes:
    """A file with these stanzas and a right MAC, whose text is "a text"."""
    from drandlab.timelock.payload import seal_payload

    payload = seal_payload(b"a text", file_key, bytes(16))
    return AgeHeader.of(stanzas, file_key=file_key).to_bytes() + b"".join(payload)


def for_round(round: int, info: ChainInfo = QUICKNET, file_key: bytes = bytes(range(16))) -> Stanza:
    return seal_file_key(info, round, file_key, random.Random(round)).to_stanza()


OTHER = Stanza(args=("X25519", "abc"), body=bytes(32))
FASTNET = dl.networks["fastnet"]


def test_stanzas_of_other_types_and_chains_are_skipped_and_the_fitting_round_is_found() -> None:
    file = file_of(
        [OTHER, for_round(2, FASTNET), for_round(1001), Stanza(args=("-grease",), body=b""), for_round(1000)]
    )
    for round in (1000, 1001):
        assert timelock.decrypt(file, QUICKNET, signature=REAL[round]) == b"a text"
        beacon = Beacon(round=round, signature=H(REAL[round]))
        assert timelock.decrypt(file, QUICKNET, signature=beacon) == b"a text"
        opener = timelock.opener(QUICKNET, round=round, signature=beacon)
        assert opener.decrypt(file) == b"a text"
    assert reason(lambda: timelock.decrypt(file, QUICKNET, signature=REAL[123])) == "signature"
    found = timelock.inspect(file)
    assert found.types == ("X25519", "tlock", "tlock", "-grease", "tlock")
    assert found.stanza is not None and found.stanza.round == 2


def test_no_stanza_for_a_timelock_and_too_many() -> None:
    other = file_of([OTHER])
    assert reason(lambda: timelock.decrypt(other, QUICKNET, signature=REAL[1000])) == "stanza"
    assert timelock.inspect(other).to_dict()["round"] is None
    one = for_round(1000)
    assert timelock.decrypt(file_of([one] * MOST_STANZAS), QUICKNET, signature=REAL[1000]) == b"a text"
    many = file_of([one] * (MOST_STANZAS + 1))
    assert reason(lambda: timelock.decrypt(many, QUICKNET, signature=REAL[1000])) == "stanza"


@pytest.mark.parametrize(
    "args",
    [
        ("tlock",),
        ("tlock", "1000"),
        ("tlock", "1000", QUICKNET.chain_hash.hex(), "more"),
        ("tlock", "0", QUICKNET.chain_hash.hex()),
        ("tlock", "01000", QUICKNET.chain_hash.hex()),
        ("tlock", "+1000", QUICKNET.chain_hash.hex()),
        ("tlock", "0x3e8", QUICKNET.chain_hash.hex()),
        ("tlock", "1e3", QUICKNET.chain_hash.hex()),
        ("tlock", str(1 << 64), QUICKNET.chain_hash.hex()),
        ("tlock", "9" * 5000, QUICKNET.chain_hash.hex()),
        ("tlock", "1000", QUICKNET.chain_hash.hex().upper()),
        ("tlock", "1000", QUICKNET.chain_hash.hex()[:-1]),
        ("tlock", "1000", "quicknet"),
    ],
)
def test_a_malformed_stanza_is_refused(args: tuple[str, ...]) -> None:
    file = file_of([Stanza(args=args, body=for_round(1000).body)])
    assert reason(lambda: timelock.decrypt(file, QUICKNET, signature=REAL[1000])) == "stanza"
    assert reason(lambda: timelock.inspect(file)) == "stanza"


# -- the reasons, in the order in which they are checked --------------------------------------------------------------


def changed(file: bytes, at: int, bit: int = 1) -> bytes:
    return file[:at] + bytes([file[at] ^ bit]) + file[at + 1 :]


def with_body(change: Callable[[bytes], bytes], round: int = 1000) -> bytes:
    """A file whose sealed file key was changed, with a MAC that its maker could compute."""
    stanza = for_round(round)
    return file_of([Stanza(args=stanza.args, body=change(stanza.body))])


U_OFF = bytes([0x80]) + bytes(94) + bytes([2])
"""An x whose point on G2's curve is outside the subgroup, or is none; either has the reason point."""


def wrong_files() -> dict[str, tuple[str, bytes]]:
    file = sealed(b"x" * 70_000)
    split = file.index(b"\n--- ") + 1
    start = file.index(b"\n", split) + 1
    mac = file[split + 4 : start - 1]
    return {
        "empty": ("format", b""),
        "no age file": ("format", b"Salted__" + bytes(40)),
        "version 2": ("version", file.replace(b"org/v1", b"org/v2", 1)),
        "CRLF in the header": ("header", file[:start].replace(b"\n", b"\r\n") + file[start:]),
        "no body of the stanza": ("stanza", file[: file.index(b"\n", 30) + 1] + file[split:]),
        "stray bits": ("base64", file[: split - 2] + bytes([file[split - 2] + 1]) + file[split - 1 :]),
        "of another chain": ("chain", sealed(round=2, info=FASTNET)),
        "of a chain that nobody knows": ("chain", file.replace(b"52db", b"52dc", 1)),
        "of another round": ("signature", sealed(round=1001)),
        "round edited": ("signature", file.replace(b"tlock 1000", b"tlock 1001", 1)),
        "body one byte short": ("stanza", with_body(lambda body: body[:-1])),
        "body one byte long": ("stanza", with_body(lambda body: body + b"\0")),
        "U at infinity": ("point", with_body(lambda body: b"\xc0" + bytes(95) + body[96:])),
        "U outside the subgroup": ("point", with_body(lambda body: U_OFF + body[96:])),
        "U not compressed": ("point", with_body(lambda body: bytes([body[0] & 0x7F]) + body[1:])),
        "another U": ("proof", with_body(lambda body: for_round(1001).body[:96] + body[96:])),
        "V changed": ("proof", with_body(lambda body: changed(body, 96))),
        "W changed": ("proof", with_body(lambda body: changed(body, 127))),
        "MAC changed": ("MAC", file.replace(mac, mac[:1].swapcase() + mac[1:], 1)
                        if mac[:1].isalpha() else file.replace(mac, b"A" + mac[1:], 1)),
        "stanza added": ("MAC", file[:split] + b"-> grease\n\n" + file[split:]),
        "first chunk changed": ("chunk", changed(file, start + 16)),
        "nonce changed": ("chunk", changed(file, start)),
        "last chunk changed": ("chunk", changed(file, len(file) - 1)),
        "last chunk missing": ("truncated", file[: start + 16 + 65552]),
        "cut in the header": ("truncated", file[: split + 10]),
        "short nonce": ("truncated", file[: start + 15]),
        "no chunk": ("truncated", file[: start + 16]),
        "bytes behind a full last chunk": ("trailing", sealed(b"x" * 65536) + b"more"),
        "armor cut": ("armor", sealed(armor=True)[:-10]),
        "text behind armor": ("armor", sealed(armor=True) + b"more\n"),
        "base64 in armor": ("armor", sealed(armor=True).replace(b"\nYWdl", b"\nYW=l", 1)),
    }  # fmt: skip


WRONG = wrong_files()


@pytest.mark.parametrize("name", WRONG)
def test_each_wrong_file_has_its_reason(name: str) -> None:
    wanted, file = WRONG[name]
    assert reason(lambda: timelock.decrypt(file, QUICKNET, signature=REAL[1000])) == wanted
    output = io.BytesIO()
    again = reason(lambda: timelock.decrypt(io.BytesIO(file), QUICKNET, signature=REAL[1000], output=output))
    assert again == wanted
    if wanted not in ("chunk", "truncated", "trailing"):
        assert output.getvalue() == b""
    else:
        assert b"x" * 70_000 != output.getvalue() == b"x" * len(output.getvalue())


def test_of_several_faults_the_first_in_the_order_is_the_reason() -> None:
    """One fault more with each step, from the last to be checked to the first."""
    chunk = changed(sealed(), -1 % len(sealed()))
    mac = chunk.replace(b"\n---", b"\n-> grease\n\n---", 1)
    at = mac.index(b"\n", 30) + 1  # the first line of the body, which begins with U; V is in its third line
    proof = mac[: at + 132] + (b"A" if mac[at + 132 : at + 133] != b"A" else b"B") + mac[at + 133 :]
    point = proof[:at] + b"A" + proof[at + 1 :]
    signature = point.replace(b"tlock 1000 ", b"tlock 1001 ", 1)
    chain = signature.replace(b" 52db", b" 52dc", 1)
    stanza = chain.replace(b"tlock 1001 ", b"tlock 01001 ", 1)
    version = stanza.replace(b"/v1", b"/v2", 1)
    files = (chunk, mac, proof, point, signature, chain, stanza, version)
    found = [reason(lambda file=file: timelock.decrypt(file, QUICKNET, signature=REAL[1000])) for file in files]
    assert found == ["chunk", "MAC", "proof", "point", "signature", "chain", "stanza", "version"]


@pytest.mark.parametrize(("length", "count"), [(0, 500), (100, 1000), (65537, 200)])
def test_no_changed_file_is_opened(length: int, count: int) -> None:
    opener = timelock.opener(QUICKNET, round=1000, signature=REAL[1000])
    file, reasons = sealed(random.Random(length).randbytes(length)), set()
    for names, data in mutated(file, random.Random(f"changed {length}"), count):
        try:
            opener.decrypt(data)
        except TimelockError as error:
            reasons.add(error.reason)
        else:
            pytest.fail(f"opened after {names}")
        try:
            timelock.inspect(data)
        except TimelockError as error:
            assert error.reason not in ("signature", "point", "proof", "MAC")
    assert reasons <= {wanted for wanted, _ in WRONG.values()}
    assert reasons >= {"armor", "format", "stanza", "base64", "chunk", "point", "proof", "MAC"}


def test_all_reasons_occur() -> None:
    assert {wanted for wanted, _ in WRONG.values()} == {
        TimelockError("", code=code).reason for code in TIMELOCK_CODES
    } - {"too early"}


def test_both_chains_are_named() -> None:
    with pytest.raises(TimelockError) as caught:
        timelock.decrypt(sealed(), FASTNET, signature=REAL[1000])
    assert QUICKNET.chain_hash.hex() in str(caught.value) and FASTNET.chain_hash.hex() in str(caught.value)


@pytest.mark.parametrize(
    "signature",
    [b"", bytes(48), REAL[1001], H(REAL[1001]), "", "zz", REAL[1000][:-1], REAL[1000] + "00", "0x" + REAL[1000],
     Beacon(round=1001, signature=H(REAL[1001])), Beacon(round=1001, signature=H(REAL[1000])),
     Beacon(round=1000, signature=H(REAL[1001])), Beacon(round=1000, signature=b"\xc0" + bytes(47)),
     Beacon(round=1000, signature=H(REAL[1000]), previous_signature=b"x"),
     Beacon(round=1000, signature=H(REAL[1000]), claimed_randomness=bytes(32))],
)  # fmt: skip
def test_what_is_not_the_signature_of_the_round(signature: Any) -> None:
    assert reason(lambda: timelock.decrypt(sealed(), QUICKNET, signature=signature)) == "signature"


@pytest.mark.parametrize("signature", [REAL[1000], REAL[1000].upper(), bytearray(H(REAL[1000]))])
def test_a_signature_is_bytes_or_hexadecimal(signature: Any) -> None:
    assert timelock.decrypt(sealed(), QUICKNET, signature=signature) == b"a bid"


# -- what the caller does wrong ---------------------------------------------------------------------------------------


def test_a_chained_network_seals_nothing() -> None:
    chained = dl.networks["default"]
    with pytest.raises(LocalError, match="is chained") as caught:
        sealed(info=chained)
    assert caught.value.argument == "info"
    stanza = for_round(1000)
    file = file_of([Stanza(args=("tlock", "1000", chained.chain_hash.hex()), body=stanza.body)])
    assert reason(lambda: timelock.decrypt(file, chained, signature=REAL[1000])) == "chain"
    assert reason(lambda: timelock.decrypt(sealed(), chained, signature=REAL[1000])) == "chain"


@pytest.mark.parametrize("key", ["c0" + "00" * 95, "80" + "00" * 94 + "02", "00" * 96])
def test_a_public_key_that_is_none(key: str) -> None:
    info = replace(QUICKNET, public_key=H(key))
    file = file_of([Stanza(args=("tlock", "1000", info.chain_hash.hex()), body=for_round(1000).body)])
    for call in (
        lambda: sealed(info=info),
        lambda: timelock.decrypt(file, info, signature=REAL[1000]),
        lambda: timelock.opener(info, round=1000, signature=REAL[1000]),
    ):
        with pytest.raises(LocalError, match="info: public key of chain quicknet: G2 point") as caught:
            call()
        assert caught.value.argument == "info"


@pytest.mark.parametrize("round", [0, -1, 1 << 64])
def test_rounds_that_there_are_not(round: int) -> None:
    with pytest.raises(LocalError, match="round"):
        sealed(round=round)


def test_arguments_of_other_types() -> None:
    for call in (
        lambda: sealed("text"),  # type: ignore[arg-type]
        lambda: sealed(info="quicknet"),  # type: ignore[arg-type]
        lambda: sealed(round=True),
        lambda: sealed(armor=1),
        lambda: timelock.encrypt(b"text", QUICKNET, round=1, rng=None),  # type: ignore[call-overload]
        lambda: timelock.decrypt("text", QUICKNET, signature=REAL[1000]),  # type: ignore[call-overload]
        lambda: timelock.decrypt(sealed(), "quicknet", signature=REAL[1000]),  # type: ignore[call-overload]
        lambda: timelock.decrypt(sealed(), QUICKNET, signature=5),  # type: ignore[call-overload]
        lambda: timelock.decrypt(sealed(), QUICKNET, signature=None),  # type: ignore[call-overload]
        lambda: timelock.decrypt(sealed(), QUICKNET, signature=REAL[1000], lenient=1),  # type: ignore[call-overload]
        lambda: timelock.inspect(None),  # type: ignore[arg-type]
        lambda: timelock.inspect("text"),  # type: ignore[arg-type]
    ):
        with pytest.raises(WrongType):
            call()


def test_a_binary_file_needs_an_output_and_bytes_take_none() -> None:
    for call in (
        lambda: timelock.encrypt(io.BytesIO(b"x"), QUICKNET, round=1, rng=random.Random(1)),  # type: ignore[call-overload]
        lambda: timelock.decrypt(io.BytesIO(sealed()), QUICKNET, signature=REAL[1000]),  # type: ignore[call-overload]
        lambda: sealed(output=io.BytesIO()),
        lambda: timelock.decrypt(sealed(), QUICKNET, signature=REAL[1000], output=io.BytesIO()),  # type: ignore[call-overload]
    ):
        with pytest.raises(LocalError, match="output"):
            call()


class Stream:
    """A text of any length that is never in memory, and a reader that takes little at a time."""

    def __init__(self, size: int) -> None:
        self.left, self.most = size, 0

    def read(self, size: int, /) -> bytes:
        self.most = max(self.most, size)
        piece = bytes(min(size, self.left, 10_000))
        self.left -= len(piece)
        return piece


class Slow:
    """An output that takes at most 1000 bytes at once, as an unbuffered file may."""

    def __init__(self) -> None:
        self.taken = 0

    def write(self, data: bytes | memoryview, /) -> int:
        taken = min(1000, len(data))
        self.taken += taken
        return taken


def test_a_stream_is_read_and_written_piece_by_piece() -> None:
    text, output = Stream(3_000_000), Slow()
    timelock.encrypt(text, QUICKNET, round=1000, rng=random.Random(1), output=output)
    assert text.most <= 1 << 18
    assert output.taken == 339 + 3_000_000 + 16 * 46


class Told:
    """An output that says of each write what it was told to say."""

    def __init__(self, said: int | None) -> None:
        self.said = said

    def write(self, data: bytes | memoryview, /) -> int | None:
        return self.said


class Full(io.RawIOBase):
    """An unbuffered output that cannot take anything just now."""

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> None:
        return None


@pytest.mark.parametrize("output", [Told(0), Told(-1), Told(10**6), Full()], ids=["0", "-1", "more", "none"])
def test_an_output_that_takes_nothing_is_not_asked_for_ever(output: Any) -> None:
    with pytest.raises(LocalError, match="output: it has taken"):
        timelock.decrypt(io.BytesIO(sealed()), QUICKNET, signature=REAL[1000], output=output)
    assert timelock.decrypt(io.BytesIO(sealed()), QUICKNET, signature=REAL[1000], output=Told(None)) is None


def test_a_text_file_is_no_output() -> None:
    with pytest.raises(LocalError, match="output: expected a binary file"):
        timelock.decrypt(io.BytesIO(sealed()), QUICKNET, signature=REAL[1000], output=io.StringIO())  # type: ignore[call-overload]

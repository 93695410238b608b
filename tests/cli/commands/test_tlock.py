"""``drandlab tlock``: a filter, files that appear whole or not at all, relays that are asked and not believed."""

from __future__ import annotations

import contextlib
import io
import json
import os
import pty
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from timelock_peers import known, shipped_relay

import drandlab as dl
from drandlab import timelock
from drandlab.beacon.chain_info import ChainInfo
from drandlab.cli import main
from drandlab.cli.commands import tlock as command
from drandlab.timelock.header import AgeHeader, Stanza
from drandlab.timelock.opening_time import moment_text
from drandlab.timelock.payload import seal_payload
from drandlab.timelock.tlock_stanza import seal_file_key

QUICKNET, BEACON = known("quicknet")
EVMNET = dl.networks["evmnet"]
ROUND, SIGNATURE = BEACON.round, BEACON.signature.hex()
DEAD = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def relay() -> Iterator[str]:
    """A relay on loopback of the real networks, with the beacons that come with drandlab."""
    with shipped_relay() as address:
        yield address


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "bid.txt"
    path.write_bytes(b"a bid\n")
    return path


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """``clock(seconds)`` is the time that the command reads from then on."""

    def set_to(seconds: float) -> None:
        monkeypatch.setattr(command.time, "time", lambda: seconds)

    return set_to


@pytest.fixture
def piped(
    monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> Callable[..., tuple[int, bytes, str]]:
    """``piped(b"input", "encrypt", ...)``: exit code, bytes of stdout, and stderr of the filter."""

    def call(given: bytes, *arguments: object) -> tuple[int, bytes, str]:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given)))
        code = main(["tlock", *map(str, arguments)])
        out, err = capsysbinary.readouterr()
        return code, out, err.decode()

    return call


def sealed(text: bytes = b"a bid\n", round: int = ROUND, info: ChainInfo = QUICKNET, **more: Any) -> bytes:
    return timelock.encrypt(text, info, round=round, rng=random.Random(7), **more)


# -- the filter -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("armor", [[], ["-a"]])
@pytest.mark.parametrize("size", [0, 6, 200_000])
def test_a_filter_in_both_directions(piped: Callable, armor: list[str], size: int) -> None:
    given = random.Random(size).randbytes(size)
    code, file, said = piped(given, "encrypt", "-r", ROUND, "-f", *armor)
    assert code == 0 and "opens at once" in said
    assert file.startswith(b"-----BEGIN AGE" if armor else b"age-encryption.org/v1\n-> tlock 1000 52db")
    assert piped(file, "decrypt", "--signature", SIGNATURE, "-") == (0, given, "")


def test_each_file_has_a_key_of_its_own(piped: Callable) -> None:
    one, other = (piped(b"text", "encrypt", "-D", "1d")[1] for _ in range(2))
    assert one[200:] != other[200:] and len(one) == len(other)


def test_files_in_and_out(drandlab: Callable, text: Path, tmp_path: Path) -> None:
    file, opened = tmp_path / "bid.tle", tmp_path / "opened.txt"
    assert drandlab("tlock", "encrypt", "--round", ROUND, "--force", "--output", file, text).code == 0
    assert drandlab("tlock", "decrypt", "--signature", SIGNATURE, "-o", opened, file) == (0, "", "")
    assert opened.read_bytes() == text.read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {"bid.txt", "bid.tle", "opened.txt"}


def test_inspect_has_the_keys_of_the_page(drandlab: Callable, tmp_path: Path) -> None:
    file = tmp_path / "bid.tle"
    file.write_bytes(sealed(armor=True))
    answer = drandlab("tlock", "inspect", "--json", file)
    assert answer.code == 0 and answer.err == ""
    assert json.loads(answer.out) == {
        "version": "age-encryption.org/v1",
        "armor": True,
        "stanzas": ["tlock"],
        "round": ROUND,
        "chain_hash": QUICKNET.chain_hash.hex(),
        "network": "quicknet",
        "scheme": "bls-unchained-g1-rfc9380",
        "opens": "2023-08-23T15:59:24Z",
        "sizes": {"header": 323, "payload": 38, "plaintext": 6},
    }  # fmt: skip
    shown = drandlab("tlock", "inspect", file)
    assert shown.code == 0 and "opens       2023-08-23T15:59:24Z" in shown.out and "quicknet" in shown.out


def test_inspect_of_a_chain_that_nobody_knows(piped: Callable) -> None:
    code, out, _ = piped(sealed().replace(b"52db", b"52dc", 1), "inspect", "--json")
    found = json.loads(out)
    assert code == 0 and (found["network"], found["scheme"], found["opens"]) == (None, None, None)
    code, out, said = piped(b"no age file", "inspect", "--json")
    assert (code, out) == (1, b"") and "format" in said


# -- when it opens ----------------------------------------------------------------------------------------------------


def round_of(file: bytes) -> int:
    found = timelock.inspect(file).stanza
    assert found is not None
    return found.round


def test_the_round_of_a_duration_and_of_a_time(piped: Callable, clock: Callable) -> None:
    clock(QUICKNET.round_time(5000) + 0.5)
    for arguments, round in (
        (("-D", "1h"), 6200),
        (("-D", "2s"), 5000),
        (("-D", "1m3s"), 5021),
        (("--at", moment_text(QUICKNET.round_time(6000))), 6000),
        (("--at", moment_text(QUICKNET.round_time(6000) + 1)), 6001),
        (("-r", 5000), 5000),
        (("-r", 4999, "-f"), 4999),
        (("-r", (1 << 64) - 1), (1 << 64) - 1),
    ):
        code, file, _ = piped(b"text", "encrypt", *arguments)
        assert code == 0 and round_of(file) == round, arguments


def test_a_round_to_come_of_a_retired_network_is_warned_of(piped: Callable) -> None:
    for chain in ("fastnet", dl.networks["fastnet"].chain_hash.hex()):
        code, file, said = piped(b"text", "encrypt", "-D", "1d", "-c", chain)
        assert code == 0 and file.startswith(b"age-encryption.org/v1\n") and "fastnet is retired" in said
    for arguments in (["-r", 2, "-f", "-c", "fastnet"], ["-D", "1d"], ["-D", "1d", "-c", "testnet-unchained-3s"]):
        assert "retired" not in piped(b"text", "encrypt", *arguments)[2]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "--round, --duration or --at"),
        (["-r", 9000, "-D", "1d"], "--round, --duration or --at"),
        (["-D", "1d", "--at", "2099-01-01"], "--round, --duration or --at"),
        (["-r", 4999], "round: 4999 is past, the current one is 5000, so the file would open at once; --force"),
        (["-r", "5_001"], "invalid value for '--round' / '-r': expected a whole number, got '5_001'"),
        (["-r", 0], "round: expected"),
        (["-r", 0, "-f"], "round: expected"),
        (["-r", -1, "-f"], "round: expected"),
        (["-r", 1 << 64], "round: expected"),
        (["-r", "1x"], "invalid value for '--round'"),
        (["-D", "1d1d"], "comes twice"),
        (["-D", "0s"], "above 0"),
        (["-D", "-1d"], "expected whole numbers"),
        (["-D", "1q"], "expected whole numbers"),
        (["-D", ""], "expected whole numbers"),
        (["-D", "300y"], "292 years"),
        (["--at", "2023-08-23"], "at: '2023-08-23' is past, so the file would open at once; --force"),
        (["--at", "2099-01-01T00:00:00"], "names no zone"),
        (["--at", "soon"], "expected a moment"),
        (["-c", "default", "-D", "1d"], "is chained"),
        (["-c", "nonet", "-D", "1d"], "nonet"),
        (["-c", "", "-D", "1d"], "network '' is not known"),
        (["-n", "", "-D", "1d"], "relay: expected an address"),
        (["-D", "1d 2h"], "expected whole numbers"),
        (["-D", "1.5h"], "expected whole numbers"),
        (["-c", "00" * 32, "-D", "1d"], "or a relay that has it"),
        (["-D", "1d", "-n", "ftp://x"], "ftp://x"),
    ],
)
def test_a_bad_request_writes_nothing(
    piped: Callable, clock: Callable, tmp_path: Path, arguments: list[object], says: str
) -> None:
    clock(QUICKNET.round_time(5000))
    code, out, said = piped(b"text", "encrypt", *arguments)
    assert (code, out) == (2, b"") and says in said and said.count("\n") == 1
    code, out, _ = piped(b"text", "encrypt", "-o", tmp_path / "out.tle", *arguments)
    assert (code, out) == (2, b"") and list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments", [["-D", "1d1d"], ["-r", 0], ["--at", "soon"], ["-D", "1d", "-o", "/no/such/folder/x"], []]
)
def test_a_bad_request_is_refused_before_a_relay_is_asked(piped: Callable, arguments: list[object]) -> None:
    assert piped(b"text", "encrypt", "-n", DEAD, *arguments)[0] == 2


@pytest.mark.parametrize("arguments", [[], ["-n", DEAD], ["-c", "quicknet"]])
def test_too_early_says_when_before_anything_is_asked(piped: Callable, clock: Callable, arguments: list[str]) -> None:
    clock(QUICKNET.round_time(ROUND) - 90_061)
    code, out, said = piped(sealed(), "decrypt", *arguments)
    assert (code, out) == (1, b"")
    assert "too early" in said and "2023-08-23T15:59:24Z, in 1 d 1 h" in said


def test_a_round_that_the_relay_does_not_have_yet_is_too_early(piped: Callable, relay: str) -> None:
    code, out, said = piped(sealed(round=2_000_000_000 // 3), "decrypt", "-n", relay)
    assert (code, out) == (1, b"") and "too early" in said


def test_a_round_that_is_due_and_that_the_relay_does_not_have(piped: Callable, liar: LyingRelay) -> None:
    liar.info = QUICKNET.to_dict(2)
    code, out, said = piped(sealed(round=ROUND + 1), "decrypt", "-n", liar.url)
    assert (code, out) == (1, b"") and "too early" in said
    assert f"due at 2023-08-23T15:59:27Z, but the latest that the relays have is round {ROUND}" in said


def test_a_round_that_never_comes(piped: Callable) -> None:
    code, _, said = piped(sealed(round=(1 << 64) - 1), "decrypt")
    assert code == 1 and "too early" in said and "later than any date" in said
    code, out, _ = piped(sealed(round=(1 << 64) - 1), "inspect")
    assert code == 0 and b"opens       later than any date" in out


# -- where the signature comes from -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["quicknet", "fastnet", "testnet-unchained-3s"])
def test_a_relay_gives_the_beacon(piped: Callable, relay: str, name: str) -> None:
    info, beacon = known(name)
    file = sealed(b"text", beacon.round, info)
    assert piped(file, "decrypt", "-n", relay) == (0, b"text", "")
    assert piped(file, "decrypt", "-c", name, "-n", f"{relay}/{info.chain_hash.hex()}") == (0, b"text", "")
    code, made, _ = piped(b"text", "encrypt", "-n", relay, "-c", info.chain_hash.hex(), "-r", beacon.round, "-f")
    assert code == 0 and piped(made, "decrypt", "-n", relay) == (0, b"text", "")


def test_a_file_of_beacons_gives_it(piped: Callable, tmp_path: Path) -> None:
    other = '{"round": 7, "signature": "' + "00" * 48 + '"}'
    own = json.dumps(BEACON.to_dict())
    for name, content, code in (
        ("one.json", own, 0),
        ("list.json", f"[{other}, {own}]", 0),
        ("many.jsonl", f"{other}\n{own}\n", 0),
        ("no-suffix", json.dumps(BEACON.to_dict(), indent=2), 0),
        ("lines", f"{other}\n\n{own}\n", 0),
        ("other.jsonl", other, 1),
        ("forged.json", json.dumps({"round": ROUND, "signature": "00" * 48}), 1),
        ("relabelled.json", json.dumps({"round": ROUND, "signature": known("fastnet")[1].signature.hex()}), 1),
        ("empty.json", "", 2),
        ("broken", own[:-5], 2),
        ("broken-line", f"{own}\n{{\n", 2),
    ):
        (tmp_path / name).write_text(content)
        found, out, said = piped(sealed(), "decrypt", "--beacon", tmp_path / name)
        assert (found, out) == (code, b"" if code else b"a bid\n"), (name, said)
        assert ("signature" in said) == (code == 1) and said.count("\n") == (code > 0), (name, said)


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".parquet", ".sqlite", ".db"])
@pytest.mark.parametrize("name", ["quicknet", "evmnet"])
def test_a_file_of_beacons_may_be_a_table(piped: Callable, tmp_path: Path, name: str, suffix: str) -> None:
    beacons, path = list(dl.beacons(name))[:3], tmp_path / f"beacons{suffix}"
    dl.write_beacons(path, beacons, name)
    file = sealed(b"text", beacons[1].round, dl.networks[name])
    assert piped(file, "decrypt", "--beacon", path) == (0, b"text", "")
    code, out, said = piped(sealed(b"text", 10**9, dl.networks[name]), "decrypt", "--beacon", path)
    assert (code, out) == (1, b"") and f"no beacon with the signature of round {10**9}" in said


def test_a_beacon_comes_from_standard_input(piped: Callable, tmp_path: Path) -> None:
    fastnet, other = known("fastnet")
    lines = "".join(f"{json.dumps(one.to_dict())}\n" for one in (other, BEACON)).encode()
    path, several = tmp_path / "bid.tle", tmp_path / "several.tle"
    path.write_bytes(sealed())
    for given in (lines, json.dumps(BEACON.to_dict()).encode()):
        assert piped(given, "decrypt", "--beacon", "-", path) == (0, b"a bid\n", "")
    # it is read once, however many chains the file opens with
    file_key, rng = bytes(16), random.Random(1)
    stanzas = [seal_file_key(info, round, file_key, rng) for info, round in ((fastnet, 10**9), (QUICKNET, ROUND))]
    header = AgeHeader.of([one.to_stanza() for one in stanzas], file_key=file_key).to_bytes()
    several.write_bytes(header + b"".join(seal_payload(b"text", file_key, bytes(16))))
    assert piped(lines, "decrypt", "--beacon", "-", several) == (0, b"text", "")
    for given, code, says in (
        (json.dumps(other.to_dict()).encode(), 1, "standard input holds no beacon with the signature of round 1000"),
        (b"", 2, "standard input: "),
        (b"\xff", 2, "standard input, line 1: not UTF-8"),
        (bytes((1 << 20) + 1), 2, "standard input: longer than 1,048,576 bytes"),
    ):
        found, out, said = piped(given, "decrypt", "--beacon", "-", path)
        assert (found, out) == (code, b"") and says in said and said.count("\n") == 1


@pytest.mark.parametrize("beacon", ["-", "/dev/stdin"])
@pytest.mark.parametrize("source", [[], ["-"], ["/dev/stdin"]])
def test_standard_input_is_one_of_the_two(piped: Callable, beacon: str, source: list[str]) -> None:
    code, out, said = piped(sealed(), "decrypt", "--beacon", beacon, *source)
    assert (code, out) == (2, b"") and "beacon: standard input is the file to decrypt" in said


def test_a_chain_without_known_relays_asks_for_one_or_for_the_signature(piped: Callable) -> None:
    info, beacon = known("fastnet")
    code, out, said = piped(sealed(b"text", beacon.round, info), "decrypt")
    assert (code, out) == (2, b"") and "no relay is known that serves fastnet; give its address" in said


@pytest.mark.parametrize("signature", ["", "zz", SIGNATURE[:-2], known("fastnet")[1].signature.hex(), "c0" + "00" * 47])
def test_a_signature_that_is_not_the_rounds(piped: Callable, signature: str) -> None:
    code, out, said = piped(sealed(), "decrypt", "--signature", signature)
    assert (code, out) == (1, b"") and "signature" in said


def test_one_signature_is_enough(piped: Callable, tmp_path: Path) -> None:
    code, out, said = piped(sealed(), "decrypt", "--signature", SIGNATURE, "--beacon", tmp_path / "b.json")
    assert (code, out) == (2, b"") and "not both" in said


def test_an_evmnet_file_goes_around(piped: Callable) -> None:
    beacon = next(iter(dl.beacons("evmnet")))
    code, file, _ = piped(b"on BN254", "encrypt", "-c", "evmnet", "-r", beacon.round, "-f")
    assert code == 0 and b"\n-> tlock %d %s\n" % (beacon.round, EVMNET.chain_hash.hex().encode()) in file
    assert piped(file, "decrypt", "--signature", beacon.signature.hex()) == (0, b"on BN254", "")


def test_a_file_of_several_networks_opens_with_any_of_them(piped: Callable, relay: str, tmp_path: Path) -> None:
    file_key, rng = bytes(16), random.Random(1)
    fastnet, other = known("fastnet")
    chained = Stanza(args=("tlock", "5", dl.networks["default"].chain_hash.hex()), body=bytes(80))
    to_come = seal_file_key(fastnet, 10**9, file_key, rng).to_stanza()
    stanzas = [chained, to_come, seal_file_key(fastnet, other.round, file_key, rng).to_stanza()]
    stanzas.append(seal_file_key(QUICKNET, ROUND, file_key, rng).to_stanza())
    (tmp_path / "beacon.json").write_text(json.dumps(BEACON.to_dict()))
    for count in (3, 4):
        header = AgeHeader.of(stanzas[:count], file_key=file_key).to_bytes()
        file = header + b"".join(seal_payload(b"text", file_key, bytes(16)))
        assert piped(file, "decrypt", "--signature", other.signature.hex()) == (0, b"text", "")
        for address in (relay, f"{relay}/{fastnet.chain_hash.hex()}"):
            assert piped(file, "decrypt", "-n", address) == (0, b"text", "")
        opened = (0, b"text", "") if count == 4 else None
        for arguments in (["--signature", SIGNATURE], ["--beacon", tmp_path / "beacon.json"], ["-c", "quicknet"]):
            answer = piped(file, "decrypt", *arguments, *(["-n", relay] if len(arguments) == 2 else []))
            assert answer == opened if opened else answer[0] == 1 and answer[1] == b""
    # the address is of the second of them
    file = AgeHeader.of([to_come, stanzas[3]], file_key=file_key).to_bytes()
    file += b"".join(seal_payload(b"text", file_key, bytes(16)))
    assert piped(file, "decrypt", "-n", f"{relay}/{QUICKNET.chain_hash.hex()}") == (0, b"text", "")
    # none is due
    file = AgeHeader.of([to_come, chained], file_key=file_key).to_bytes() + bytes(32)
    code, out, said = piped(file, "decrypt", "-n", relay)
    assert (code, out) == (1, b"") and f"too early: the file opens with round {10**9}" in said


# -- chains and relays that lie ---------------------------------------------------------------------------------------


def test_another_chain_than_asked_for_is_named_with_the_files_own(piped: Callable) -> None:
    code, out, said = piped(sealed(), "decrypt", "-c", "fastnet", "--signature", SIGNATURE)
    assert (code, out) == (1, b"")
    for name in ("chain", "quicknet", "fastnet", QUICKNET.chain_hash.hex(), dl.networks["fastnet"].chain_hash.hex()):
        assert name in said


def test_a_chain_that_nobody_knows_needs_its_info(piped: Callable, tmp_path: Path) -> None:
    net = dl.Network(nodes=3, threshold=2, scheme="bls-unchained-g1-rfc9380", period=3, seed=1)
    net.run(rounds=2)
    beacon, path = net.beacons[-1], tmp_path / "info.json"
    path.write_text(net.info.to_json())
    code, file, _ = piped(b"text", "encrypt", "-c", path, "-r", beacon.round, "-f")
    assert code == 0
    found, out, said = piped(file, "decrypt", "--signature", beacon.signature.hex())
    assert (found, out) == (1, b"") and "chain" in said and net.info.chain_hash.hex() in said
    assert piped(file, "decrypt", "-c", path, "--signature", beacon.signature.hex()) == (0, b"text", "")


@pytest.mark.parametrize(
    ("said", "rule"),
    [
        ({"scheme": "bls-unchained-on-g1"}, "the scheme of quicknet is bls-unchained-g1-rfc9380, the info says"),
        ({"public_key": "c0" + "00" * 95}, "must not be the point at infinity"),
        ({"public_key": "80" + "00" * 94 + "02"}, "outside the subgroup"),
        ({"public_key": "00" * 48}, "expected 96 bytes"),
        ({"scheme": "none"}, 'field "scheme"'),
    ],
)
def test_an_info_to_which_nothing_should_be_encrypted(
    piped: Callable, tmp_path: Path, said: dict[str, str], rule: str
) -> None:
    fields = QUICKNET.to_dict(2)
    del fields["chain_hash"]
    (tmp_path / "info.json").write_text(json.dumps(fields | said))
    code, out, err = piped(b"text", "encrypt", "-D", "1d", "-c", tmp_path / "info.json", "-o", tmp_path / "out")
    assert (code, out) == (2, b"") and rule in err and err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["info.json"]


class LyingRelay(ThreadingHTTPServer):
    """A relay on loopback that gives this chain info under any hash, and the true beacon of one round."""

    daemon_threads = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), LyingHandler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.info: dict[str, Any] = {}
        self.asked: list[str] = []
        self.chains: list[str] = []
        self.refuses_with = 404


class LyingHandler(BaseHTTPRequestHandler):
    server: LyingRelay

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        last = self.path.rpartition("/")[2]
        body = self.server.info if last == "info" else BEACON.to_dict() if last in ("latest", str(ROUND)) else None
        body = self.server.chains or None if last == "chains" else body
        self.send_response(200 if body else self.server.refuses_with)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@pytest.fixture
def liar() -> Iterator[LyingRelay]:
    with LyingRelay() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


SHIFTED = replace(QUICKNET, genesis_time=QUICKNET.genesis_time + 10_000_000)


@pytest.mark.parametrize("chain", [[], ["-c", "quicknet"], ["-c", QUICKNET.chain_hash.hex()]])
@pytest.mark.parametrize("claims", [True, False])
def test_a_relay_with_a_false_genesis_is_refused(
    piped: Callable, liar: LyingRelay, chain: list[str], claims: bool
) -> None:
    liar.info = SHIFTED.to_dict(2) | ({"chain_hash": QUICKNET.chain_hash.hex()} if claims else {})
    if not claims:
        del liar.info["chain_hash"]
    code, out, said = piped(b"text", "encrypt", "-D", "1h", "-n", liar.url, *chain)
    assert (code, out) == (1, b"") and liar.url in said and liar.asked


def test_an_unknown_chain_is_that_of_its_hash_alone(piped: Callable, liar: LyingRelay) -> None:
    unknown = replace(SHIFTED, genesis_seed=bytes(32))
    liar.info = unknown.to_dict(2)
    for chain_hash in (unknown.chain_hash.hex(), "ab" * 32):
        code, out, said = piped(b"text", "encrypt", "-D", "1h", "-n", liar.url, "-c", chain_hash)
        if chain_hash == unknown.chain_hash.hex():
            assert code == 0 and chain_hash.encode() in out
        else:
            assert (code, out) == (1, b"") and unknown.chain_hash.hex() in said
    # the file names its chain: what the relay gives must hash to that
    file = sealed(b"text", ROUND, unknown)
    assert piped(file, "decrypt", "-n", liar.url) == (0, b"text", "")
    liar.info = SHIFTED.to_dict(2)
    code, out, said = piped(file, "decrypt", "-n", liar.url)
    assert (code, out) == (1, b"") and unknown.chain_hash.hex() in said


def test_a_relay_that_is_not_there(piped: Callable) -> None:
    for arguments in (("encrypt", "-D", "1h", "-n", DEAD), ("decrypt", "-n", DEAD)):
        code, out, said = piped(sealed(), *arguments)
        assert (code, out) == (1, b"") and DEAD in said and said.count("\n") == 1


def test_a_relay_of_another_chain_is_named(piped: Callable, liar: LyingRelay) -> None:
    liar.info = dl.networks["fastnet"].to_dict(2)
    code, out, said = piped(b"text", "encrypt", "-D", "1h", "-n", liar.url)
    assert (code, out) == (1, b"") and "fastnet" in said and "quicknet" in said


def test_a_relay_that_refuses_says_which_chains_it_serves(piped: Callable, liar: LyingRelay) -> None:
    names = [dl.networks[name].chain_hash.hex() for name in ("fastnet", "default")]
    for status in (404, 500):
        liar.refuses_with = status
        for chains, says in (
            (names, "this relay serves fastnet, default, not quicknet"),
            (["ab" * 32] * 7, f"this relay serves {', '.join(['ab' * 32] * 5)} and 2 more, not quicknet"),
            # what is no list of other chains says nothing
            ([*names, QUICKNET.chain_hash.hex()], f"HTTP {status}"),
            (["fastnet"], f"HTTP {status}"),
            ([names], f"HTTP {status}"),
            ([], f"HTTP {status}"),
        ):
            liar.chains = chains
            code, out, said = piped(b"text", "encrypt", "-D", "1h", "-n", liar.url)
            assert (code, out) == (1, b"") and f"{liar.url}: {says}" in said and said.count("\n") == 1


# -- files that appear whole or not at all ----------------------------------------------------------------------------


def wrong_files() -> dict[str, bytes]:
    file = sealed(b"x" * 70_000)
    start = file.index(b"\n", 30) + 1
    return {
        "format": b"no age file",
        "version": file.replace(b"org/v1", b"org/v2", 1),
        "header": file[:300].replace(b"\n", b"\r\n") + file[300:],
        "stanza": file.replace(b"tlock 1000", b"tlock 01000", 1),
        "base64": file.replace(b"\n---", b"=\n---", 1),
        "signature": file.replace(b"tlock 1000", b"tlock 1001", 1),
        "chunk": file[:-1] + bytes([file[-1] ^ 1]),
        "truncated": file[: 323 + 16 + 65552],
        "trailing": sealed(b"x" * 65536) + b"more",
        "armor": sealed(armor=True)[:-9],
        "MAC": file.replace(b"\n---", b"\n-> grease\n\n---", 1),
        # U begins the body, V is in its third line
        "point": file[:start] + b"A" + file[start + 1 :],
        "proof": file[: start + 132] + (b"B" if file[start + 132] != ord("B") else b"C") + file[start + 133 :],
    }


@pytest.mark.parametrize("word", [*wrong_files(), "chain"])
def test_each_reason_is_a_word_and_leaves_the_output_alone(drandlab: Callable, tmp_path: Path, word: str) -> None:
    file = wrong_files().get(word) or sealed().replace(b"52db", b"52dc", 1)
    (tmp_path / "in.tle").write_bytes(file)
    for output, before in (("old.txt", b"before"), ("new.txt", None)):
        if before is not None:
            (tmp_path / output).write_bytes(before)
        answer = drandlab("tlock", "decrypt", "--signature", SIGNATURE, "-o", tmp_path / output, tmp_path / "in.tle")
        assert answer.code == 1 and answer.out == ""
        assert word in answer.err and "in.tle" in answer.err and answer.err.count("\n") == 1
        assert not (tmp_path / output).exists() if before is None else (tmp_path / output).read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == {"in.tle", "old.txt"}


def test_the_input_is_not_the_output(drandlab: Callable, text: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(text)
    for output in (text, tmp_path / "link"):
        answer = drandlab("tlock", "encrypt", "-D", "1d", "-o", output, text)
        assert answer.code == 2 and "is the input" in answer.err
    assert text.read_bytes() == b"a bid\n" and len(list(tmp_path.iterdir())) == 2


def test_an_output_that_cannot_be_written_is_found_before_anything_is_read(piped: Callable, tmp_path: Path) -> None:
    for arguments in (("encrypt", "-D", "1d"), ("decrypt", "--signature", SIGNATURE)):
        code, out, said = piped(sealed(), *arguments, "-o", tmp_path / "no" / "out")
        assert (code, out) == (2, b"") and "cannot be written" in said


def test_an_input_that_cannot_be_read(drandlab: Callable, tmp_path: Path) -> None:
    for start in (("encrypt", "-D", "1d"), ("decrypt", "--signature", SIGNATURE), ("inspect",)):
        for name in (tmp_path / "none", tmp_path):
            answer = drandlab("tlock", *start, name)
            assert (answer.code, answer.out) == (2, "") and str(name) in answer.err


def test_a_link_is_written_through_and_modes_are_kept(drandlab: Callable, text: Path, tmp_path: Path) -> None:
    target, link = tmp_path / "real.tle", tmp_path / "link.tle"
    target.write_bytes(b"old")
    target.chmod(0o640)
    link.symlink_to(target)
    assert drandlab("tlock", "encrypt", "-D", "1d", "-o", link, text).code == 0
    assert link.is_symlink() and target.stat().st_mode & 0o777 == 0o640
    assert target.read_bytes().startswith(b"age-encryption.org/v1\n")


# -- terminals and pipes ----------------------------------------------------------------------------------------------


def on_a_pty(*arguments: object, given: bytes) -> tuple[int, bytes, str]:
    """Run the command with standard output on a terminal of its own."""
    controller, terminal = pty.openpty()
    command = [sys.executable, "-m", "drandlab", "tlock", *map(str, arguments)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=terminal, stderr=subprocess.PIPE) as running:
        os.close(terminal)
        _, said = running.communicate(given)
    shown = b""
    while True:
        try:
            piece = os.read(controller, 4096)
        except OSError:
            break
        if not piece:
            break
        shown += piece
    os.close(controller)
    return running.returncode, shown, said.decode()


def test_no_binary_goes_to_a_terminal_unless_it_is_asked_for() -> None:
    code, shown, said = on_a_pty("encrypt", "-D", "1d", given=b"text")
    assert (code, shown) == (2, b"") and "terminal" in said
    code, shown, _ = on_a_pty("encrypt", "-D", "1d", "-o", "-", given=b"text")
    assert code == 0 and shown.startswith(b"age-encryption.org/v1")
    code, shown, _ = on_a_pty("encrypt", "-D", "1d", "-a", given=b"text")
    assert code == 0 and shown.startswith(b"-----BEGIN AGE")


def test_a_terminal_shows_text_and_refuses_what_would_steer_it() -> None:
    code, shown, said = on_a_pty("decrypt", "--signature", SIGNATURE, given=sealed("é\ttext\n".encode()))
    assert (code, shown.replace(b"\r\n", b"\n"), said) == (0, "é\ttext\n".encode(), "")
    for binary in (b"\x1b]0;evil\x07", b"\xff\xfe", b"a\0b"):
        code, shown, said = on_a_pty("decrypt", "--signature", SIGNATURE, given=sealed(binary))
        assert (code, shown) == (2, b"") and "terminal" in said


def test_who_stops_reading_hears_no_complaint() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "drandlab", "tlock", "encrypt", "-D", "1d"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=writer, stderr=subprocess.PIPE) as running:
        os.close(writer)
        _, said = running.communicate(bytes(300_000))
    assert (running.returncode, said) == (141, b"")


def closed(redirection: str, *arguments: object, given: bytes = b"") -> tuple[int, bytes, str]:
    """Run the command by a shell that closes one of its streams."""
    command = [sys.executable, "-m", "drandlab", "tlock", *map(str, arguments)]
    shell = ["sh", "-c", f'exec "$@" {redirection}', "sh", *command]
    done = subprocess.run(shell, input=given, capture_output=True, timeout=120)
    return done.returncode, done.stdout, done.stderr.decode()


def test_nothing_is_told_among_the_results_where_standard_error_is_closed() -> None:
    code, out, said = closed("2>&-", "encrypt", "-r", ROUND, "-f", given=b"a bid\n")
    assert (code, said) == (0, "") and len(out) == len(sealed())
    assert closed("2>&-", "encrypt", "-D", "1d1d") == (2, b"", "")


def test_the_exit_code_counts_where_standard_output_is_closed() -> None:
    assert closed(">&-", "inspect", given=sealed()) == (0, b"", "")
    code, _, said = closed(">&-", "inspect", given=b"no age file")
    assert code == 1 and "format" in said
    code, _, said = closed(">&-", "decrypt", "--signature", SIGNATURE, given=sealed())
    assert code == 2 and "standard output is closed" in said


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_what_is_told_to_end_leaves_nothing(tmp_path: Path, number: signal.Signals) -> None:
    output = tmp_path / "out.txt"
    command = [sys.executable, "-m", "drandlab", "tlock", "decrypt", "--signature", SIGNATURE, "-o", str(output)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdin is not None
        running.stdin.write(sealed(bytes(200_000))[:150_000])
        running.stdin.flush()
        while not any(path.stat().st_size for path in tmp_path.iterdir()) and running.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                running.wait(0.02)
        running.send_signal(number)
        assert running.wait(60) == 128 + number
        said = running.communicate()[1].decode()
    assert list(tmp_path.iterdir()) == [] and "Traceback" not in said


@pytest.mark.parametrize("command", ["encrypt", "decrypt", "inspect"])
def test_every_command_helps_with_an_example(drandlab: Callable, command: str) -> None:
    answer = drandlab("tlock", command, "--help")
    assert (answer.code, answer.err) == (0, "") and f"Example: drandlab tlock {command}" in answer.out
    assert f" {command} " in drandlab("tlock").out

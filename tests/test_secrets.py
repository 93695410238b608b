"""No digit of a secret leaves: marked secrets are planted, everything is run, and all that comes out is searched.

A secret is looked for as hexadecimal of both cases, as decimal digits, as base64, and as raw bytes, each from either
end: any eight of its digits in a row are a find.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import dataclasses
import io
import json
import logging
import pickle
import random
import re
import traceback
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest

import drandlab as dl
from drandlab.algebra.field import FieldElement
from drandlab.algebra.polynomial import Polynomial
from drandlab.algebra.shamir import Share, recover, split
from drandlab.beacon.forms.toml_files import (
    DistributedShare,
    identity_to_toml,
    key_pair_from_toml,
    secret_to_toml,
    share_from_toml,
    share_to_toml,
)
from drandlab.beacon.group import Group
from drandlab.beacon.identity import KeyPair
from drandlab.cli import main
from drandlab.crypto import BLS, PublicPolynomial, ecies, scheme
from drandlab.crypto.schemes import SCHEMES
from drandlab.curves import suite
from drandlab.errors import DrandlabError
from drandlab.node.setup.coordinator import Coordinator
from drandlab.node.setup.participant import Participant
from drandlab.node.setup.setup_packets import SignalPacket
from drandlab.node.setup.setup_rules import Terms
from drandlab.node.signer import Adopt, AnswerPrivate, Signer, SignPartial
from drandlab.remote.answer.http_relay import relay_app
from drandlab.remote.answer.live_chain import LiveChain
from drandlab.remote.keep.node_folder import NodeFolder
from drandlab.served.served_network import ServedNetwork
from drandlab.simulation.keygen.run import Run, fresh_nodes, generate_key
from drandlab.simulation.network import Network
from drandlab.simulation.reading.summary import summarize
from drandlab.simulation.reading.timeline import Timeline
from drandlab.simulation.rewind import Rewind
from drandlab.widgets import ChainStripWidget, LamportWidget, NetworkStageWidget, StatusMatrixWidget

NAME = "pedersen-bls-unchained"
NOW = 1_800_000_000
DIGITS = 8


_WIDTHS = (DIGITS, DIGITS + 2)
_RUN = re.compile(r"[0-9A-Za-z+/_-]{8,}")


class Needles:
    """A secret in every form that could give it away, and the search for it."""

    def __init__(self, secret: bytes) -> None:
        self.texts: set[str] = set()
        for data in (secret, secret[::-1]):
            self._add(data.hex(), DIGITS)
            self._add(str(int.from_bytes(data, "big")), DIGITS + 2)  # as rare as eight hexadecimal digits
            for shift in range(3):
                for encode in (base64.b64encode, base64.urlsafe_b64encode):
                    self._add(encode(data[shift:]).decode().rstrip("=")[:-1], DIGITS)
        self.raws = {data[i : i + 4] for data in (secret, secret[::-1]) for i in range(len(data) - 3)}

    def _add(self, text: str, width: int) -> None:
        self.texts.update(text[i : i + width] for i in range(len(text) - width + 1))

    def in_text(self, text: str) -> set[str]:
        """Return what of the secret stands in the text, hexadecimal of either case."""
        # windows over the text, and not one search for each of thousands of needles
        found = set()
        for run in _RUN.findall(text):
            for written in {run, run.lower()}:
                for width in _WIDTHS:
                    found.update(
                        window
                        for i in range(len(written) - width + 1)
                        if (window := written[i : i + width]) in self.texts
                    )
        return found

    def in_bytes(self, data: bytes) -> set[str]:
        """Return what of the secret stands in the bytes, raw or as text."""
        raws = {window.hex() for i in range(len(data) - 3) if (window := data[i : i + 4]) in self.raws}
        return raws | self.in_text(data.decode("latin-1"))


@cache
def marked(name: str) -> tuple[bytes, Needles]:
    """A scalar below the order of both curves' groups, always the same for a name."""
    secret = b"\x2d" + random.Random(f"secret {name}").randbytes(31)
    return secret, Needles(secret)


def chain_of(error: BaseException) -> Iterator[BaseException]:
    """The error, and every error that it holds on to."""
    waiting, seen = [error], set()
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [other for other in (one.__cause__, one.__context__) if other is not None]
        waiting += getattr(one, "exceptions", ())


def said(error: BaseException) -> Iterator[str | bytes]:
    """Everything that an error can be made to say, in this process and in the next."""
    for one in chain_of(error):
        yield str(one)
        yield repr(one)
        yield repr(one.args)
        yield repr(vars(one))
        yield repr(getattr(one, "__notes__", []))
        yield repr([getattr(one, name, None) for name in ("object", "doc", "msg", "reason")])
        with contextlib.suppress(Exception):
            yield pickle.dumps(one)
    yield "".join(traceback.format_exception(error))
    yield "".join(traceback.TracebackException.from_exception(error, capture_locals=False).format())


def search(needles: Needles, pieces: Iterator[str | bytes], where: str) -> None:
    for piece in pieces:
        found = needles.in_text(piece) if isinstance(piece, str) else needles.in_bytes(piece)
        if found:
            shown = piece if isinstance(piece, str) else repr(piece[:400])
            pytest.fail(f"{where}: {sorted(found)[:3]} in {shown[:600]!r}")


@contextlib.contextmanager
def watched(needles: Needles, where: str) -> Iterator[list[str | bytes]]:
    """Search stdout, stderr, the log and whatever error leaves the block; what is put into the list, too."""
    out, log = io.StringIO(), io.StringIO()
    handler = logging.StreamHandler(log)
    logging.getLogger().addHandler(handler)
    more: list[str | bytes] = []
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            try:
                yield more
            except DrandlabError as error:
                more += said(error)
    finally:
        logging.getLogger().removeHandler(handler)
    search(needles, iter([*more, out.getvalue(), log.getvalue()]), where)


# -- files with a secret, and every kind of fault ---------------------------------------------------------------------


@cache
def pair() -> KeyPair:
    return KeyPair.of(int.from_bytes(marked("key")[0], "big"), "node0.example.org:80", scheme(NAME), backend="blst")


@cache
def held() -> DistributedShare:
    bls = BLS.of(scheme(NAME), "blst")
    value = bls.field.from_bytes(marked("share")[0])
    # a polynomial through the marked share
    f = Polynomial.interpolate(bls.field, [(1, value), (2, 77), (3, 1234)])
    return DistributedShare(
        share=Share(index=0, value=value), public=PublicPolynomial.commit(f, bls.keys), scheme=scheme(NAME)
    )


def faults(text: str, field: str, digits: str) -> dict[str, bytes]:
    """The file ``text``, whose ``field`` holds the secret's ``digits``, with one fault each."""
    line = f'{field} = "{digits}"\n'
    assert line in text
    number = int(digits, 16)

    def value(new: str) -> str:
        return text.replace(line, f"{field} = {new}\n")

    def scheme_is(new: str) -> str:
        return text.replace(f'SchemeName = "{NAME}"', f"SchemeName = {new}")

    rest = text.replace(line, "")
    changed = {
        "as it is": text,
        **{f"scheme {name}": scheme_is(f'"{name}"') for name in SCHEMES if name != NAME},
        "an unknown scheme": scheme_is('"rsa"'),
        "the secret as scheme": scheme_is(f'"{digits}"'),
        "the secret as scheme, a number": scheme_is(f"{number}"),
        "no scheme": text.replace(f'SchemeName = "{NAME}"\n', ""),
        "a bad last digit": value(f'"{digits[:-1]}g"'),
        "a bad digit in the middle": value(f'"{digits[:30]}x{digits[31:]}"'),
        "0x before": value(f'"0x{digits}"'),
        "upper case": value(f'"{digits.upper()}"'),
        "a blank": value(f'"{digits[:32]} {digits[32:]}"'),
        "a blank at the end": value(f'"{digits} "'),
        "an invisible character": value(f'"{digits}\u200b"'),
        "a line end": value(f'"{digits}\\n"'),
        "a control character": value(f'"{digits}\x01"'),
        "63 digits": value(f'"{digits[:-1]}"'),
        "62 digits": value(f'"{digits[:-2]}"'),
        "32 digits": value(f'"{digits[:32]}"'),
        "one digit": value(f'"{digits[:1]}"'),
        "a digit more": value(f'"{digits}0"'),
        "a byte more": value(f'"{digits}00"'),
        "twice": value(f'"{digits}{digits}"'),
        "not below the order": value(f'"ff{digits[2:]}"'),
        "zeros before": value(f'"00{digits}"'),
        "another byte": value(f'"{digits[:-2]}ab"'),
        "a number": value(f"{number}"),
        "a hexadecimal number": value(f"0x{digits}"),
        "a negative number": value(f"-{number}"),
        "a float": value(f"{number}.5"),
        "a list": value(f'["{digits}"]'),
        "a table": value(f'{{ hex = "{digits}" }}'),
        "a table twice": value(f"{{ {digits} = 1, {digits} = 2 }}"),
        "true": value("true"),
        "a date": value("1979-05-27"),
        "no quotes": value(digits),
        "one quote": value(f'"{digits}'),
        "other quotes": value(f"'{digits}'"),
        "three quotes": value(f'"""{digits}'),
        "an unknown escape": value(f'"\\q{digits}"'),
        "the field twice": text + line,
        "the field in a table": rest + f'[{field}]\n{field} = "{digits}"\n',
        "the secret as a key": rest + f"{digits} = 1\n",
        "the secret as a quoted key": rest + f'"{digits}" = 1\n',
        "the secret as a dotted key": rest + f"{field}.{digits} = 1\n",
        "the secret as a table": rest + f"[{digits}]\n",
        "the secret as a table twice": rest + f"[{digits}]\n[{digits}]\n",
        "the secret as a list of tables": rest + f"[[{digits}]]\n[{digits}]\n",
        "the secret alone": digits,
        "the secret in a comment, then no TOML": f"# {digits}\n=\n",
        "no field": rest,
        "another field": rest + f'Secret = "{digits}"\n',
        "deep brackets": rest + f"{field} = " + "[" * 2000 + f'"{digits}"',
        "deep keys": rest + f"{field}" + ".a" * 2000 + f' = "{digits}"\n',
        "JSON": json.dumps({field: digits, "SchemeName": NAME}),
        "nothing": "",
    }
    binary = bytes.fromhex(digits)
    before, after = text.encode().split(digits.encode())
    return {name: new.encode() for name, new in changed.items()} | {
        "a mark": b"\xef\xbb\xbf" + text.encode(),
        "UTF-16": text.encode("utf-16"),
        "UTF-16, big end first": text.encode("utf-16-be"),
        "UTF-32": text.encode("utf-32"),
        "the raw bytes": before + binary + after,
        "the raw bytes alone": binary,
        "a byte that is not UTF-8": text.encode() + b"# caf\xe9\n",
        "a byte that is not UTF-8 beside it": before + digits[:32].encode() + b"\xe9" + digits[32:].encode() + after,
        "zero bytes": text.encode().replace(b"\n", b"\0"),
        "cut": text.encode()[: text.encode().index(digits.encode()) + 40],
        "cut in the middle": before + digits[:20].encode(),
    }


@cache
def key_files() -> dict[str, bytes]:
    return faults(secret_to_toml(pair()), "Key", marked("key")[0].hex())


@cache
def share_files() -> dict[str, bytes]:
    digits = marked("share")[0].hex()
    text = share_to_toml(held())
    number = int(digits, 16)
    commits = next(line for line in text.splitlines() if line.startswith("Commits"))
    elsewhere = {
        "another index": text.replace("Index = 0", "Index = 1"),
        "the secret as index": text.replace("Index = 0", f"Index = {number}"),
        "the secret as index, a text": text.replace("Index = 0", f'Index = "{digits}"'),
        "less than nothing as index": text.replace("Index = 0", f"Index = -{number}"),
        "the secret as commitment": text.replace(commits, f'Commits = ["{digits}"]'),
        "the secret begins a commitment": text.replace(commits, f'Commits = ["{digits}{"00" * 16}"]'),
        "the secret as commitments": text.replace(commits, f'Commits = "{digits}"'),
        "the secret as commitment, a number": text.replace(commits, f"Commits = [{number}]"),
        "no commitments": text.replace(commits + "\n", ""),
        "the polynomial": text + f'PrivatePoly = ["{digits}"]\n',
    }
    return faults(text, "Share", digits) | {name: new.encode() for name, new in elsewhere.items()}


def outcome(call: Callable[[], Any], more: list[str | bytes]) -> None:
    """What a call gives, or its error, goes to the list of what is searched."""
    try:
        result = call()
    except (DrandlabError, TypeError) as error:
        more += said(error)
    else:
        more += [repr(result), str(result)]


@pytest.mark.parametrize("fault", key_files())
def test_a_key_file_with_a_fault(fault: str, tmp_path: Path) -> None:
    data, needles = key_files()[fault], marked("key")[1]
    public = identity_to_toml(pair().identity)
    with watched(needles, fault) as more:
        text = data.decode("latin-1" if b"\xe9" in data else "utf-8", "replace")
        outcome(lambda: key_pair_from_toml(text, public, backend="blst"), more)
        outcome(lambda: key_pair_from_toml(text, text, backend="blst"), more)  # the private file for both
        outcome(lambda: key_pair_from_toml(public, text, backend="blst"), more)  # the other way round
        folder = NodeFolder(tmp_path, backend="blst")
        folder.save_key_pair(pair())
        (folder.path / "key" / "drand_id.private").write_bytes(data)
        outcome(folder.load_key_pair, more)
        outcome(lambda: folder.save_key_pair(pair()), more)


@pytest.mark.parametrize("fault", share_files())
def test_a_share_file_with_a_fault(fault: str, tmp_path: Path) -> None:
    data, needles = share_files()[fault], marked("share")[1]
    with watched(needles, fault) as more:
        text = data.decode("latin-1" if b"\xe9" in data else "utf-8", "replace")
        outcome(lambda: share_from_toml(text, backend="blst"), more)
        folder = NodeFolder(tmp_path, backend="blst")
        group = Group.of(
            [KeyPair.of(i + 5, f"n{i}.example.org:80", scheme(NAME), backend="blst").identity for i in range(4)],
            scheme=scheme(NAME),
            threshold=3,
            period=3,
            genesis_time=1_700_000_000,
        ).completed(held().public, range(4))
        folder.save(group, held())
        (folder.path / "groups" / "dist_key.private").write_bytes(data)
        outcome(folder.load, more)
        outcome(folder.load_next, more)


# -- the same files in every wrong place ------------------------------------------------------------------------------


def command(more: list[str | bytes], capsys: pytest.CaptureFixture[str], *arguments: object) -> int:
    code = main([str(argument) for argument in arguments])
    more += capsys.readouterr()
    return code


@pytest.mark.parametrize(
    "fault",
    ["as it is", "no quotes", "the secret alone", "the raw bytes", "the secret as a key", "JSON", "the field twice"],
)
def test_a_private_file_given_to_every_command(
    fault: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    needles = marked("key")[1]
    names = [
        f"drand_id.{end}" for end in ("private", "toml", "json", "jsonl", "csv", "parquet", "db", "sqlite", "ipynb")
    ]
    with watched(needles, fault) as more:
        for name in names:
            (tmp_path / name).write_bytes(key_files()[fault])
            assert command(more, capsys, "verify", name, "--chain", "quicknet") == 2
        dl.load_beacons("quicknet").head(2).write_csv("beacons.csv")
        for name in ("drand_id.private", "drand_id.json", "drand_id.toml"):
            assert command(more, capsys, "verify", "beacons.csv", "--chain", name) == 2
            assert command(more, capsys, "simulate", name) == 2
            assert command(more, capsys, "serve", name, "--port", "0") == 2
        assert command(more, capsys, "run", "drand_id.ipynb", "-o", "out.ipynb") == 2
        assert command(more, capsys, "run", "drand_id.private", "-o", "out.ipynb") == 2


# -- what a run leaves ------------------------------------------------------------------------------------------------


def secrets_of(machine: Any) -> Iterator[FieldElement]:
    """Every scalar that a machine of the DKG must keep to itself."""
    yield machine.config.longterm
    if machine.config.share is not None:
        yield machine.config.share.value
    if machine.polynomial is not None:
        yield from machine.polynomial.coefficients
    yield from machine.shares.values()


def all_of(needles: list[Needles]) -> Needles:
    """One search for many secrets."""
    together = Needles(b"")
    for one in needles:
        together.texts |= one.texts
        together.raws |= one.raws
    return together


def shown_of(value: Any) -> Iterator[str | bytes]:
    """What printing, a notebook and a pickle make of a value."""
    yield repr(value)
    yield str(value)
    for name in ("_repr_html_", "_repr_latex_", "_repr_markdown_"):
        if hasattr(value, name):
            yield str(getattr(value, name)())
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        for part in dataclasses.fields(value):
            yield repr(getattr(value, part.name, None))


SEED = random.Random("a marked seed").randbytes(16).hex()


@cache
def generated() -> tuple[Run, Needles]:
    # without a complaint: a justification makes the share public, which is what the protocol wants of it
    run = generate_key(4, 3, scheme=NAME, seed=SEED, backend="blst")
    found = [scalar for protocol in run.protocols.values() for scalar in secrets_of(protocol.machine)]
    found += [result.share.value for result in run.results.values()]
    found.append(recover([result.share for result in run.results.values()], 3))
    assert len(found) > 20
    return run, all_of([Needles(scalar.to_bytes()) for scalar in found] + [Needles(bytes.fromhex(SEED))])


@cache
def running() -> tuple[Network, Needles]:
    net = dl.Network(4, 3, scheme=NAME, seed=SEED, backend="blst").run(rounds=2)
    net.crash(1)
    net.run(rounds=1)
    net.restart(1)
    net.reshare(threshold=3, joining=1)
    net.run(rounds=12)
    found = [net.key_pair(host.name).secret for host in net.hosts]
    for host in net.hosts:
        found += [share.value for _, share in host.signer.shares]
        if host.signer.protocol is not None:
            found += secrets_of(host.signer.protocol.machine)
    assert len(found) > 40
    return net, all_of([Needles(scalar.to_bytes()) for scalar in found] + [Needles(bytes.fromhex(SEED))])


def test_a_key_generation() -> None:
    run, needles = generated()
    pieces: list[str | bytes] = [run.journal.to_jsonl(), pickle.dumps(run.journal), repr(run.journal.entries())]
    for value in (
        run,
        run.agreed,
        run.agreed.share,
        [run.agreed.share],
        *run.configs.values(),
        *run.protocols.values(),
        *(protocol.machine for protocol in run.protocols.values()),
        *(protocol.machine.polynomial for protocol in run.protocols.values()),
        *(protocol.machine.shares for protocol in run.protocols.values()),
        *run.blamed,
        *run.errors.values(),
        *fresh_nodes(run.group, range(2), SEED),
    ):
        pieces += shown_of(value)
    search(needles, iter(pieces), "a key generation")
    # the search finds what is there: a pickle of a share is the share
    assert needles.in_bytes(pickle.dumps(run.agreed.share))
    assert needles.in_text(f"{run.agreed.share.value.value:x}") and needles.in_text(str(run.agreed.share.value.value))


def test_a_network_and_all_that_is_in_it() -> None:
    net, needles = running()
    journal = net.journal
    pieces: list[str | bytes] = [journal.to_jsonl(), pickle.dumps(journal), repr(journal), repr(journal.entries())]
    pieces += [pickle.dumps(net.beacons), pickle.dumps(net.info), net.info.to_json()]
    for value in (net, net.info, net.beacons, summarize(journal), net.terms, net.world, Rewind(net), Timeline(journal)):
        pieces += shown_of(value)
    for host in net.hosts:
        pair = net.key_pair(host.name)
        held = [
            DistributedShare(share=share, public=net.node(0).group.public, scheme=net.scheme)
            for _, share in host.signer.shares[-1:]
        ]
        for value in (host, host.disk, host.signer, host.signer.shares, host.node, host.node.group, pair, *held):
            pieces += shown_of(value)
        if host.signer.protocol is not None:
            pieces += shown_of(host.signer.protocol)
    search(needles, iter(pieces), "a network")


def test_what_the_commands_print(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    needles = all_of([generated()[1], Needles(bytes.fromhex(SEED))])
    scenario = tmp_path / "one.toml"
    scenario.write_text(
        'name = "one"\nabout = "one network"\nrounds = 2\n[network]\nnodes = 3\nthreshold = 2\nperiod = 3\n'
        'scheme = "bls-unchained-g1-rfc9380"\n'
    )
    journal = tmp_path / "journal.jsonl"
    more: list[str | bytes] = []
    same = (
        "--nodes",
        4,
        "--threshold",
        3,
        "--scheme",
        NAME,
        "--seed",
        SEED,
        "--backend",
        "blst",
    )
    assert command(more, capsys, "dkg", *same, "--json") == 0
    assert command(more, capsys, "dkg", *same) == 0
    assert json.loads(more[0])["public_key"] == generated()[0].agreed.key.hex()
    for json_only in ((), ("--json",)):
        assert (
            command(more, capsys, "simulate", scenario, "--seed", SEED, "--rounds", 2, "--journal", journal, *json_only)
            == 0
        )
    more.append(journal.read_bytes())
    assert command(more, capsys, "doctor", "--json") in (0, 1)
    search(needles, iter(more), "what the commands print")


def test_what_widgets_and_charts_tell_the_page() -> None:
    run, needles = generated()
    net, more = running()
    needles = all_of([needles, more])
    pieces: list[str | bytes] = []
    for view in (StatusMatrixWidget(run), NetworkStageWidget(net), LamportWidget(net.journal), ChainStripWidget(net)):
        pieces += [json.dumps(view.get_state(), default=repr), repr(view), *shown_of(view)]
        pieces.append(json.dumps(view._repr_mimebundle_(), default=repr))
    search(needles, iter(pieces), "widgets")


# -- a set-up and a signer --------------------------------------------------------------------------------------------


def test_a_set_up_with_a_marked_secret_and_a_signer() -> None:
    phrase, needles = marked("set-up")
    everybody = all_of([needles, marked("key")[1], marked("share")[1]])
    rng = random.Random(1)
    other = KeyPair.of(5, "node1.example.org:80", scheme(NAME), version=1, backend="blst")
    pieces: list[str | bytes] = []
    leader = Coordinator(pair(), phrase, Terms(expected=2, threshold=2, period=3), rng)
    member = Participant(other, phrase, pair().identity)
    for machine in (leader, member):
        pieces += [*shown_of(machine), *map(repr, machine.start(NOW))]
    for proof in (phrase, phrase[:-1], phrase + b"0", phrase.upper(), b""):
        packet = SignalPacket(identity=other.identity, secret_proof=proof)
        pieces.append(repr(packet))
        outcome(lambda packet=packet: leader.signal(packet, NOW), pieces)
    for wrong in (phrase.hex(), None, int.from_bytes(phrase, "big"), b""):
        outcome(lambda wrong=wrong: Coordinator(pair(), wrong, Terms(expected=2, threshold=2, period=3), rng), pieces)
    signer = Signer(pair(), rng, shares=[(1, held().share)])
    for request in (
        SignPartial(0, b""),
        SignPartial(1 << 64, b""),
        AnswerPrivate(b""),
        AnswerPrivate(ecies.encrypt(pair().identity.key, b"no key", rng)),
        AnswerPrivate(ecies.encrypt(pair().identity.key, b"no key", rng)[:-1] + b"x"),
        Adopt(7),
    ):
        pieces += map(repr, signer.handle(request, NOW))
    for call in (
        lambda: pair().sign("text"),
        lambda: KeyPair(secret=pair().secret, identity=other.identity),
        lambda: KeyPair.of(marked("key")[0].hex(), "a:1", scheme(NAME), backend="blst"),
        lambda: KeyPair.of(marked("key")[0], "a:1", scheme(NAME), backend="blst"),
        lambda: pair().secret * suite("bn254", "glass").g1.generator,
        lambda: pair().secret + suite("bn254", "glass").field(1),
        lambda: recover([held().share, Share(index=0, value=pair().secret)], 2),
        lambda: recover([held().share, Share(index=1, value=pair().secret), Share(index=2, value=pair().secret)], 2),
        lambda: Polynomial(pair().secret.field, [marked("key")[0].hex()]),
        lambda: pair().secret.field.from_bytes(b"\xff" + marked("key")[0][1:]),
        lambda: pair().secret.field.from_bytes(marked("key")[0] + b"0"),
        lambda: split(int.from_bytes(marked("key")[0], "big"), threshold=2, n=3, rng=rng),
        lambda: Polynomial.interpolate(pair().secret.field, [(1, int.from_bytes(marked("key")[0], "big"), 3)]),
        lambda: pickle.dumps(signer),
    ):
        outcome(call, pieces)
    search(everybody, iter(pieces), "a set-up and a signer")


# -- a collator of a bridge --------------------------------------------------------------------------------------------


def test_a_collator_and_its_keys() -> None:
    from collator_loop import Loop

    from drandlab.crypto.sr25519 import Sr25519Key
    from drandlab.idn.collator.collator import Collator
    from drandlab.idn.collator.collator_keys import CollatorKeys

    seeds = [random.Random(f"collator {name}").randbytes(32) for name in ("seal", "vote")]
    key = Sr25519Key.from_seed(seeds[0])
    keys = CollatorKeys(key, seeds[1])
    scalar = key.scalar.to_bytes(32, "big")
    needles = all_of([Needles(one) for one in (*seeds, key.nonce, scalar, scalar[::-1])])
    pieces: list[str | bytes] = []
    loop = Loop(2)
    loop.rules.authorities = (key.public, loop.rules.authorities[1])
    one = Collator(0, keys, loop.rules, random.Random(1))
    effects = [*one.start(loop.now), *one.connected(loop.now), *one.subscribed(loop.now)]
    effects += [effect for second in range(1, 30) for effect in one.tick(loop.now + second)]
    effects += one.receive(1, "vote", seeds[0] + seeds[1], loop.now)
    pieces += map(repr, effects)
    for value in (key, [key], keys, one, one.finality, one.kept(), one.pool, one.tree.best):
        pieces += [repr(value), str(value)]
    for call in (
        lambda: pickle.dumps(keys),
        lambda: pickle.dumps(one),
        lambda: Sr25519Key.from_seed(seeds[0][1:]),
        lambda: Sr25519Key.from_seed(seeds[0].hex()),
        lambda: CollatorKeys(key, seeds[1][1:]),
        lambda: key.sign("text", random.Random(1)),
        lambda: Collator(1, keys, loop.rules, random.Random(1)),
    ):
        outcome(call, pieces)
    assert len(pieces) > 30
    search(needles, iter(pieces), "a collator")
    # a key is a value that may be passed on, and a pickle of it is the secret
    assert needles.in_bytes(pickle.dumps(key))


# -- a served network -------------------------------------------------------------------------------------------------

ARGUMENTS = {"nodes": 3, "threshold": 2, "period": 3, "scheme": "bls-unchained-g1-rfc9380", "seed": SEED}


def served_secrets(served: ServedNetwork) -> Needles:
    net = served.net
    found = [net.key_pair(host.name).secret for host in net.hosts]
    found += [share.value for host in net.hosts for _, share in host.signer.shares]
    assert len(found) >= 6
    return all_of([Needles(scalar.to_bytes()) for scalar in found] + [Needles(bytes.fromhex(SEED))])


async def asked(app: Any, *paths: str) -> list[str | bytes]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://relay") as client:
        answers = [await client.get(path) for path in paths]
    return [piece for answer in answers for piece in (answer.content, str(answer.headers))]


def test_a_served_network(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    state = tmp_path / "net"
    served = ServedNetwork(state, ARGUMENTS, now=NOW, past=3, backend="blst", note=print)
    needles = served_secrets(served)
    pieces: list[str | bytes] = [served.net.journal.to_jsonl(), pickle.dumps(served.net.journal)]
    pieces += [*shown_of(served), *shown_of(served.net), *shown_of(served.store)]
    app = relay_app([LiveChain(served.store, now=lambda: NOW)])
    name = served.info.chain_hash.hex()
    paths = ["/", "/health", "/chains", "/info", f"/{name}/info", "/public/latest", "/public/1", "/public/99999999"]
    paths += ["/v2/chains", f"/v2/chains/{name}/info", f"/v2/chains/{name}/rounds/latest", "/openapi.json", "/nothing"]
    pieces += asyncio.run(asked(app, *paths))
    served.close()
    pieces += [
        path.read_bytes() for path in state.rglob("*") if path.is_file() and path.suffix in (".sqlite", ".public")
    ]
    pieces += [path.read_bytes() for path in state.rglob("drand_group.toml")]
    search(needles, iter(pieces), "a served network")

    # the files that hold secrets, with faults
    network = state / "network.json"
    text = network.read_text()
    assert SEED in text
    number = int(SEED, 16)
    wrong = {
        "no JSON": text.replace('"seed":', "seed:"),
        "cut": text[: text.index(SEED) + 20],
        "a comma more": text.replace(f'"{SEED}"', f'"{SEED}",'),
        "twice": text.replace('"seed"', f'"{SEED}": 1, "{SEED}": 2, "seed"'),
        "as a field": text.replace('"seed"', f'"{SEED}": 1, "seed"'),
        "a number": text.replace(f'"{SEED}"', f"{number}"),
        "a float": text.replace(f'"{SEED}"', f"{number}.5"),
        "a list": text.replace(f'"{SEED}"', f'["{SEED}"]'),
        "another seed": text.replace(SEED, SEED[::-1]),
        "as scheme": text.replace("bls-unchained-g1-rfc9380", SEED),
        "as period": text.replace('"period": 3', f'"period": {number}'),
        "as period, a text": text.replace('"period": 3', f'"period": "{SEED}"'),
        "as threshold": text.replace('"threshold": 2', f'"threshold": "{SEED}"'),
        "as nodes": text.replace('"nodes": 3', f'"nodes": {number}'),
    }
    for where, content in {name: one.encode() for name, one in wrong.items()}.items() | {
        ("UTF-16", text.encode("utf-16")),
        ("no UTF-8", text.encode().replace(SEED.encode(), SEED[:8].encode() + b"\xe9" + SEED[8:].encode())),
    }:
        network.write_bytes(content)
        network.chmod(0o600)
        with watched(needles, where) as more:
            outcome(lambda: ServedNetwork(state, {}, now=NOW + 9, backend="blst", note=print).close(), more)
        more += capsys.readouterr()
        search(needles, iter(more), where)
    network.write_text(text)
    with watched(needles, "another seed is asked for") as more:
        outcome(lambda: ServedNetwork(state, {"seed": "7"}, now=NOW + 9, backend="blst", note=print).close(), more)
    assert any("seed" in str(piece) for piece in more)

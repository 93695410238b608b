"""No digit of a secret leaves: marked secrets are planted, everything is run, and all that comes out is searched.

A secret is looked for as hexadecimal of both cases, as decimal digits, as base64, and as raw bytes, each from either
end: any eight of its digits in a row are a find.
"""

from __future__ import annotations

import base64
import contextlib
import copy
import io
import json
import logging
import pickle
import random
import traceback
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import drandlab as dl
from drandlab.algebra.polynomial import Polynomial
from drandlab.algebra.shamir import Share, shares_of
from drandlab.beacon.group import Group
from drandlab.beacon.identity import KeyPair
from drandlab.beacon.toml_files import (
    DistributedShare,
    identity_to_toml,
    key_pair_from_toml,
    secret_to_toml,
    share_from_toml,
    share_to_toml,
)
from drandlab.cli import main
from drandlab.crypto import BLS, PublicPolynomial, ecies, scheme
from drandlab.crypto.schemes import SCHEMES
from drandlab.errors import DrandlabError
from drandlab.remote.node_folder import NodeFolder

NAME = "pedersen-bls-unchained"
DIGITS = 8


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
        lower = text.lower()
        return {needle for needle in self.texts if needle in text or needle in lower}

    def in_bytes(self, data: bytes) -> set[str]:
        """Return what of the secret stands in the bytes, raw or as text."""
        return {raw.hex() for raw in self.raws if raw in data} | self.in_text(data.decode("latin-1"))


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
    except DrandlabError as error:
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

"""Every code stands in a table with its meaning, and every code of a table is given somewhere."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

import drandlab
from drandlab.beacon.machines.effects import CHAIN_CODES
from drandlab.dkg.effects import DKG_CODES
from drandlab.errors import CODES, DrandlabError, FormatError, LocalError, PeerError, RelayError, VerificationError
from drandlab.gossip.effects import GOSSIP_CODES
from drandlab.idn.channels.channel import CHANNEL_CODES
from drandlab.idn.collator.collator_effects import COLLATOR_CODES
from drandlab.idn.consumers.consumer_hooks import CONSUMER_CODES
from drandlab.idn.contracts.running.gas_meter import CONTRACT_CODES
from drandlab.idn.proofs.light_client import LIGHT_CLIENT_CODES
from drandlab.idn.proofs.round_proof import PROOF_CODES
from drandlab.idn.runtime.failures import RUNTIME_CODES
from drandlab.idn.state import TRIE_CODES
from drandlab.idn.xcm_execution.xcm_errors import EXECUTION_CODES
from drandlab.node.setup.setup_packets import SETUP_CODES
from drandlab.node.signer import SIGNER_CODES
from drandlab.node.split.link_frames import SPLIT_CODES
from drandlab.simulation.orbit_entries import PASS_CODES
from drandlab.timelock.reasons import TIMELOCK_CODES
from drandlab.wire.scale import SCALE_CODES

PACKAGE = Path(drandlab.__file__).parent

TABLES: dict[str, Mapping[str, str]] = {
    "attacks/keys/two_phase_dkg.py": DKG_CODES,
    "beacon/machines/": CHAIN_CODES,
    "dkg/": DKG_CODES,
    "gossip/": GOSSIP_CODES,
    "node/generation.py": DKG_CODES,
    "node/setup/": SETUP_CODES,
    "node/node.py": SETUP_CODES,
    "node/signer.py": SIGNER_CODES,
    "node/own_clock.py": SIGNER_CODES,
    "node/split/": SPLIT_CODES,
    "idn/channels/": CHANNEL_CODES,
    "idn/collator/": COLLATOR_CODES,
    "simulation/world/passes.py": PASS_CODES,
    "timelock/": TIMELOCK_CODES,
    "wire/scale/": SCALE_CODES,
    "idn/xcm/": SCALE_CODES,
    "idn/proofs/": {**PROOF_CODES, **LIGHT_CLIENT_CODES},
    "idn/state/": TRIE_CODES,
    "idn/consumers/": CONSUMER_CODES,
    "idn/contracts/": CONTRACT_CODES,
    "idn/runtime/": RUNTIME_CODES,
    "idn/pallets/": RUNTIME_CODES,
    "idn/xcm_execution/": EXECUTION_CODES,
}
"""The tables of the machines, by where their codes are given."""

PLACE = {
    # who is called: which of its arguments is the code
    "DecodeError": 0, "AppendRefused": 0, "NoKey": 0, "_hang_up": 0, "Discarded": 0, "_leave_out": 0,
    "Refused": 1, "RequestFailed": 1, "Dropped": 1, "Refusal": 1, "GivenUp": 1, "_refuse": 1, "_end": 1,
    "_evict_dealer": 1, "_evict_holder": 1, "CloseStream": 2, "refuse": 2,
}  # fmt: skip

SQLITE = {"closed", "in-use", "failed", "damaged"}
"""Codes that `drandlab.remote.sqlite_file` gives by the name of the trouble."""


def codes_of(source: str) -> Iterator[str]:
    """The codes that a module gives."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=args, keywords=keywords):
                given = [keyword.value for keyword in keywords if keyword.arg == "code"]
                given += args[PLACE[name] : PLACE[name] + 1] if name in PLACE else []
                held = [n.value for one in given for n in ast.walk(one) if isinstance(n, ast.Constant)]
                yield from (value for value in held if value and isinstance(value, str))
            case ast.Assign(
                targets=[ast.Name(id="CODE" | "EQUIVOCATION" | "ENDS_EARLY")], value=ast.Constant(value=code)
            ):
                yield code
            case ast.AnnAssign(target=ast.Name(id="CODE"), value=ast.Constant(value=code)):
                yield code


def given() -> dict[str, set[str]]:
    """The codes by the file that gives them."""
    files = {path.relative_to(PACKAGE).as_posix(): path for path in sorted(PACKAGE.rglob("*.py"))}
    found = {name: set(codes_of(path.read_text(encoding="utf-8"))) for name, path in files.items()}
    return {name: codes for name, codes in found.items() if codes and name != "remote/answer/grpc_server.py"}


def test_every_code_that_is_given_stands_in_a_table() -> None:
    strangers = {}
    for name, codes in given().items():
        own = next((table for place, table in TABLES.items() if name.startswith(place)), {})
        if unknown := codes - own.keys() - CODES.keys():
            strangers[name] = unknown
    assert not strangers


def test_every_code_of_a_table_is_given() -> None:
    found = given()
    for table in {id(table): table for table in TABLES.values()}.values():
        places = tuple(place for place, one in TABLES.items() if one is table)
        here = set().union(*(codes for name, codes in found.items() if name.startswith(places)))
        assert not table.keys() - here
    assert not CODES.keys() - set().union(*found.values(), SQLITE)


@pytest.mark.parametrize("table", [CODES, *{id(table): table for table in TABLES.values()}.values()])
def test_a_code_is_a_short_word_with_a_meaning(table: Mapping[str, str]) -> None:
    for code, meaning in table.items():
        assert re.fullmatch(r"[a-z]+[0-9]*(-[a-z]+)*", code) and len(code) <= 20
        assert " " in meaning and meaning[0].islower() and not meaning.endswith(".")


def test_an_error_has_the_code_of_its_class_or_the_one_it_was_given() -> None:
    assert LocalError("no such node").code == "local" and LocalError("no share", code="no-share").code == "no-share"
    assert VerificationError("it is false").code == "invalid"
    assert RelayError("it is silent", relay="a").why == "it is silent"
    assert PeerError("it dealt twice", index=1, evicted="dealer", code="dealt-twice").why == "it dealt twice"
    assert FormatError("no number", code="range").at(source="f", line=3).code == "range"


def test_an_error_about_an_argument_can_be_told_of_another_one() -> None:
    error = LocalError("must be above 0", argument="mean", code="range").inside("latency").inside("links", "pair", 2)
    assert str(error) == "links pair 2 latency mean: must be above 0" and error.within == (
        "links",
        "pair",
        2,
        "latency",
    )
    again = error.about("spread")
    assert (again.argument, again.rule, again.code) == ("spread", "must be above 0", "range")
    assert type(again) is LocalError and again.within == error.within
    assert str(LocalError("no node is here").inside("event", 1)) == "event 1: no node is here"


def test_every_class_of_errors_has_a_code() -> None:
    def below(kind: type[DrandlabError]) -> Iterator[type[DrandlabError]]:
        yield kind
        for child in kind.__subclasses__():
            yield from below(child)

    known = {code for table in (CODES, *TABLES.values()) for code in table}
    for kind in below(DrandlabError):
        assert not kind.__module__.startswith("drandlab") or kind.CODE in known, kind

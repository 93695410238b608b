"""The types of npm's ``@polkadot/api`` with the metadata of Asset Hub read our messages, and write what we read."""

from __future__ import annotations

import json
import random
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from random_xcm import random_message, random_value

from drandlab.idn import xcm
from drandlab.idn.xcm.delivery_message import contract_message, delivery_message, on_the_wire
from drandlab.idn.xcm.instruction_codecs import MESSAGES

VERSIONED = "xcm::VersionedXcm"


class PolkadotTypes:
    """The program ``polkadot_types/read.mjs``, which answers a line with a line."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.hello = self._line()

    def _line(self) -> Any:
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline())

    def ask(self, **question: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = self._line()
        return answer


@pytest.fixture(scope="module")
def types(installed: Callable[[str, str], list[Path]]) -> Iterator[PolkadotTypes]:
    program = [str(part) for part in installed("polkadot_types", "read.mjs")]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield PolkadotTypes(process)
        finally:
            process.kill()


def their_form(plain: Any, version: int) -> Any:
    """Our JSON as the peer tells it: numbers as text; in version 3, a path of one junction is that junction."""
    if isinstance(plain, dict):
        if version == 3 and isinstance(plain.get("X1"), list):
            return {"X1": their_form(plain["X1"][0], version)}
        return {name: their_form(value, version) for name, value in plain.items()}
    if isinstance(plain, list):
        return [their_form(value, version) for value in plain]
    return str(plain) if type(plain) is int else plain


def agree(types: PolkadotTypes, message: xcm.VersionedXcm) -> None:
    """They decode the message to our fields, and write the fields as our bytes, which we decode to the message."""
    told = their_form(message.to_json(), message.version)
    read = types.ask(type=VERSIONED, bytes=f"0x{message.to_scale().hex()}")
    assert read == {"fields": told, "bytes": f"0x{message.to_scale().hex()}"}
    written = types.ask(type=VERSIONED, fields=told)
    assert written.get("bytes") == f"0x{message.to_scale().hex()}", written
    assert xcm.decode(bytes.fromhex(written["bytes"][2:])) == message


def test_the_published_messages_are_read_alike(types: PolkadotTypes, request: pytest.FixtureRequest) -> None:
    facts = request.getfixturevalue("vectors")("idn")
    for data in (
        facts["xcm_delivery"]["pallet_versioned_xcm"],
        facts["xcm_delivery"]["wire_versioned_xcm_with_placeholder_topic"],
        facts["xcm_create_subscription"]["pallet_versioned_xcm"],
    ):
        agree(types, xcm.decode(bytes.fromhex(data)))


def test_our_messages_are_read_alike(types: PolkadotTypes) -> None:
    alice = bytes(range(32))
    message = delivery_message(bytes(98), fee=10**12, subscriber=alice)
    agree(types, xcm.VersionedXcm(5, message))
    agree(types, xcm.VersionedXcm(5, on_the_wire(message, alice, bytes(32))))
    agree(types, contract_message(bytes(98), fee=10**12, subscriber=alice, origin_kind=xcm.OriginKind.Native))
    target = types.ask(type="xcm::VersionedLocation", bytes="0x05010100c947")
    assert target["fields"] == {"V5": their_form(xcm.location_to_json(xcm.sibling(4594)), 5)}


@pytest.mark.parametrize("version", [3, 4, 5])
def test_every_instruction_and_random_messages_are_read_alike(types: PolkadotTypes, version: int) -> None:
    rng = random.Random(version)
    for codec in MESSAGES[version].item.variants.values():  # type: ignore[attr-defined]
        for _ in range(2):
            agree(types, xcm.VersionedXcm(version, (random_value(rng, codec),)))
    for _ in range(60):
        agree(types, random_message(rng, version))

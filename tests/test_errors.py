"""Every error of the package survives pickling and copying, with its fields."""

from __future__ import annotations

import copy
import inspect
import multiprocessing
import pickle
import pkgutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from typing import Any

import pytest

import drandlab
from drandlab.errors import DecodeError, DrandlabError, FormatError, PeerError, UnknownNetwork, VerificationError
from drandlab.idn.runtime.failures import DispatchError
from drandlab.idn.runtime.weights import Weight
from drandlab.remote.answer.grpc_server import GrpcRefusal
from drandlab.remote.keep.chain_check import UnreadableStore
from drandlab.teach.claims import ClaimError
from drandlab.wire.scale import Variant

WAYS = {"pickle": lambda error: pickle.loads(pickle.dumps(error)), "copy": copy.copy, "deepcopy": copy.deepcopy}

VALUES: dict[str, Any] = {
    "str": "why it was refused",
    "str | None": "relay.example",
    "int": 3,
    "int | None": 7,
    "bool": True,
    "Seconds": 1.5,
    "Seconds | None": 1.5,
    "tuple[str | int, ...]": ("event", 3),
    "DispatchError": DispatchError("StartExpired", 41, 5),
    "bytes": b"\0\1",
    "Variant": Variant("Trap", 7),
    "Weight | None": Weight(7, 1),
    "object": {"packet": [b"\x01", 2]},
}
"""What the constructor of an error may ask for, by annotation."""


def family() -> list[type[DrandlabError]]:
    for module in pkgutil.walk_packages(drandlab.__path__, "drandlab."):
        if not module.name.endswith("__main__"):
            import_module(module.name)

    def below(kind: type[DrandlabError]) -> Iterator[type[DrandlabError]]:
        yield kind
        for child in kind.__subclasses__():
            yield from below(child)

    found = {kind: None for kind in below(DrandlabError) if kind.__module__.startswith("drandlab")}
    return list(found)


def made(kind: type[DrandlabError]) -> DrandlabError:
    """An error of this kind, every argument of its constructor given."""
    if kind.__init__ is DrandlabError.__init__:
        return kind("why it was refused", code="early")
    parameters = list(inspect.signature(kind.__init__).parameters.values())[1:]
    values = {p.name: VALUES[p.annotation] for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}
    return kind(**values) if values else kind("why it was refused")


@pytest.mark.parametrize("way", WAYS)
def test_every_error_of_the_package_comes_back_with_its_fields(way: str) -> None:
    kinds = family()
    assert len(kinds) > 25
    for kind in kinds:
        error = made(kind)
        again = WAYS[way](error)
        assert type(again) is kind
        assert str(again) == str(error) and again.args == error.args
        assert vars(again) == vars(error)


@pytest.mark.parametrize("way", WAYS)
def test_notes_and_a_cause_of_the_family_come_along(way: str) -> None:
    with pytest.raises(VerificationError) as caught:
        try:
            raise DecodeError("length", "G1 point: expected 48 bytes, got 47")
        except DecodeError as cause:
            error = VerificationError("signature: too short", round=5)
            error.add_note("from node 3")
            raise error from cause
    again = WAYS[way](caught.value)
    assert again.__notes__ == ["from node 3"] and again.round == 5
    assert isinstance(again.__cause__, DecodeError) and again.__cause__.code == "length"


@pytest.mark.parametrize("way", WAYS)
def test_errors_of_no_family_and_of_two_fields_come_back_with_their_notes(way: str) -> None:
    for error in (ClaimError("1 is 2", ("came: 1",)), GrpcRefusal("NOT_FOUND", "no"), UnreadableStore("node1", "no")):
        error.add_note("while this was tried")
        again = WAYS[way](error)
        assert type(again) is type(error) and again.args == error.args and vars(again) == vars(error)


def test_the_cause_of_another_family_stays_behind() -> None:
    # it may hold the whole text that it stumbled over, as json's and tomllib's do
    error = FormatError("not JSON", source="drand_id.private")
    error.__cause__ = ValueError("Key = deadbeef")
    assert b"deadbeef" not in pickle.dumps(error)


class Sealed:
    """What can be pickled, and not unpickled again."""

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return int, ("no number",)


@pytest.mark.parametrize("evidence", [threading.Lock(), Sealed(), [lambda: None]], ids=["lock", "sealed", "list"])
def test_evidence_that_cannot_be_pickled_arrives_as_a_text(evidence: object) -> None:
    error = PeerError("sent two deals", index=3, evidence=evidence)
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.index) == (str(error), 3)
    assert again.evidence == f"<a {type(evidence).__name__}, which cannot be pickled>"
    assert copy.copy(error).evidence is evidence


def test_evidence_that_cannot_be_copied_is_shared() -> None:
    lock = threading.Lock()
    assert copy.deepcopy(PeerError("sent two deals", index=3, evidence=[lock])).evidence[0] is lock


def test_copies_do_not_share_what_can_change() -> None:
    error = PeerError("sent two deals", index=3, evidence=["a deal"])
    assert copy.deepcopy(error).evidence is not error.evidence
    twin = copy.copy(error)
    twin.index = 4
    assert error.index == 3


def test_an_error_of_a_user_who_asks_for_more_arguments() -> None:
    error = Foreign(1, 2, colour="red")
    again = pickle.loads(pickle.dumps(error))
    assert (again.pair, again.colour, str(again)) == ((1, 2), "red", "1, 2")


class Foreign(DrandlabError):
    def __init__(self, a: int, b: int, *, colour: str) -> None:
        self.pair, self.colour = (a, b), colour
        super().__init__(f"{a}, {b}")


def misbehave(index: int) -> None:
    raise PeerError("sent two deals", index=index, evidence=threading.Lock() if index else ("a deal", "another"))


def unknown(name: str) -> None:
    raise UnknownNetwork(f"no network {name!r}")


def test_an_error_raised_in_another_process_arrives_as_itself() -> None:
    # Before, one pool waited for ever and the other called itself broken.
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        for index, evidence in ((0, ("a deal", "another")), (3, "<a lock, which cannot be pickled>")):
            with pytest.raises(PeerError) as caught:
                pool.apply_async(misbehave, [index]).get(timeout=60)
            assert caught.value.index == index and caught.value.evidence == evidence
    with ProcessPoolExecutor(1, mp_context=context) as executor:
        failed = executor.submit(unknown, "quick").exception(timeout=60)
    assert isinstance(failed, UnknownNetwork) and str(failed) == "no network 'quick'"

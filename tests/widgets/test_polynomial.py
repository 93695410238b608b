"""The Python side of the polynomial widget: what it accepts, what it computes, what it leaves in a saved file."""

from __future__ import annotations

from random import Random
from typing import Any
from xml.etree import ElementTree

import pytest
import traitlets
from hypothesis import given
from hypothesis import strategies as st

from drandlab.algebra.field import PrimeField
from drandlab.algebra.lagrange import interpolate
from drandlab.errors import LocalError
from drandlab.widgets import PolynomialWidget
from helpers import ON_SEVEN


@given(st.sampled_from([5, 31, 61]), st.integers(1, 4), st.integers(0, 2**32))
def test_a_dealt_secret_appears_with_the_last_share_and_never_before(prime: int, threshold: int, seed: int) -> None:
    secret = seed % prime
    view = PolynomialWidget(prime=prime, threshold=threshold, secret=secret, seed=seed)
    assert len(view.shares) == threshold - 1
    assert view.secret is None
    view.shares = view.dealt[:threshold]
    assert view.secret == secret
    assert interpolate(PrimeField(prime), view.shares) == secret


def test_the_secret_follows_shares_and_threshold() -> None:
    view = PolynomialWidget(ON_SEVEN, threshold=3)
    assert view.secret == 7
    view.shares = [*ON_SEVEN[:3], (4, 7)]
    assert view.secret is None  # four shares that contradict each other
    view.threshold = 4
    assert view.secret is not None
    view.threshold = 5
    assert view.secret is None


def test_the_real_plane_has_its_own_shares_and_secret() -> None:
    view = PolynomialWidget([(1, 2), (9, 3)], prime=11, threshold=2, points=[(1, 2), (2, 3.5)])
    assert view.real_secret == pytest.approx(0.5)
    assert view.secret == interpolate(PrimeField(11), [(1, 2), (9, 3)])


def test_points_start_from_the_shares_wherever_these_stand() -> None:
    assert PolynomialWidget(ON_SEVEN[:2]).points == ((1, 15), (2, 2))
    assert PolynomialWidget([(20, 4), (30, 9)]).points == ((1, 4), (2, 9))


def test_the_same_seed_deals_the_same_shares() -> None:
    assert PolynomialWidget(seed=5).dealt == PolynomialWidget(seed=5).dealt
    assert PolynomialWidget(seed=5).dealt != PolynomialWidget(seed=6).dealt


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"prime": 33}, "modulus: must be prime, got 33"),
        ({"prime": 1009}, "prime: must be a prime from 3 to 257"),
        ({"prime": "31"}, "prime: must be a prime from 3 to 257"),
        ({"threshold": 0}, "threshold: expected a whole number of at least 1, got 0"),
        ({"threshold": 9}, "threshold: must be at most 8"),
        ({"prime": 3, "threshold": 3}, "threshold: must be at most 2"),
        ({"shares": [(0, 5)]}, "share 1: x = 0 is the place of the secret itself"),
        ({"shares": [(1, 5), (1, 6)]}, "share 2: an earlier share has x = 1 too"),
        ({"shares": [(31, 5)]}, "share 1: x = 31 is outside 1 to 30"),
        ({"shares": [(1, 31)]}, "share 1: y = 31 is outside 0 to 30"),
        ({"shares": [(1, -1)]}, "share 1: y = -1 is outside"),
        ({"shares": [(1.0, 2)]}, "share 1: must be two integers"),
        ({"shares": [(True, 2)]}, "share 1: must be two integers"),
        ({"shares": [3]}, "share 1: must be a pair"),
        ({"shares": [(1, 2, 3)]}, "share 1: must be a pair"),
        ({"shares": 5}, "shares: must be a sequence of pairs"),
        ({"shares": [(1, 2)], "secret": 3}, "not both"),
        ({"secret": 31}, "secret: expected a whole number from 0 to 30, got 31"),
        ({"seed": None}, "seed: expected a whole number, got None"),
        ({"points": [(0, 1)]}, "share 1: x = 0 is the place"),
        ({"points": [(9, 1)]}, "x must be an integer from 1 to 8, got x = 9"),
        ({"points": [(1.5, 1)]}, "x must be an integer from 1 to 8, got x = 1.5"),
        ({"points": [(1, 500)]}, "y must be from -15 to 46, got y = 500"),
        ({"points": [(1, float("nan"))]}, "must be a finite number, got nan"),
        ({"mode": "complex"}, "mode: expected one of field, reals, both, got 'complex'"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(arguments: dict[str, Any], sentence: str) -> None:
    with pytest.raises(LocalError, match=sentence):
        PolynomialWidget(**arguments)


@pytest.mark.parametrize(
    ("trait", "value"), [("shares", [(0, 1)]), ("points", [(1, 99)]), ("threshold", 0), ("mode", "x")]
)
def test_a_refused_assignment_changes_nothing(trait: str, value: Any) -> None:
    view = PolynomialWidget(ON_SEVEN)
    before = getattr(view, trait)
    with pytest.raises(LocalError):
        setattr(view, trait, value)
    assert getattr(view, trait) == before
    assert view.secret == 7


def test_what_only_python_may_say_is_read_only() -> None:
    view = PolynomialWidget(ON_SEVEN)
    for trait, value in {"prime": 37, "secret": 1, "dealt": ()}.items():
        with pytest.raises(traitlets.TraitError, match="read-only"):
            setattr(view, trait, value)


def test_a_page_that_sends_nonsense_gets_the_truth_back(monkeypatch: pytest.MonkeyPatch) -> None:
    view = PolynomialWidget(ON_SEVEN)
    sent: list[Any] = []
    monkeypatch.setattr(view, "send_state", lambda key=None: sent.append(key))
    view.set_state({"shares": [[0, 7], [1, 15]]})
    assert view.shares == tuple(ON_SEVEN)
    assert ["shares"] in sent
    view.set_state({"shares": [[1, 15], [2, 2], [3, 30]]})
    assert view.shares == tuple(ON_SEVEN[:3])


@pytest.mark.parametrize("mode", ["field", "reals", "both"])
def test_the_saved_cell_holds_a_sentence_and_a_picture(mode: str) -> None:
    data, _ = PolynomialWidget(ON_SEVEN[:2], mode=mode)._repr_mimebundle_()
    again, _ = PolynomialWidget(ON_SEVEN[:2], mode=mode)._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    for kind in ("image/svg+xml", "text/plain"):
        assert data[kind] == again[kind]
    assert "2 shares: (1, 15), (2, 2)" in data["text/plain"]
    picture = ElementTree.fromstring(data["image/svg+xml"])
    planes = picture.iter("{http://www.w3.org/2000/svg}desc")
    assert " ".join(plane.text or "" for plane in planes) == data["text/plain"] == picture.get("aria-label")
    assert picture.get("role") == "img"
    assert len(data["image/svg+xml"]) < 60_000


def test_the_name_is_the_same_in_every_run() -> None:
    assert repr(PolynomialWidget(ON_SEVEN[:2])) == "PolynomialWidget(prime=31, threshold=3, shares=2, secret=unknown)"


def test_field_elements_are_shares_too() -> None:
    F = PrimeField(31)
    assert PolynomialWidget([(F(x), F(y)) for x, y in ON_SEVEN]).secret == 7


def test_large_seeds_deal_valid_shares() -> None:
    for prime in (3, 257):
        view = PolynomialWidget(prime=prime, threshold=2, seed=Random(1).getrandbits(64))
        assert {x for x, _ in view.dealt} <= set(range(1, prime))

"""The page that the tests of a module share: clean for each of them, and nothing that goes wrong in it is lost."""

from __future__ import annotations

from typing import Any

import pytest

from drandlab.widgets import PolynomialWidget
from helpers import TRAITS, Mount

STATE = """() => [
  ["left", "model", "cleanup"].filter((name) => name in window),
  document.querySelectorAll("body *").length,
  matchMedia("(prefers-color-scheme: dark)").matches,
  matchMedia("(prefers-reduced-motion: reduce)").matches,
  [innerWidth, innerHeight],
]"""


def test_a_page_is_clean_for_the_next_test(room: Any, mount: Mount) -> None:
    tab = mount(PolynomialWidget(), TRAITS["PolynomialWidget"])
    tab.evaluate("window.left = setInterval(() => (window.left = 'still here'), 1)")
    tab.emulate_media(color_scheme="dark", reduced_motion="reduce")
    tab.set_viewport_size({"width": 360, "height": 500})
    names, elements, *look = tab.evaluate(STATE)
    assert names == ["left", "model", "cleanup"] and elements > 40
    assert look == [True, True, [360, 500]]
    room.leave()
    assert room.page() is tab
    assert tab.evaluate(STATE) == [[], 0, False, False, [1200, 900]]


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ("fetch('http://192.0.2.1/x').catch(() => {})", "outside request: http://192.0.2.1/x"),
        ("fetch('https://example.org/').catch(() => {})", "outside request: https://example.org/"),
        ("console.error('that went wrong')", "that went wrong"),
        ("new Promise((done) => setTimeout(() => { done(); throw new Error('nobody caught this') }))", "nobody caught"),
    ],
)
def test_what_goes_wrong_in_a_page_fails_its_test_and_no_other(room: Any, script: str, sentence: str) -> None:
    room.page().evaluate(script)
    with pytest.raises(AssertionError, match=sentence):
        room.leave()
    room.leave()

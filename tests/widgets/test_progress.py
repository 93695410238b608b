"""The bar as a `progress=` callback, and what a saved notebook holds of it. (In a page: the browser test.)"""

import pytest

from drandlab.errors import LocalError
from drandlab.widgets.progress import ProgressBar


def test_it_moves_when_called():
    bar = ProgressBar("verify")
    bar(10, 100)
    assert (bar.done, bar.total) == (10, 100)
    bar(100, 100)
    assert repr(bar) == "ProgressBar('verify', 100 of 100)"
    assert bar.describe() == "Progress bar, verify: 100 of 100 done."


def test_few_messages_for_many_calls(monkeypatch):
    bar, sent = ProgressBar("verify"), []
    monkeypatch.setattr(bar, "send_state", lambda key=None: sent.append(key))
    for done in range(1, 100_001):
        bar(done, 100_000)
    assert bar.done == 100_000
    assert 100 < len(sent) < 500


def test_an_unknown_total():
    bar = ProgressBar("watch <the> chain")
    bar(3, None)
    assert bar.describe() == "Progress bar, watch <the> chain: 3 done."
    assert "&lt;the&gt;" in bar.picture()


def test_the_saved_file_has_a_sentence_and_a_picture():
    data, _ = ProgressBar("verify the beacons")._repr_mimebundle_()
    assert data["text/plain"] == "Progress bar, verify the beacons: 0 done."
    assert data["image/svg+xml"].startswith("<svg")


@pytest.mark.parametrize("label", ["", "  ", None])
def test_a_bar_without_a_label_is_refused(label):
    with pytest.raises(LocalError, match="label"):
        ProgressBar(label)

from __future__ import annotations

from drandlab.analysis.report import BatchReport


def report(invalid=(), **fields):
    return BatchReport(chain="quicknet", checked=50, invalid=list(invalid), seconds=1.5, **fields)


def test_a_report_is_true_where_all_is_valid():
    assert report().ok and report()
    assert not report([(3, "bad")]).ok and not report([(3, "bad")])


def test_the_json_form_has_the_fields_of_the_command():
    assert report([(3, "bad")]).to_dict() == {
        "chain": "quicknet",
        "checked": 50,
        "invalid": [{"round": 3, "reason": "bad"}],
        "seconds": 1.5,
        "repeated": 0,
    }
    assert report(hint="of fastnet").to_dict()["hint"] == "of fastnet"


def test_what_a_notebook_shows_does_not_depend_on_the_time():
    slower = BatchReport(chain="quicknet", checked=50, invalid=[], seconds=99.0)
    assert slower == report()
    assert repr(slower) == repr(report()) == "<BatchReport quicknet: 50 beacons, all valid>"
    assert slower._repr_html_() == report()._repr_html_()


def test_the_repr_names_the_first_bad_rounds():
    many = report([(round, "bad") for round in (9, 4, 7, 1)])
    assert repr(many) == "<BatchReport quicknet: 50 beacons, 4 invalid: rounds 9, 4, 7, …>"


def test_the_html_lists_the_reasons_escaped_and_not_without_end():
    html = report([(round, "a < b & c") for round in range(30)], hint="<b>")._repr_html_()
    assert html.count("<tr><td>") == 20
    assert "a &lt; b &amp; c" in html and "&lt;b&gt;" in html and "and 10 more" in html

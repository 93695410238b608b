"""The map of satellites in a real browser: time, passes by mouse and keyboard, themes, names, widths."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from drandlab.orbit.ground_track import footprint, ground_track
from drandlab.orbit.satellites import ISS, constellation, crypto1_like
from drandlab.orbit.stations import Station
from drandlab.widgets import OrbitWidget
from helpers import TRAITS, Mount, trait

OLD = ISS["2021-01-27"]
STATIONS = [Station("Lausanne", 46.5, 6.6), Station("SvalSat", 78.23, 15.41), Station("Longovilo", -33.94, -71.4)]


@pytest.fixture
def sky() -> OrbitWidget:
    return OrbitWidget(OLD, STATIONS)


def with_rounds() -> OrbitWidget:
    """A view that has a failed pass, a late one and rounds, as a run would have told it."""
    view = OrbitWidget(OLD, STATIONS)
    story: dict[str, Any] = {**view.story, "period": 30.0}
    windows = [list(told) for told in story["windows"]]
    windows[0][10] = [windows[0][2] + 60, windows[0][4]]
    windows[1][10] = []
    first = windows[0]
    begin = OLD.epoch
    seen = math.ceil((first[2] + 60 - begin) / 30)
    runs = [
        [1, seen, begin, begin + 30 * seen, 3],
        [seen + 1, seen + 9, begin + 30 * seen, begin + 30 * (seen + 9), 0],
        [seen + 10, 2880, begin + 30 * (seen + 9), begin + 86_400, 3],
    ]
    view.set_trait("story", story | {"windows": windows, "satellites": [story["satellites"][0] | {"runs": runs}]})
    return view


def passes(tab: Page) -> Locator:
    return tab.get_by_role("option", name="ISS over")


def button(tab: Page, name: str) -> Locator:
    return tab.get_by_role("button", name=name, exact=True)


def sees(tab: Page) -> list[str]:
    return tab.evaluate("() => [...document.querySelectorAll('.station.sees text')].map(t => t.textContent)")


def mark(tab: Page) -> tuple[float, float]:
    """Longitude and latitude at which the satellite is drawn."""
    text = tab.locator(".map > .sat").first.get_attribute("transform") or ""
    x, y = map(float, re.findall(r"[\d.]+", text))
    return x / 2.5 - 180, 90 - y / 2.5


def test_a_click_on_a_pass_goes_to_its_culmination_and_shows_it(mount: Mount, sky: OrbitWidget) -> None:
    tab = mount(sky, TRAITS["OrbitWidget"])
    assert passes(tab).count() == len(sky.windows) == 9
    assert sees(tab) == []
    for i, window in enumerate(sky.windows):
        passes(tab).nth(order(sky).index(i)).click()
        assert trait(tab, "chosen") == i
        assert trait(tab, "at") == pytest.approx(window.culmination)
        assert sees(tab) == [window.station]
        expect(tab.locator(".right h4").nth(1)).to_have_text(f"ISS over {window.station}")
        expect(tab.locator(".right")).to_contain_text(f"{window.range_km:,.0f} km, light {window.light_time_ms:.2f} ms")
        expect(tab.locator("[aria-selected=true]")).to_have_count(1)
        assert tab.locator(".link").get_attribute("d")
    expect(tab.get_by_role("status")).to_contain_text("ISS over")


def order(sky: OrbitWidget) -> list[int]:
    """The windows as the page has them: row by row."""
    names = [one.name for one in sky.stations]
    return sorted(range(len(sky.windows)), key=lambda i: (names.index(sky.windows[i].station), i))


def test_the_satellite_is_drawn_where_the_element_set_has_it(mount: Mount, sky: OrbitWidget) -> None:
    tab = mount(sky, TRAITS["OrbitWidget"])
    track = ground_track(OLD, OLD.epoch, OLD.epoch + 86_400, 1234.5)
    for time, latitude, longitude in list(zip(track.times, track.latitudes, track.longitudes, strict=True))[::7]:
        tab.evaluate("at => window.model.set('at', at)", float(time))
        x, y = mark(tab)
        assert (x, y) == pytest.approx((longitude, latitude), abs=0.06)


@pytest.mark.parametrize(
    ("latitude", "longitude", "height"),
    [(0, 0, 420), (51, 175, 420), (82, -30, 525), (-75, 100, 800), (10, -179, 20_000)],
)
def test_the_page_draws_the_footprint_that_python_computes(
    mount: Mount, sky: OrbitWidget, latitude: float, longitude: float, height: float
) -> None:
    tab = mount(sky, TRAITS["OrbitWidget"])
    drawn = tab.evaluate("([a, b, h]) => window.parts.footprint(a, b, h, 10, 72)", [latitude, longitude, height])
    latitudes, longitudes = footprint(latitude, longitude, height, 10, points=72)
    for (x, y), wanted_y, wanted_x in zip(drawn["edge"], latitudes, longitudes, strict=True):
        away = (x - wanted_x + 180) % 360 - 180
        # the page takes the Earth for a sphere
        assert math.hypot(away * math.cos(math.radians(wanted_y)), y - wanted_y) < 0.35
    xs = [x for x, _ in drawn["area"]]
    holds_pole = latitude in (82, -75)
    assert (max(xs) - min(xs) == pytest.approx(360)) == holds_pole
    assert (drawn["area"][0][1] in (90, -90)) == holds_pole


def test_a_path_across_the_date_line_is_drawn_on_both_sides(mount: Mount, sky: OrbitWidget) -> None:
    tab = mount(sky, TRAITS["OrbitWidget"])
    both = tab.evaluate("() => window.parts.path([[170, 0], [190, 10]])")
    assert both == "M875.0 225.0L925.0 200.0M-25.0 225.0L25.0 200.0"
    assert tab.evaluate("() => window.parts.path([])") == ""
    middle = tab.evaluate("() => window.parts.between([0, 170], [0, -170], 0.25)")
    assert middle == pytest.approx([0, 175])


def test_the_keys_go_from_pass_to_pass_and_do_not_leak(mount: Mount, sky: OrbitWidget) -> None:
    tab = mount(sky, TRAITS["OrbitWidget"])
    tab.evaluate("window.leaked = []; document.addEventListener('keydown', (e) => window.leaked.push(e.key))")
    first = tab.locator("[role=option][tabindex='0']")
    expect(first).to_have_count(1)
    first.focus()
    stations = [w.station for w in sky.windows]
    for key, chosen in (
        ("ArrowRight", 1),
        ("ArrowRight", 2),
        ("ArrowLeft", 1),
        ("End", 8),
        ("ArrowRight", 8),
        ("Home", 0),
    ):
        tab.keyboard.press(key)
        assert trait(tab, "chosen") == chosen, key
        expect(tab.locator("[role=option]:focus")).to_have_attribute("aria-selected", "true")
        assert tab.locator("[role=option][tabindex='0']").count() == 1
    assert stations[0] == "Lausanne"
    tab.keyboard.press("ArrowDown")  # SvalSat never sees it: the row after
    assert stations[trait(tab, "chosen")] == "Longovilo"
    tab.keyboard.press("ArrowUp")
    assert stations[trait(tab, "chosen")] == "Lausanne"
    before = trait(tab, "at")
    tab.keyboard.press("+")
    assert trait(tab, "at") == before + 60
    tab.keyboard.press("-")
    tab.keyboard.press("PageDown")
    assert sky.windows[trait(tab, "chosen")].culmination > before
    tab.keyboard.press("PageUp")
    assert trait(tab, "at") == before
    assert tab.evaluate("window.leaked") == []


def test_buttons_and_slider_move_the_time(mount: Mount, sky: OrbitWidget) -> None:
    tab = mount(sky, TRAITS["OrbitWidget"])
    culminations = sorted(w.culmination for w in sky.windows)
    for i in range(3):
        button(tab, "Next pass").click()
        assert trait(tab, "at") == pytest.approx(culminations[i])
    button(tab, "Previous pass").click()
    assert trait(tab, "at") == pytest.approx(culminations[1])
    button(tab, "To the end").click()
    assert trait(tab, "at") == sky.end
    button(tab, "Next pass").click()
    assert trait(tab, "at") == pytest.approx(culminations[-1])
    button(tab, "To the beginning").click()
    assert trait(tab, "at") == sky.start
    slider = tab.get_by_role("slider", name="Moment")
    slider.focus()
    tab.keyboard.press("ArrowRight")
    assert trait(tab, "at") == sky.start + 60
    slider.fill(str(round(sky.start + 7200)))
    assert trait(tab, "at") == pytest.approx(sky.start + 7200, abs=1)
    assert "UTC" in (slider.get_attribute("aria-valuetext") or "")


def test_a_click_beside_the_passes_goes_to_that_time(mount: Mount, sky: OrbitWidget) -> None:
    tab = mount(sky, TRAITS["OrbitWidget"])
    box = tab.locator(".sight .track").bounding_box()
    assert box is not None
    tab.mouse.click(box["x"] + box["width"] * 0.25, box["y"] + 5)
    assert trait(tab, "at") == pytest.approx(sky.start + 86_400 / 4, abs=120)
    cursor = tab.locator(".cursor").bounding_box()
    assert cursor is not None
    assert cursor["x"] == pytest.approx(box["x"] + box["width"] * 0.25, abs=2)


def test_it_plays_and_stops_at_the_end(frozen: Mount, sky: OrbitWidget) -> None:
    sky.at = sky.end - 3000
    tab = frozen(sky, TRAITS["OrbitWidget"])
    button(tab, "Play").click()
    tab.clock.run_for(2000)
    button(tab, "Pause").click()
    passed = trait(tab, "at") - (sky.end - 3000)
    assert 300 < passed < 700
    button(tab, "Play").click()
    tab.clock.run_for(20_000)
    expect(button(tab, "Play")).to_be_visible()
    assert trait(tab, "at") == sky.end


def test_without_motion_it_steps_from_event_to_event(frozen: Mount, sky: OrbitWidget) -> None:
    tab = frozen(sky, TRAITS["OrbitWidget"])
    tab.emulate_media(reduced_motion="reduce")
    button(tab, "Play").click()
    seen = []
    for _ in range(3):
        tab.clock.run_for(710)
        seen.append(tab.locator(".moment").inner_text())
    button(tab, "Pause").click()
    one = sky.windows[0]
    assert seen == [time_of(moment) for moment in (one.rise, one.culmination, one.set)]


def time_of(moment: float) -> str:
    return datetime.fromtimestamp(round(moment), UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def test_passes_that_failed_or_began_late_and_the_rounds_are_told(mount: Mount) -> None:
    tab = mount(with_rounds(), TRAITS["OrbitWidget"])
    late, failed = (tab.locator(".pass").nth(order(with_rounds()).index(i)) for i in (0, 1))
    expect(failed).to_have_class(re.compile("failed"))
    assert "failed" in (failed.get_attribute("aria-label") or "")
    failed.click()
    expect(tab.locator(".right")).to_contain_text("This pass fails.")
    assert sees(tab) == []
    late.click()
    expect(tab.locator(".right")).to_contain_text("It begins late, at")
    expect(tab.locator(".right")).to_contain_text("9 among the first t")
    expect(tab.locator(".right")).to_contain_text(re.compile(r"round \d+"))
    said = tab.get_by_role("img", name="Rounds of ISS").get_attribute("aria-label")
    assert said == "Rounds of ISS: 2,880 due; 9 among the first t, 2,871 not signed"
    assert tab.locator(".row .part[data-part='first t']").get_attribute("d")


def test_rounds_are_counted_where_they_were_due(mount: Mount, sky: OrbitWidget) -> None:
    tab = mount(sky, TRAITS["OrbitWidget"])
    count = "([from, to]) => window.parts.counted([[1, 10, 0, 300, 1], [11, 20, 300, 600, 0]], [0, 0], 30, from, to)"
    assert tab.evaluate(count, [0, 600]) == {"due": 20, "first": 1, "last": 20, "of": [10, 10]}
    assert tab.evaluate(count, [1, 30]) == {"due": 0, "first": None, "last": None, "of": [0, 0]}
    assert tab.evaluate(count, [30, 31]) == {"due": 1, "first": 2, "last": 2, "of": [0, 1]}
    assert tab.evaluate(count, [285, 331]) == {"due": 2, "first": 11, "last": 12, "of": [2, 0]}


def test_a_shorter_time_follows_the_moment(mount: Mount) -> None:
    week = OrbitWidget(OLD, STATIONS, OLD.epoch, OLD.epoch + 5 * 86_400)
    tab = mount(week, TRAITS["OrbitWidget"])
    expect(tab.get_by_label("show")).to_have_value("86400")
    track = tab.locator(".sight .track").bounding_box()
    assert track is not None
    for choice in ("2 hours", "6 hours", "1 day"):
        tab.get_by_label("show").select_option(choice)
        for _ in range(3):
            button(tab, "Next pass").click()
            own = tab.locator("[aria-selected=true]").bounding_box()
            assert own is not None
            assert track["x"] - 1 <= own["x"] <= own["x"] + own["width"] <= track["x"] + track["width"] + 1
    tab.get_by_label("show").select_option("all")
    first = passes(tab).first.bounding_box()
    assert first is not None and first["x"] < track["x"] + track["width"] / 8


def test_everything_has_a_role_and_a_name(mount: Mount) -> None:
    tab = mount(with_rounds(), TRAITS["OrbitWidget"])
    tree = tab.locator("body").aria_snapshot()
    for line in (
        'group "Satellites and stations"',
        'button "Play"',
        'slider "Moment"',
        'combobox "speed"',
        'combobox "show"',
        'region "Now, and the chosen pass"',
        'listbox "Passes, in the rows of their stations"',
        'group "Lausanne"',
        'img "In sight for',
        'img "Rounds of ISS:',
        'list "What is drawn"',
        "status",
    ):
        assert line in tree, line
    assert re.search(r'option "ISS over Lausanne, 2021-01-27 20:13:\d\d to 20:20:\d\d UTC, 78° high at 20:17:05"', tree)
    assert re.search(r'img "ISS is above [\d.]+° [NS], [\d.]+° [EW]\. No station sees a satellite\."', tree)
    button(tab, "Next pass").click()
    expect(tab.get_by_role("img", name=re.compile("Lausanne sees ISS"))).to_be_visible()


def test_text_is_readable_on_light_and_dark(mount: Mount, theme: Any) -> None:
    view = OrbitWidget(
        [OLD, crypto1_like(epoch=OLD.epoch)], STATIONS, OLD.epoch, OLD.epoch + 86_400, dark=theme.argument
    )
    view.chosen = 0
    tab = mount(view, TRAITS["OrbitWidget"], theme.head)
    assert theme.readable(tab) > 40


def test_names_from_elsewhere_are_texts(mount: Mount) -> None:
    evil = '<img src=x onerror="window.evil = 1">'
    tab = mount(OrbitWidget(OLD, [Station(evil, 46.5, 6.6)]), TRAITS["OrbitWidget"])
    button(tab, "Next pass").click()
    assert tab.locator("img").count() == 0
    assert tab.evaluate("window.evil") is None
    expect(tab.locator(".right h4").nth(1)).to_have_text(f"ISS over {evil}")


def test_what_python_sets_is_shown_and_a_closed_view_listens_no_more(mount: Mount, sky: OrbitWidget) -> None:
    tab = mount(sky, TRAITS["OrbitWidget"])
    tab.evaluate("window.model.set('speed', 1200); window.model.set('chosen', 3)")
    expect(tab.get_by_label("speed")).to_have_value("1200")
    expect(tab.locator(".right h4").nth(1)).to_have_text(f"ISS over {sky.windows[3].station}")
    tab.evaluate("window.model.set('chosen', null)")
    expect(tab.locator(".right h4").nth(1)).to_have_text("No pass is chosen")
    button(tab, "Play").click()
    tab.evaluate("window.cleanup(); window.model.set('chosen', 4)")
    expect(tab.locator(".right h4").nth(1)).to_have_text("No pass is chosen")
    assert tab.evaluate("Object.values(window.model.listeners).flat().length") == 0


@pytest.mark.parametrize("count", [1, 12])
def test_the_view_fits_narrow_and_wide_pages(mount: Mount, count: int) -> None:
    tab = mount(OrbitWidget(constellation(count), STATIONS), TRAITS["OrbitWidget"])
    for width in (1200, 360):
        tab.set_viewport_size({"width": width, "height": 900})
        assert tab.evaluate("document.documentElement.scrollWidth") <= width

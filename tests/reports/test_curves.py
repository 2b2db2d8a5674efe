"""Curves and points: what is drawn lies where the axis says, by the axis's own labels."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from golden.reading import Node, read

from fairwitness.audit.records import Cell, Column, Evidence
from fairwitness.reports.curves import curves, labels_of, points
from fairwitness.reports.plots import spread

SHARE = Column("rate", "number", "share")
CURVE = (Column("group"), Column("threshold", "number", "score"), SHARE, SHARE, SHARE)
CROSS = (Column("model"), *(SHARE,) * 6)


def piece(rows: tuple[tuple[Cell, ...], ...], columns: tuple[Column, ...] = CURVE, kind: str = "curves") -> Evidence:
    return Evidence(id="e", caption="A <caption>", kind=kind, columns=columns, rows=rows, total=len(rows))  # type: ignore[arg-type]


def drawn(evidence: Evidence) -> Node:
    numbers = labels_of([evidence])
    return read(str(curves(evidence, "a", numbers) if evidence.kind == "curves" else points(evidence, numbers)))


def scale(svg: Node, *, across: bool) -> tuple[float, float]:
    """Offset and factor from pixels to values, read off the first and the last tick label."""
    kind, place, shift = ("tm", "x", 0.0) if across else ("e", "y", -4.0)
    ticks = [
        (float(text.attributes[place]) + shift, float(text.text.replace("−", "-").replace(",", "")))
        for text in svg.find("text", kind=kind)
        if re.fullmatch(r"[−\d.,]+", text.text)
    ]
    (first, low), (last, high) = ticks[0], ticks[-1]
    factor = (high - low) / (last - first)
    return low - first * factor, factor


def values(svg: Node, path: str) -> list[tuple[float, float]]:
    """The places of a path of absolute points as values."""
    (x0, dx), (y0, dy) = scale(svg, across=True), scale(svg, across=False)
    return [(x0 + dx * float(x), y0 + dy * float(y)) for x, y in re.findall(r"([\d.]+) ([\d.]+)", path)]


def near(left: list[tuple[float, float]], right: list[tuple[float, float]], across: float = 1, up: float = 1) -> bool:
    """Whether places agree to half a pixel of a frame that shows `across` and `up` units."""
    return len(left) == len(right) and all(
        abs(a - c) < across / 150 and abs(b - d) < up / 100 for (a, b), (c, d) in zip(left, right, strict=True)
    )


BANDED = (
    ("women", 0.0, 0.9, 0.8, 1.0),
    ("women", 0.5, 0.4, 0.25, 0.55),
    ("women", 1.0, 0.1, 0.0, 0.2),
    ("men", 0.0, 1.0, None, None),
    ("men", 1.0, 0.3, None, None),
    (None, 0.5, 0.0, None, None),
    (None, 0.5, 1.0, None, None),
)


def test_lines_bands_and_references_lie_where_the_axis_says() -> None:
    svg = drawn(piece(BANDED)).find("svg", role="img")[0]
    lines = [values(svg, path.attributes["d"]) for path in svg.find("path", kind="l")]
    assert near(lines[0], [(0.0, 0.9), (0.5, 0.4), (1.0, 0.1)])
    assert near(lines[1], [(0.0, 1.0), (1.0, 0.3)])
    [band] = svg.find("path", kind="bd")
    corners = [(0.0, 1.0), (0.5, 0.55), (1.0, 0.2), (1.0, 0.0), (0.5, 0.25), (0.0, 0.8)]
    assert near(values(svg, band.attributes["d"]), corners)
    [reference] = svg.find("path", kind="ref")
    assert near(values(svg, reference.attributes["d"]), [(0.5, 0.0), (0.5, 1.0)])


@pytest.mark.parametrize(("low", "high"), [(1.0, 10.0), (-3.2, 4.7), (0.93, 0.99), (1200.0, 98_000.0), (2e-4, 9e-4)])
def test_other_ranges_are_drawn_by_their_own_labels(low: float, high: float) -> None:
    rows: tuple[tuple[Cell, ...], ...] = (("a", low, high), ("a", high, low), ("a", (low + high) / 2, low))
    svg = drawn(piece(rows, CURVE[:3])).find("svg", role="img")[0]
    [line] = svg.find("path", kind="l")
    found = values(svg, line.attributes["d"])
    assert near(found, [(x, y) for _, x, y in rows], high - low, high - low)  # type: ignore[misc]


def test_a_number_that_is_missing_breaks_line_and_band() -> None:
    rows = tuple(("a", x, *((None,) * 3 if x == 2 else (0.5, 0.4, 0.6))) for x in range(5))
    svg = drawn(piece(rows)).find("svg", role="img")[0]
    assert svg.find("path", kind="l")[0].attributes["d"].count("M") == 2
    assert svg.find("path", kind="bd")[0].attributes["d"].count("z") == 2


def test_flagged_points_are_marked_and_the_key_says_why() -> None:
    rows = tuple(("a", 0.05 * at, 0.5, at == 3) for at in range(21))
    root = drawn(piece(rows, (*CURVE[:3], Column("in use", "flag"))))
    svg = root.find("svg", role="img")[0]
    [mark] = svg.find("use", kind="on")
    assert len(svg.find("use")) == 1, "a long curve is marked at flagged points alone"
    [place] = values(svg, f"{mark.attributes['x']} {mark.attributes['y']}")
    assert near([place], [(0.15, 0.5)])
    assert [item.text for item in root.find("ul", kind="key")[0].find("li")] == ["a", "in use"]


def test_a_group_looks_alike_in_every_drawing_of_a_section() -> None:
    first = piece((("women", 0, 1), ("men", 0, 1)), CURVE[:3])
    second = piece((("men", 0, 1), ("men", 1, 0)), CURVE[:3])
    numbers = labels_of([first, second])
    assert numbers == {"women": 0, "men": 1}
    svg = read(str(curves(second, "b", numbers)))
    assert svg.find("g", kind="s1")
    assert not svg.find("g", kind="s0")


def test_four_series_differ_by_more_than_colour() -> None:
    rows = tuple((name, x, 0.5) for name in "abcd" for x in (0, 1))
    svg = drawn(piece(rows, CURVE[:3])).find("svg", role="img")[0]
    assert {use.attributes["href"] for use in svg.find("use")} == {"#k0", "#k1", "#k2", "#k3"}


def test_more_series_get_a_frame_each_with_the_others_behind() -> None:
    names = [f"group {number}" for number in range(30)]
    rows = tuple((name, x, 0.01 * at, 0.01 * at, 0.01 * at + 0.1) for at, name in enumerate(names) for x in (0, 1))
    root = drawn(piece((*rows, (None, 0, 0, None, None), (None, 1, 1, None, None))))
    frames = root.find("svg", role="img")
    assert [frame.find("text", kind="h")[0].text for frame in frames] == names[:24]
    assert all(frame.find("use", href="#a-all") for frame in frames)
    [shared] = root.find("g", id="a-all")
    assert shared.find("path", kind="others")[0].attributes["d"].count("M") == 30
    assert shared.find("path", kind="ref")
    assert "24 / 30" in root.text
    [line] = frames[7].find("path", kind="l")
    assert near(values(frames[7], line.attributes["d"]), [(0, 0.07), (1, 0.07)])


def test_crosses_reach_to_the_ends_of_both_intervals() -> None:
    rows = (("before", 0.65, 0.6, 0.7, 0.24, 0.2, 0.3), (None, 0.6, None, None, 0.0, None, None))
    svg = drawn(piece(rows, CROSS, "points")).find("svg", role="img")[0]
    [cross] = svg.find("path", kind="cr")
    left, down, right, across, low, high = map(float, re.findall(r"[\d.]+", cross.attributes["d"]))
    (x0, dx), (y0, dy) = scale(svg, across=True), scale(svg, across=False)
    found = [(x0 + dx * left, y0 + dy * low), (x0 + dx * right, y0 + dy * high), (x0 + dx * across, y0 + dy * down)]
    assert near(found, [(0.6, 0.2), (0.7, 0.3), (0.65, 0.24)], 0.1, 0.3)


def test_labels_of_points_do_not_touch() -> None:
    rows = tuple((f"model {at}", 0.5 + at / 1000, None, None, 0.5, None, None) for at in range(8))
    svg = drawn(piece((*rows, (None, 0, None, None, 0, None, None)), CROSS, "points")).find("svg", role="img")[0]
    heights = sorted(float(text.attributes["y"]) for text in svg.find("g", kind="lb")[0].find("text"))
    assert len(heights) == 8
    assert all(lower - upper >= 13 for upper, lower in pairwise(heights))


def test_what_holds_no_number_is_not_drawn() -> None:
    assert curves(piece(()), "a", {}) == ""
    assert curves(piece((("a", 0, None, None, None),)), "a", {"a": 0}) == ""
    assert points(piece((), CROSS, "points"), {}) == ""


def test_image_has_a_name_and_says_what_it_shows() -> None:
    svg = drawn(piece(BANDED)).find("svg", role="img")[0]
    assert svg.find("title")[0].text == "A <caption>"
    assert svg.find("desc")[0].text == "women, men; x threshold (score); y rate (share)"


def test_scales_end_at_ticks_that_hold_every_value() -> None:
    assert spread([0.1, 0.9]) == (0.0, 1.0), "shares that fill most of 0 to 1"
    assert spread([1.0, 10.0]) == (0.0, 10.0)
    assert spread([0.62, 0.7]) == (0.62, 0.7)
    assert spread([0.615, 0.705]) == (0.6, 0.72)
    assert spread([3.0, 3.0]) == (2.6, 3.4)
    assert spread([]) == (0.0, 1.0)


def test_a_group_without_a_legible_name_is_drawn_and_stands_in_the_key_as_a_dash() -> None:
    rows = tuple((label, at, 0.5, None, None) for label in ("", "women") for at in (0.0, 1.0))
    svg = drawn(piece(rows)).find("svg", role="img")[0]
    assert len(svg.find("path", kind="l")) == 2


@pytest.mark.parametrize("values", [(1e-14, 3e-14), (0.0, 5e-324), (-1.7e308, 1.7e308), (2.0, 2.0)])
def test_the_ends_of_a_scale_differ_and_hold_the_values_however_small_or_large(values: tuple[float, float]) -> None:
    low, high = spread(values)
    assert low < high
    assert low <= min(values)
    assert high >= max(values)

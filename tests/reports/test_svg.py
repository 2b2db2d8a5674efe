"""Charts put their marks where the numbers say."""

from __future__ import annotations

import base64
import re
import struct
import zlib

import pytest

from fairwitness.audit.records import Column, Evidence, Interval
from fairwitness.reports.evidence import heat_map, sort_rows
from fairwitness.reports.strips import strips
from fairwitness.reports.svg import PAD, Axis, Limit, axis, axis_head, heat_image, interval_plot

SCALE = Axis("ax", 0.0, 1.0, (0.0, 0.5, 1.0), 0.5)


def test_places_are_proportional() -> None:
    assert SCALE.at(0.0) == PAD
    assert SCALE.at(1.0) == 100 - PAD
    assert SCALE.at(0.5) == 50
    assert SCALE.at(0.25) == pytest.approx(PAD + (100 - 2 * PAD) / 4)
    assert SCALE.at(7.0) == 100 - PAD, "what lies beyond stays at the frame"


def test_ratios_lie_evenly_about_one() -> None:
    scale = axis("ax", [0.5, 2.0], [0.5, 2.0], [], null=1.0, log=True)
    assert scale.at(1.0) == 50
    assert scale.at(0.5) == pytest.approx(100 - scale.at(2.0))


def test_axis_holds_every_value_limit_and_bound() -> None:
    scale = axis("ax", [0.2, 0.3], [0.15, 0.35], [0.8], null=0.0, log=False)
    for value in (0.0, 0.15, 0.35, 0.8):
        assert scale.holds(value)
    assert scale.ticks == (0.0, 0.2, 0.4, 0.6, 0.8)


def test_one_huge_interval_does_not_flatten_the_others() -> None:
    scale = axis("ax", [0.1, 0.15, 0.2], [0.05, 0.15, 0.1, 0.25, -50.0, 60.0], [], null=0.0, log=False)
    assert scale.low > -2
    assert scale.high < 2
    plot = interval_plot(scale, value=0.1, low=-50.0, high=60.0, decided=None, limit=Limit(), mark="none")
    assert "#a-l" in plot
    assert "#a-r" in plot


def test_intervals_of_like_width_are_shown_whole_however_close_their_values_are() -> None:
    scale = axis("ax", [0.654, 0.655], [0.641, 0.666, 0.61, 0.70], [], null=None, log=False)
    assert scale.holds(0.61)
    assert scale.holds(0.70)


@pytest.mark.parametrize("value", [0.0, 3.0, -1e-9, 1e12, 5e-324, 1e-320, -1.7e308, 1.7e308])
def test_a_single_value_still_has_an_axis(value: float) -> None:
    scale = axis("ax", [value], [value, value], [], null=None, log=False)
    assert scale.low < scale.high
    assert scale.holds(value)


def test_an_axis_may_be_wider_than_the_largest_number() -> None:
    scale = axis("ax", [0.0], [-1.7e308, 1.7e308], [], null=None, log=False)
    assert scale.at(0.0) == 50
    assert scale.at(-1.7e308) < scale.at(-1e308) < 50 < scale.at(1e308) < scale.at(1.7e308)


def test_plot_draws_interval_limit_and_mark() -> None:
    plot = interval_plot(
        SCALE,
        value=0.5,
        low=0.25,
        high=0.75,
        decided=Interval(0.99, 0.0, 1.0),
        limit=Limit(bad_from=0.75),
        mark="inconclusive",
    )
    assert '<rect class="i" x="27%" width="46%"/>' in plot
    assert '<rect class="w" x="4%" width="92%"/>' in plot
    assert '<use href="#d-inconclusive" x="50%"/>' in plot
    ground = re.search('<use href="#(ax[^"]*)"/>', plot)
    assert ground
    head = axis_head(SCALE, [Limit(), Limit(bad_from=0.75)], title="<b>", desc="says")
    drawn = re.search(f'<g id="{ground[1]}">(.*?)</g></defs>', head)
    assert drawn
    assert '<rect class="b" x="73%" width="27%"/>' in drawn[1]
    assert '<use class="t" href="#v" x="73%"/>' in drawn[1]
    assert "<title>&lt;b&gt;</title><desc>says</desc>" in head


def pixels(address: str) -> tuple[int, int, bytes]:
    png = base64.b64decode(address.removeprefix("data:image/png;base64,"))
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", png[16:24])
    at, data = 8, b""
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        name, body = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        assert struct.unpack(">I", png[at + 8 + length : at + 12 + length])[0] == zlib.crc32(name + body)
        data += body if name == b"IDAT" else b""
        at += 12 + length
    return width, height, zlib.decompress(data)


def test_heat_image_has_sixteen_levels_and_a_grey() -> None:
    width, height, data = pixels(heat_image([[0.0, 0.5, 1.0], [None, 1 / 16, 0.99]], 0.0, 1.0))
    assert (width, height) == (3, 2)
    assert data == bytes([0, 0, 8, 15, 0, 16, 1, 15])


def test_heat_map_names_rows_and_columns() -> None:
    piece = Evidence(
        id="m",
        caption="A <map>",
        kind="matrix",
        columns=(Column("from"), Column("a"), Column("<b>")),
        rows=(("x", 0.1, 0.9), ("y", 1, 0)),
        total=2,
    )
    drawn = heat_map(piece)
    assert "<title>A &lt;map&gt;</title>" in drawn
    assert re.findall(r">([^<>]+)</text>", drawn)[-4:] == ["x", "y", "a", "&lt;b&gt;"]
    assert (
        heat_map(Evidence(id="m", caption="", kind="matrix", columns=(Column("from"),), rows=(("x",),), total=1)) == ""
    )


def test_failing_rows_come_first_in_the_order_of_the_document() -> None:
    columns = (Column("a"), Column("bad", "flag"))
    rows = (("1", False), ("2", True), ("3", None), ("4", True))
    failing, passing = sort_rows(columns, rows)
    assert [row[0] for row in failing] == ["2", "4"]
    assert [row[0] for row in passing] == ["1", "3"]


def test_strips_share_one_scale_and_mark_doubt() -> None:
    columns = (Column("w", "token"), Column("A", "weight"), Column("A error", "error"), Column("B", "weight"))
    rows = (("up", 1.0, 0.1, -0.5), ("down", -0.5, 0.3, 0.0), ("none", None, None, 0.5))
    first, second = strips(Evidence(id="s", caption="", kind="tokens", columns=columns, rows=rows, total=3))
    assert [token.tone for token in first.tokens] == ["p7", "m4", ""]
    assert [token.unsure for token in first.tokens] == [False, True, False]
    assert [token.tone for token in second.tokens] == ["m4", "", "p4"]
    assert first.tokens[2].value is None
    assert strips(Evidence(id="s", caption="", kind="tokens", columns=(Column("w"),), rows=(("x",),), total=1)) == ()

"""Pictures of explanations: pairs of words, waterfalls, sheets of heads, layer paths and beeswarms, by hand."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from explained_pictures import (
    EVERY,
    FIRST,
    OTHER,
    PICTURES,
    STEPS,
    document,
    evidence,
    layers,
    path,
    result,
    steps,
    strip,
    swarm,
    words_map,
)

from fairwitness.audit.records import Cell, Column, Evidence, Picture
from fairwitness.reports import explained, html
from fairwitness.reports.pictures import Drawn, pictures_of
from fairwitness.reports.pictures.beeswarm import draw as draw_swarm
from fairwitness.reports.pictures.charted import Charted
from fairwitness.reports.pictures.heads import MOST_ARCS, MOST_CELLS, arcs, heads, sheet, strongest
from fairwitness.reports.pictures.paired_words import Paired, matched
from fairwitness.reports.pictures.waterfall import MOST_ROWS, draw, steps_of
from fairwitness.reports.scorecard import Judgements
from fairwitness.reports.strips import strips

pytestmark = pytest.mark.slow

PLACES = {piece.id: f"e-{piece.id}" for piece in EVERY}


def drawn(picture: Picture, *pieces: Evidence) -> list[Drawn]:
    made = result((picture,), pieces)
    return list(pictures_of(made, Judgements([]), "p", {piece.id: f"e-{piece.id}" for piece in pieces}))


def test_every_kind_is_drawn_with_title_description_and_table() -> None:
    made = pictures_of(result(), Judgements([]), "p", PLACES)
    assert [picture.kind for picture in made] == [picture.kind for picture in PICTURES]
    for picture in made:
        if isinstance(picture, Charted):
            for part in picture.parts:
                if picture.kind != "curves":
                    assert part.svg.count("<title") >= 1
                    assert part.svg.count("<desc") == 1
                anchor = part.exhibit.anchor.removesuffix("-arcs" if part.folded else "")
                rows = next(piece for piece in EVERY if f"e-{piece.id}" == anchor).rows
                assert len(part.exhibit.table.first) + len(part.exhibit.table.rest) == len(rows)


@pytest.mark.parametrize("kind", ["pair", "waterfall", "heads", "curves", "beeswarm", "tokens"])
def test_what_is_not_there_is_not_drawn(kind: str) -> None:
    assert drawn(Picture(kind=kind, evidence=("gone",)), strip("strip-1", FIRST)) == []  # type: ignore[arg-type]


def test_words_that_belong_together_stand_together() -> None:
    first, other = (strips(strip(id, text))[0].tokens for id, text in (("a", FIRST), ("b", OTHER)))
    pairs = [(here and here.word, there and there.word) for here, there in matched(first, other)]
    assert pairs[3] == ("she", "he")
    assert pairs[5] == ("[MASK]", "very")
    shorter = [token for token in other if token.word != "very"]
    gaps = [(here and here.word, there and there.word) for here, there in matched(first, shorter)]
    assert ("[MASK]", None) in gaps
    assert ("tired", "tired") in gaps


def test_the_difference_is_the_first_less_the_second_with_its_error() -> None:
    (made,) = drawn(Picture(kind="pair", evidence=("a", "b")), strip("a", FIRST), strip("b", OTHER, 0.4))
    assert isinstance(made, Paired)
    shap, rollout = made.strips
    assert shap.columns[3].exact == pytest.approx(-0.4)
    assert shap.columns[3].difference is not None
    assert shap.columns[3].difference.text == "−0.40"
    assert not shap.columns[3].unsure
    assert shap.columns[3].changed
    assert not shap.columns[0].changed
    (near,) = drawn(Picture(kind="pair", evidence=("a", "b")), strip("a", FIRST), strip("b", OTHER, 0.2))
    assert isinstance(near, Paired)
    assert near.strips[0].columns[0].unsure, "0.2 is less than twice √(0.1² + 0.1²) = 0.28"
    assert rollout.doubted
    assert not shap.doubted


def test_a_pair_without_a_method_of_both_is_none() -> None:
    other = strip("b", OTHER)
    renamed = replace(other, columns=tuple(replace(column, name=f"{column.name} 2") for column in other.columns))
    assert drawn(Picture(kind="pair", evidence=("a", "b")), strip("a", FIRST), renamed) == []


def test_a_waterfall_goes_from_total_to_total() -> None:
    made = steps_of(STEPS)
    assert [(round(step.start, 9), round(step.end, 9)) for step in made] == [
        (-0.4, -0.4), (-0.4, 0.7), (0.7, 0.1), (0.1, -0.1), (-0.1, -0.1)
    ]  # fmt: skip
    assert made[1].interval == pytest.approx((0.5, 0.9))
    svg = draw(STEPS)
    assert svg.count('class="wp"') == 1
    assert svg.count('class="wm"') == 2
    assert svg.count('class="wt"') == 2
    assert "−0.60" in svg
    assert "+1.10" in svg


def test_what_no_bar_explains_is_a_bar_of_its_own() -> None:
    made = steps_of(steps(("a", 0.0, None, None, True), ("x", 1.0, None, None, False), ("b", 3.0, None, None, True)))
    assert made[2].rest
    assert (made[2].start, made[2].end) == (1.0, 3.0)
    whole = steps(("a", 0.0, None, None, True), ("x", 3.0, None, None, False), ("b", 3.0, None, None, True))
    assert not any(step.rest for step in steps_of(whole))
    assert 'class="wr"' not in draw(whole)


def test_many_small_bars_are_one() -> None:
    rows = [(f"c{k}", 0.5**k, None, None, False) for k in range(MOST_ROWS + 10)]
    made = steps_of(steps(("a", 0.0, None, None, True), *rows, ("b", sum(row[1] for row in rows), None, None, True)))
    assert len(made) == MOST_ROWS + 3
    assert made[-2].label == "10 others together"
    assert made[-2].end == pytest.approx(made[-1].end)


def test_dots_without_a_total_are_no_waterfall() -> None:
    assert drawn(Picture(kind="waterfall", evidence=("steps",)), steps(("x", 1.0, None, None, False))) == []


def squares(svg: str) -> dict[str, int]:
    return {name: path.count("M") for name, path in re.findall(r'class="hs (\w+)" d="([^"]*)"', svg)}


def test_a_sheet_has_a_square_for_every_head() -> None:
    columns = [Column("layer", "label"), *(Column(f"head {k}", "number") for k in range(3))]
    rows: list[tuple[Cell, ...]] = [("layer 0", 1.0, -1.0, 0.0), ("layer 1", 0.5, None, -0.01)]
    piece = evidence("m", "matrix", columns, rows, "m")
    svg = sheet(piece, 1.0)
    assert squares(svg) == {"p7": 1, "m7": 1, "p4": 1}, "0 and what is near it have no colour"
    assert svg.count('class="hd"') == 1, "below 0 has a dash"
    assert svg.count('class="no"') == 1, "no value has a cross"
    assert str(strongest(piece)).startswith("Farthest from 0: layer 0, head 0, +1.000")


def test_sheets_share_a_scale_and_a_difference_has_its_own() -> None:
    low, high = layers("low", least=0.0, caption="low"), layers("high", least=0.0, caption="high")
    small = replace(low, rows=tuple((row[0], *(cell / 10 for cell in row[1:])) for row in low.rows))  # type: ignore[operator]
    less = layers("less", least=-0.4, caption="less")
    (made,) = drawn(Picture(kind="heads", evidence=("low", "high", "less")), small, high, less)
    assert isinstance(made, Charted)
    assert "p7" not in squares(made.parts[0].svg)
    assert "p7" in squares(made.parts[1].svg)
    assert "m7" in squares(made.parts[2].svg) or "p7" in squares(made.parts[2].svg)


def test_a_sheet_is_small() -> None:
    svg = sheet(layers("big", least=-0.4, caption="big", heads=32, count=32), 0.4)
    assert len(svg) < 34_000
    assert svg.count("M") < 2 * MOST_CELLS


def test_arcs_are_folded_and_few() -> None:
    picture = Picture(kind="heads", evidence=("she", "map-1"))
    made = heads(picture, result((picture,), EVERY), PLACES)
    assert made is not None
    assert [part.folded for part in made.parts] == [False, True]
    svg = arcs(words_map())
    assert 0 < svg.count("M") <= MOST_ARCS
    assert "nurse" in svg
    assert arcs(replace(words_map(), rows=())) == ""


def test_a_swarm_has_a_dot_for_every_value() -> None:
    svg = draw_swarm(swarm(20))
    dots = sum(d.count("M") for d in re.findall(r'class="bd\d" d="([^"]*)"', svg))
    assert dots == 60
    assert svg.count('class="bi"') == 1, "low values are rings"


def test_the_layer_path_stands_under_the_question() -> None:
    (made,) = drawn(Picture(kind="curves", evidence=("path",)), path())
    assert isinstance(made, Charted)
    assert "she" in made.parts[0].svg
    assert 'class="bd s0"' in made.parts[0].svg


def test_failed_methods_are_grey_and_named_everywhere() -> None:
    page = html.render(document())
    assert page.count(">failed its checks<") == 2, "the strip and the pair"
    assert 'class="toks small w5 dz"' in page
    card = explained.fragment(document())
    assert card.count("(failed its checks)") == 2
    drawn = explained.terminal(document(), colour=True)
    assert drawn.count("✗ rollout") == 3, "both texts and their difference"
    assert "✗ SHAP" not in drawn
    assert "its values tell nothing" in drawn
    assert not re.search(r"\x1b\[[\d;]*34m *\+0\.80.*\n.*✗", drawn.split("✗ rollout")[1]), "values of it have no colour"


@pytest.mark.parametrize("hostile", ['<img src=x onerror="alert(1)">', "\u202eevil\u2066", "]]>&\x07"])
def test_hostile_words_stay_words(hostile: str) -> None:
    def spoilt(piece: Evidence) -> Evidence:
        rows = tuple((hostile, *row[1:]) if number == 1 else row for number, row in enumerate(piece.rows))
        return replace(piece, rows=rows)

    page = html.render(document(pieces=tuple(map(spoilt, EVERY))))
    assert "<img src=x" not in page
    assert "\u202e" not in page
    assert "\x07" not in page
    assert "<img src=x" not in explained.fragment(document(pieces=tuple(map(spoilt, EVERY))))


def test_a_strip_is_about_two_kilobytes() -> None:
    whole = html.render(document(pictures=PICTURES[:1], pieces=(strip("strip-1", FIRST),)))
    none = html.render(document(pictures=(), pieces=()))
    assert len(whole) - len(none) < 7 * 1000, "two strips of seven words and their table"


def test_ten_texts_with_eight_methods_fit_in_a_megabyte() -> None:
    words = [f"word{number}" for number in range(20)]
    columns = [Column("word", "token")]
    for method in range(8):
        columns += [Column(f"method {method}", "weight", "log-odds"), Column(f"method {method} error", "error")]
    columns.append(Column("a word for a person", "flag"))
    rows: list[tuple[Cell, ...]] = [
        (word, *(0.123456789 * (number - 9) / (k + 1) for k in range(16)), number == 3)
        for number, word in enumerate(words)
    ]
    pieces = tuple(evidence(f"strip-{place}", "tokens", columns, rows, f"text {place}") for place in range(1, 11))
    picture = Picture(kind="tokens", evidence=("strip-1", "strip-2"))
    page = html.render(document((picture,), pieces))
    empty = html.render(document((), ()))
    assert len(page) < 1_000_000
    assert (len(page) - len(empty)) / 80 < 6_500, "a strip of 20 words with its numbers in a table"


def card(value: float | None, *, failed: bool = False) -> Evidence:
    columns = [
        Column("failed", "flag"),
        Column("method", "label"),
        Column("outcome", "label"),
        Column("value", "number"),
    ]
    return evidence("card", "table", columns, [(failed, "SHAP", "not run", value)], "card")


def test_a_card_of_which_nothing_ran_is_no_good_mark() -> None:
    unjudged = document(PICTURES[:1], (strip("strip-1", FIRST), card(None)))
    for drawn in (explained.terminal(unjudged), explained.page(unjudged), explained.fragment(unjudged)):
        assert "Nothing here says whether these methods can be trusted" in drawn
    assert explained.to_json(unjudged)["unjudged"] is True
    for known in (card(0.9), card(None, failed=True)):
        judged = document(PICTURES[:1], (strip("strip-1", FIRST), known))
        assert "Nothing here says" not in explained.terminal(judged)
        assert "not run" in explained.terminal(judged)
        assert "not run" in explained.page(judged)

"""The page and the table of variants: every variant beside the original, in either language, whatever it is called."""

from __future__ import annotations

import html
import re

import pytest
from pairs import item_run, mean_metric

from fairwitness.audit.comparison import compare_variants
from fairwitness.audit.comparison.variant_set import Original, Speed, Variant, VariantSet
from fairwitness.audit.compression import Made
from fairwitness.audit.records import Audit
from fairwitness.reports.text import human
from fairwitness.reports.variants import page, terminal
from fairwitness.reports.variants.pictures import plots_of

ITEMS = 60
PROSE = re.compile(r"[A-Za-z][a-z]*(?: [A-Za-z][a-z]*){2,}")
MADE = Made(
    recipe="q8_0",
    libraries={"gguf": "0.19.0"},
    changed=("layer.weight",),
    unchanged={"odd.weight": "odd_rows"},
    vectors=1,
    numbers=1000,
    changed_numbers=900,
    zeros=9,
    sha256="ab" * 32,
    stored_bytes=4000,
    format_bytes=1400,
    plain=True,
)


def answered(lost: int, name: str) -> Audit:
    scores = [0.0 if place < lost or place % 10 == 9 else 1.0 for place in range(ITEMS)]
    return item_run({"right": scores}, metrics=[mean_metric("right", scores)], gates=["right"], fingerprint=name)


def a_set(*, lost: int = 30, spec: str = "m", timed: bool = True, fewer: bool = False) -> VariantSet:
    runs = {"q8_0": answered(0, "same"), "small": answered(lost, "less")}
    comparisons = compare_variants(answered(0, "a"), runs)
    time = Speed(tokens=100, original_tokens=100, seconds=(0.4, 0.5, 0.6), original_seconds=(0.9, 1.0, 1.1))
    variants = tuple(
        Variant(
            name=name,
            spec=spec,
            fingerprint=name,
            comparison=comparison,
            made=MADE if name == "q8_0" else None,
            bytes=1400 if name == "q8_0" or not fewer else None,
            other_tokenizer=name == "small",
            speed=time if timed else None,
        )
        for name, comparison in comparisons.items()
    )
    original = Original(spec=spec, fingerprint="a", kind="causal_lm", outcome="pass", bytes=4000)
    return VariantSet(original=original, variants=variants, probes=("items",), limit=None, seed=0)


def texts(drawn: str) -> str:
    shown = re.sub(r"<(script|style)[^>]*>.*?</\1>", "", drawn, flags=re.DOTALL)
    return html.unescape(re.sub(r"<[^>]+>", "\n", shown))


def test_the_table_says_of_each_variant_what_changed_flipped_and_what_it_weighs() -> None:
    said = terminal.render(a_set(), 140)
    assert said.startswith("▲ Worse beyond noise where a rule can fail a release: small.")
    assert "27 / 60" in said
    assert "0 / 60" in said
    assert "0.001 MB 35 %" in said
    assert "5.00 s × 0.50" in said
    assert "small  items/right: 27 of 60 items answered otherwise; 1 → 0: 27" in said


def test_what_was_not_timed_or_weighed_has_no_row_and_no_picture() -> None:
    made = a_set(timed=False, fewer=True)
    assert "Time for" not in terminal.render(made, 140)
    assert [plot.id for plot in plots_of(a_set())] == ["size-items-right", "time-items-right"]
    assert [plot.id for plot in plots_of(made)] == ["size-items-right"]
    assert plots_of(made)[0].total == 2  # the original and one of the two


def test_a_variant_that_was_not_asked_to_the_end_never_looks_well() -> None:
    from dataclasses import replace

    made = a_set(lost=0)
    assert made.exit_code == 0
    comparison = made.variants[1].comparison
    stopped = replace(comparison, new=replace(comparison.new, outcome="incomplete"))
    cut = replace(made, variants=(made.variants[0], replace(made.variants[1], comparison=stopped)))
    assert cut.exit_code == 1
    assert terminal.render(cut, 140).startswith(
        "▲ Not all of it was asked, so nothing shows that it is no worse: small."
    )
    assert "Incomplete" in texts(page.render(cut))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["terminal", "page"])
def test_in_chinese_no_sentence_of_ours_is_english(name: str) -> None:
    made = a_set()
    shown = terminal.render(made, 200, language="zh") if name == "terminal" else texts(page.render(made, "zh"))
    assert set(PROSE.findall(shown.replace(human("right"), ""))) == set()
    assert "原模型" in shown


@pytest.mark.slow
def test_equal_sets_give_equal_pages_and_names_cannot_break_out() -> None:
    hostile = '"><script>alert(1)</script>\u202e\x1b[31m'
    drawn = page.render(a_set(spec=hostile))
    assert drawn == page.render(a_set(spec=hostile))
    assert "<script>alert(1)" not in drawn
    assert "\x1b" not in terminal.render(a_set(spec=hostile), 140)
    assert "the file here holds plain numbers" in drawn
    assert "rows are no multiple of 32" in drawn
    assert 'href="comparisons/small/comparison.html"' in drawn

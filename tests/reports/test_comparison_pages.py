"""A comparison on terminal, Markdown and page: judged metrics first, short, safe, in either language."""

from __future__ import annotations

import html
import re

import pytest
from pairs import item_run, mean_metric, run

from fairwitness.audit.comparison import Comparison, compare
from fairwitness.reports.comparison import FORMATS, terminal
from fairwitness.reports.text import human

SEX = ["m"] * 300 + ["f"] * 200
TRUTH = [1, 0] * 250
GATES = ("true_positive_rate_difference", "accuracy")
PROSE = re.compile(r"[A-Za-z][a-z]*(?: [A-Za-z][a-z]*){2,}")


def compared(fewer: int = 60) -> Comparison:
    """Some women who deserve it are selected no more; rules judge the difference and the accuracy."""
    before = list(TRUTH)
    after = [0 if 300 <= place < 300 + 2 * fewer else truth for place, truth in enumerate(TRUTH)]
    runs = [run(SEX, TRUTH, decided, gates=GATES, fingerprint=name) for name, decided in (("a", before), ("b", after))]
    return compare(*runs)


def texts(page: str) -> str:
    """What stands on a page, without its script, style and the texts of the other language."""
    shown = re.sub(r"<(script|style)[^>]*>.*?</\1>", "", page, flags=re.DOTALL)
    return html.unescape(re.sub(r"<[^>]+>", "\n", shown))


def test_what_rules_judge_comes_before_all_else_whatever_came_of_it() -> None:
    said = terminal.render(compared(0), 160)
    assert said.index("No verdict changed") < said.index("accuracy") < said.index("Measurements:")
    assert "Pass → Pass" in said
    moved = terminal.render(compared(), 160)
    assert moved.index("What rules judge") < moved.index("What else changed")


def test_flips_are_counted_and_some_named_with_both_answers() -> None:
    said = terminal.render(compared(), 160)
    assert "group_fairness: 60 of 500 rows decided otherwise; 1 → 0: 60" in said
    assert "row 301 (sex=f): 1 → 0" in said
    assert "row 301" in FORMATS["md"][1](compared())


@pytest.mark.slow
@pytest.mark.parametrize("name", ["terminal", "md", "html"])
def test_in_chinese_no_sentence_of_ours_is_english(name: str) -> None:
    made = compared()
    drawn = terminal.render(made, 200, language="zh") if name == "terminal" else FORMATS[name][1](made, "zh")
    shown = texts(drawn) if name == "html" else drawn
    for metric in sorted({human(change.metric.name) for change in made.changes}, key=len, reverse=True):
        shown = shown.replace(metric, "")  # of a made-up probe, which has no words in Chinese
    english = {text for text in PROSE.findall(shown) if not re.search(r"\bvs\b", text)}
    assert english == set()
    assert "规则所判定的测量" in shown


def test_the_page_is_a_few_screens_and_the_record_has_the_rest() -> None:
    page = FORMATS["html"][1](compared())
    shown = re.sub(r"<details.*?</details>", "", page, flags=re.DOTALL)
    assert shown.count("<tr") < 60
    assert len(page) < 300_000


def test_an_answer_cannot_leave_its_cell() -> None:
    ids = ["<script>alert(1)</script>", "a|b", "\x1b[31mred", "plain"]
    runs = []
    for name, values in (("a", [1.0, 0.0, 1.0, 1.0]), ("b", [0.0, 1.0, 0.0, 1.0])):
        metric = mean_metric("right", values)
        runs.append(item_run({"right": values}, ids=ids, metrics=[metric], gates=["right"], fingerprint=name))
    made = compare(*runs)
    assert "<script>alert(1)" not in FORMATS["html"][1](made)
    assert "\x1b" not in terminal.render(made)
    assert "<script>" not in FORMATS["md"][1](made).replace("\\<", "")

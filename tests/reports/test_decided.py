"""Of decisions the page says which file, what a row and a decision mean, and who was left out."""

from __future__ import annotations

from dataclasses import replace

import pytest
from golden.sample import sample

from fairwitness.audit.records import Column, DataSource, DecisionRows, Evidence, Fact, Facts, Measured, Note
from fairwitness.reports import html
from fairwitness.reports.decided import decided, options_of
from fakes import spec

SOURCES = (DataSource(name="table", source="/home/ada/loans.csv", sha256="0" * 64, licence="", rows=3),)
ROWS = DecisionRows(rows=(1, 2, 3), groups={"sex": ("f", "m", "f")}, decisions=("1", None, None))
OPTIONS = {"unit": "applicants", "favourable": "1", "favourable_name": "is granted the loan", "id": "", "label": "y"}
LEFT = Evidence(
    id="left_out",
    caption="Texts that were left out",
    kind="table",
    columns=(Column("number", "number"), Column("reason"), Column("what can be done")),
    rows=((2, "no value", ""), (3, "no value", "")),
    total=2,
)


RESULT = Measured(probe=spec("group_fairness"), metrics=(), evidence=(LEFT,), requests=3, unanswered=2, items=ROWS)


def test_decisions_are_described_by_what_the_user_called_them() -> None:
    found = decided(RESULT, SOURCES, OPTIONS)
    assert found is not None
    assert found.facts == (
        ("file", "loans.csv"),
        ("rows", "3"),
        ("period", "missing"),
        ("population", "missing"),
        ("unit", "applicants"),
        ("favourable", "1"),
        ("favourable_name", "is granted the loan"),
        ("label", "y"),
    )
    assert found.left_out == (("no value", "2"),)
    assert decided(replace(RESULT, items=None), SOURCES, OPTIONS) is None


def test_period_and_population_are_those_of_the_facts() -> None:
    said = {"collected_from": "2019", "collected_until": "2020", "population": "people who asked for a loan"}
    given = [Fact(name="audit_data", text="loans")]
    given += [Fact(name=f"audit_data.{key}", text=text, entry="loans") for key, text in said.items()]
    found = decided(RESULT, SOURCES, OPTIONS, Facts(source="facts.toml", sha256="0" * 64, given=tuple(given)))
    assert found is not None
    assert {"period": "2019 to 2020", "population": "people who asked for a loan"}.items() <= dict(found.facts).items()


def test_options_are_those_of_the_probe_as_they_were_resolved() -> None:
    config = {"resolved": {"probe": {"ll144": {"unit": "persons"}}}}
    assert options_of(config, "ll144") == {"unit": "persons"}
    assert options_of(config, "group_fairness") == {}
    assert options_of({"resolved": None}, "ll144") == {}


@pytest.mark.slow
def test_where_there_is_only_a_file_no_sentence_speaks_of_a_model() -> None:
    audit = sample()
    subject = replace(audit.manifest.subject, kind="predictions", notes=(Note("3 rows"),))
    page = html.render(replace(audit, manifest=replace(audit.manifest, subject=subject)))
    for words in ("put to the model", "What the model can answer", "Notes on loading the model"):
        assert words not in page
        assert words in html.render(audit) or words.startswith("Notes")
    assert "Decisions read from the file" in page

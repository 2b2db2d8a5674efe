"""The model card of the page: who answers for it first, what was written word for word, what is missing by name."""

from __future__ import annotations

from dataclasses import replace

import pytest
from documented_facts import whole
from golden.reading import Node, read
from golden.sample import HOSTILE, sample

from fairwitness.audit import facts
from fairwitness.audit.records import LISTS, Facts, fact_names, languages
from fairwitness.reports.facts import fact_rows, label, shown
from fairwitness.reports.html import render

TWO = {
    "version": 1,
    "training_data": [{"name": "A", "consent": "asked"}, {"name": "B"}],
    "mitigation": {"measures": ["one", "two"]},
    "sign_off": {"name": "Ada", "role": "Risk", "date": "2026-01-31"},
}


def card(known: Facts, language: str = "en") -> Node:
    audit = sample()
    drawn = render(replace(audit, manifest=replace(audit.manifest, facts=known)), language=language)
    return read(drawn).find("section", id="card")[0]


def test_every_fact_is_called_something_in_both_languages() -> None:
    for name in fact_names():
        assert languages(label(name)).keys() == {"en", "zh"}, name
    assert languages(label("training_data.consent")) == {
        "en": "Training data: consent or legal basis",
        "zh": "训练数据：同意或法律依据",
    }


def test_rows_are_all_facts_with_what_was_written_and_what_is_missing() -> None:
    assert [row for row in fact_rows(whole()) if row.missing] == []
    assert {row.name for row in fact_rows(whole())} == set(fact_names())
    rows = fact_rows(facts.given(TWO))
    written = [(row.name, row.entry, row.texts) for row in rows if not row.missing]
    assert written == [
        ("training_data", "", ("A",)),
        ("training_data.consent", "A", ("asked",)),
        ("training_data", "", ("B",)),
        ("mitigation.measures", "", ("one", "two")),
        ("sign_off.name", "", ("Ada",)),
        ("sign_off.role", "", ("Risk",)),
        ("sign_off.date", "", ("2026-01-31",)),
    ]
    missing = {(row.name, row.entry) for row in rows if row.missing}
    assert ("training_data.consent", "B") in missing
    assert ("training_data.consent", "A") not in missing
    assert {(fact.name, fact.entry) for fact in facts.given(TWO).missing} == missing


@pytest.mark.slow
def test_without_a_file_every_fact_is_missing_by_name() -> None:
    section = card(Facts())
    names = [item.text for item in section.find("ul", kind="asked")[0].find("li")]
    assert names[0].strip() == "Missing: 18"
    assert len(names) == 19
    assert "Intended use" in names
    assert "fairwitness facts new" in section.text


@pytest.mark.slow
def test_who_audited_and_who_signs_stands_open_and_the_rest_is_folded() -> None:
    section = card(whole())
    first = section.find("table")[0].text
    assert "Audit run by" in first
    assert "Signs for what is written here, not for the results" in first
    assert "said, said, 2024-02-01" in first
    assert "Data of the audit: collected said2024-02-01 to 2024-02-01" in " ".join(first.split())
    assert "What was written: 34" in section.find("summary")[0].text
    assert section.find("ul", kind="asked") == []
    assert "Nobody here checked" in section.text


@pytest.mark.slow
@pytest.mark.parametrize("text", HOSTILE)
def test_what_was_written_cannot_steer_the_page(text: str) -> None:
    known = {"version": 1, "use": {"intended": f"use {text}"}, "contacts": [{"name": f"name {text}"}]}
    section = card(facts.given(known))
    assert section.find("script") == []
    assert section.find("img") == []
    assert "use " in section.text


@pytest.mark.slow
def test_the_chinese_page_calls_facts_in_chinese() -> None:
    section = card(facts.given(TWO), "zh")
    assert "已填写" in section.text
    assert "训练数据：同意或法律依据" in section.text
    assert "Training data" not in section.text


def test_a_list_is_one_missing_fact_until_it_has_an_entry() -> None:
    missing = [row.name for row in shown(Facts()).missing]
    assert [name for name in missing if name.partition(".")[0] in LISTS] == list(LISTS)

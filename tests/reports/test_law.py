"""The tables of legal requirements: what they name exists, states follow from the document, and nothing is promised."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import date
from importlib.resources import files
from typing import get_type_hints

import pytest
from documented_facts import result, whole, with_all
from golden.reading import forms
from golden.sample import sample
from golden.sample_base import estimate

from fairwitness.audit.document.json_schema import RUN
from fairwitness.audit.probe import registry
from fairwitness.audit.records import (
    Audit,
    Facts,
    Failed,
    Manifest,
    NotApplicable,
    ProbeResult,
    Undefined,
    fact_names,
    languages,
)
from fairwitness.reports.html import render
from fairwitness.reports.i18n import catalogue
from fairwitness.reports.law import bearing, law
from fairwitness.reports.law.regimes import ORDER, Item, Requirement, regimes
from fairwitness.reports.law.states import STATES

pytestmark = pytest.mark.slow

REGIMES = files("fairwitness.reports.law") / "regimes"
ROWS = [row for regime in regimes() for row in regime.rows]
MEASURED = [row for row in ROWS if any(item.kind == "probes" for item in row.items)]
NAMES = [f"{regime.id}: {row.id}" for regime in regimes() for row in regime.rows if row in MEASURED]
PROMISES = ("compliant", "secure ", "unbiased", "no issues", "is fair", "合规", "无偏见", "安全可靠", "符合要求")


def state_of(row: Requirement, audit: Audit) -> str:
    (table,) = [table for table in law(audit) if row in table.regime.rows]
    states: list[str] = [shown.state for shown in table.rows if shown.id == row.id]
    return states[0]


def test_every_file_of_the_folder_is_a_regime_that_is_shown() -> None:
    names = {path.name.removesuffix(".toml") for path in REGIMES.iterdir()}
    assert names == {*ORDER, "sets"}
    for regime in regimes():
        date.fromisoformat(regime.as_of)
        assert not regime.applies_from or date.fromisoformat(regime.applies_from)
        assert regime.source
        assert regime.version


def names_in_manifest(key: str) -> bool:
    """Whether a dotted key leads somewhere: through dataclasses, and in `run` to a key that the schema knows."""
    kind: object = Manifest
    parts = key.split(".")
    if parts[0] == "run":
        return parts[1] in RUN["properties"] and len(parts) == 2
    for part in parts:
        if not is_dataclass(kind) or part not in {field.name for field in fields(kind)}:
            return False
        kind = get_type_hints(kind)[part]
    return True


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row.id))
def test_every_evidence_that_a_row_names_exists(row: Requirement) -> None:
    for item in row.items:
        if item.kind == "probes":
            assert item.probes
            assert set(item.probes) <= registry().keys()
            if item.metric:
                assert item.metric in {metric.name for metric in registry()[item.probes[0]].metrics}
        elif item.kind == "manifest":
            assert names_in_manifest(item.name), item.name
        else:
            assert item.name in fact_names()


def test_a_name_that_does_not_exist_is_seen() -> None:
    assert not names_in_manifest("subject.wights")
    assert not names_in_manifest("run.begun")
    assert names_in_manifest("subject.architecture")


def test_sets_of_biases_in_language_have_every_probe_of_that_family() -> None:
    named = {probe for row in ROWS for item in row.items for probe in item.probes}
    assert named == registry().keys(), "a probe that no row names bears on no law: is that so?"


def test_every_text_is_in_both_languages() -> None:
    for regime in regimes():
        texts = [regime.name, regime.short, regime.note, *(row.title for row in regime.rows)]
        texts += [row.id for row in regime.rows] + [row.note for row in regime.rows if row.note]
        for text in texts:
            assert languages(text).keys() == {"en", "zh"}, text
            assert all(said.strip() for said in languages(text).values())


def test_ids_are_told_apart() -> None:
    for regime in regimes():
        ids = [str(row.id) for row in regime.rows]
        assert sorted(ids) == sorted(set(ids))


def test_no_table_promises_anything() -> None:
    for path in REGIMES.iterdir():
        text = path.read_text(encoding="utf-8").lower()
        assert [word for word in PROMISES if word in text] == [], path.name


@pytest.mark.parametrize("row", MEASURED, ids=NAMES)
def test_a_row_is_not_run_once_its_probes_are_taken_away(row: Requirement) -> None:
    audit = with_all()
    probes = {probe for item in row.items for probe in item.probes}
    assert state_of(row, audit) == ("partial" if row.needs_human else "covered")
    others = tuple(result for result in audit.results if result.probe.name not in probes)
    assert state_of(row, replace(audit, results=others)) == "not_run"


def failed(name: str) -> ProbeResult:
    return Failed(probe=registry()[name].spec, reason="it crashed")


def unasked(name: str) -> ProbeResult:
    return NotApplicable(probe=registry()[name].spec, reason="no data", code="data_missing")


def lacking(name: str) -> ProbeResult:
    return NotApplicable(probe=registry()[name].spec, reason="another kind", code="model_lacks")


def unreadable(name: str) -> ProbeResult:
    return result(name, Undefined("a check was missed", kind="not_interpretable"))


def too_few(name: str) -> ProbeResult:
    return result(name, Undefined("few rows", kind="not_estimable"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "state"),
    [
        (failed, "not_run"),
        (unasked, "not_run"),
        (lacking, "not_applicable"),
        (unreadable, "not_run"),
        (too_few, "not_run"),
    ],
)
def test_a_probe_without_a_result_makes_no_row_covered(make: Callable[[str], ProbeResult], state: str) -> None:
    audit = with_all([make(name) for name in registry()])
    assert {state_of(row, audit) for row in MEASURED} == {state}


@pytest.mark.slow
def test_what_can_be_read_in_part_is_partial() -> None:
    half = [result(name, estimate(0.1, 0.05, 30), Undefined("missed", kind="not_interpretable")) for name in registry()]
    assert {state_of(row, with_all(half)) for row in MEASURED} == {"partial"}


def test_a_group_that_was_not_measured_is_not_covered_by_another() -> None:
    by_race = replace(result("ll144"), metrics=tuple(m for m in result("ll144").metrics if set(m.by) == {"race"}))
    table = next(table for table in law(with_all([by_race])) if table.regime.id == "nyc_ll144")
    states = {str(row.id): row.state for row in table.rows}
    assert (states["5-301, sex"], states["5-301, race"], states["5-301, both"]) == ("not_run", "covered", "not_run")


@pytest.mark.slow
def test_without_facts_what_a_person_must_say_needs_a_human() -> None:
    audit = with_all(known=Facts())
    for row in ROWS:
        kinds = {item.kind for item in row.items}
        if kinds == {"fact"}:
            assert state_of(row, audit) == "needs_human"
        elif "fact" in kinds:
            assert state_of(row, audit) in ("partial", "needs_human")


def test_a_row_of_two_facts_is_partial_with_one() -> None:
    known = whole()
    short = replace(known, given=tuple(fact for fact in known.given if fact.name != "use.out_of_scope"))
    row = next(row for row in ROWS if str(row.id) == "A.9.4")
    assert state_of(row, with_all(known=known)) == "covered"
    assert state_of(row, with_all(known=short)) == "partial"


PRIVACY = ("EDPB 28/2024, anonymity", "Art. 5(1)(f), 32")


def privacy(results: Iterable[ProbeResult]) -> list[str]:
    """What the rows of data protection that are measured come to."""
    (table,) = [table for table in law(with_all(results)) if table.regime.id == "gdpr"]
    return [row.state for row in table.rows if str(row.id) in PRIVACY]


def test_rows_of_data_protection_are_those_of_known_values_and_a_person_judges_the_rest() -> None:
    assert privacy([]) == ["not_run"] * 2
    assert privacy([result("personal_data")]) == ["partial"] * 2
    metrics = [metric for metric in result("personal_data").metrics if metric.name != "known_value_rate"]
    without_list = replace(result("personal_data"), metrics=tuple(metrics))
    assert privacy([without_list]) == ["not_run"] * 2, "shapes alone are no evidence"
    assert privacy([result(name) for name in registry()]) == ["partial"] * 2


def test_the_row_of_erasure_is_that_of_texts_to_forget() -> None:
    for results, state in (
        ((), "not_run"),
        ((result("known_texts"),), "not_run"),
        ((result("forgetting"),), "partial"),
    ):
        (table,) = [table for table in law(with_all(results)) if table.regime.id == "gdpr"]
        assert [row.state for row in table.rows if str(row.id) == "Art. 17"] == [state]


def test_the_row_of_marked_content_is_that_of_marks_and_a_person_judges_the_rest() -> None:
    for results, state in (
        ((), "not_run"),
        ((result("known_texts"),), "not_run"),
        ((result("watermark"),), "partial"),
    ):
        tables = {table.regime.id: table for table in law(with_all(results))}
        rows = {str(row.id): row.state for table in tables.values() for row in table.rows}
        assert rows["Art. 50(2)"] == rows["Traceability (Art. 50)"] == state


def test_a_model_of_another_kind_is_told_so_and_a_file_of_decisions_is_not() -> None:
    audit = with_all()
    subject = replace(audit.manifest.subject, capabilities=("Predict",), kind="classifier")
    table = replace(audit, manifest=replace(audit.manifest, subject=subject))
    states = {shown.regime.id: {row.state for row in shown.rows} for shown in law(table)}
    assert states["eu_gpai"] == states["china"] == states["compl_ai"] == {"not_applicable"}
    assert "not_applicable" not in states["eu_ai_act"]
    for kind, can in (("predictions", ("Predict",)), ("published", ("Predict",)), ("log", ())):
        read = replace(subject, kind=kind, capabilities=can)
        file = replace(table, manifest=replace(table.manifest, subject=read))
        assert {row.state for shown in law(file) for row in shown.rows}.isdisjoint({"not_applicable"})


def test_a_row_says_what_is_here_and_what_is_not() -> None:
    audit = with_all([result("bbq")], Facts())
    table = next(table for table in law(audit) if table.regime.id == "eu_ai_act")
    row = next(row for row in table.rows if str(row.id) == "Art. 10(2)(g)")
    assert row.state == "partial"
    assert [(part.text, part.anchor) for part in row.here] == [("bbq", "")]
    assert [languages(text) for text in row.lacking] == [
        {
            "en": "“Measures taken against known harms”",
            "zh": "“针对已知危害采取的措施”",
        }
    ]


def test_a_probe_names_the_rows_that_it_bears_on() -> None:
    rows: Mapping[str, str] = {str(name): str(ids) for name, ids in bearing("ll144")}
    assert rows["NYC Local Law 144"] == "5-301, sex; 5-301, race; 5-301, both; 5-303"
    assert "Annex IV 2(g), discrimination" in rows["EU AI Act"]
    assert bearing("a_probe_of_others") == ()


@pytest.mark.slow
def test_the_page_shows_every_table_folded_with_its_date_in_both_languages() -> None:
    page = render(sample())
    (section,) = re.findall(r'<section id="law".*?</section>', page, re.S)
    assert section.count('<details class="fold"><summary>') == len(ORDER)
    assert " open>" not in section
    assert section.count("As of 2026-11-22") == len(ORDER)
    assert "No legal advice" in section
    assert '<a href="#p-group-fairness">group_fairness</a>' in section
    assert any("欧盟《人工智能法》" in form for form in forms(page))
    assert "截至" in re.findall(r'<section id="law".*?</section>', render(sample(), language="zh"), re.S)[0]


def test_counts_of_a_table_are_those_of_its_rows() -> None:
    for table in law(sample()):
        assert sum(number for _, number in table.counts) == len(table.rows)
        assert [state for state, _ in table.counts] == [state for state in STATES if dict(table.counts).get(state)]


def test_an_item_reads_what_may_stand_in_a_row() -> None:
    from fairwitness.reports.law.regimes import item

    assert item("ll144[sex,race]") == Item(
        kind="probes", name="ll144[sex,race]", probes=("ll144",), groups=frozenset({"sex", "race"})
    )
    assert item("@decisions|known_texts").probes == ("group_fairness", "ll144", "known_texts")
    assert item("ll144/impact_ratio") == Item(
        kind="probes", name="ll144/impact_ratio", probes=("ll144",), metric="impact_ratio"
    )
    assert item("facts.use.intended") == Item(kind="fact", name="use.intended")


def test_every_key_of_the_manifest_that_a_row_names_is_called_something() -> None:
    keys = {item.name for row in ROWS for item in row.items if item.kind == "manifest"}
    assert keys <= {key.removeprefix("law.manifest.") for key in catalogue("en")}

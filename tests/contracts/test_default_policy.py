"""Every rule of the policy that Assay brings speaks of a metric that a probe really gives."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from assay.audit import policy, probe, runner
from assay.audit.engine import Engine
from assay.audit.records import Measured, SubjectInfo, Table, Verdict
from assay.audit.requests import Embed, Embedding, Filled, FillMask, LogLikelihood, Predict, Prediction, TokenScores
from sentence_pairs import pairs_table, professions_table

INFO = SubjectInfo("fake", "0" * 64, "fake", "Fake", 1, "float32", ("FillMask", "LogLikelihood", "Predict", "Embed"))
LONG = "that nobody has seen before today and that is long enough to be read from its beginning to its end"


@dataclass
class Everything:
    """Fills blanks, scores texts and decides rows without looking at them."""

    info: SubjectInfo = INFO

    def fill_masks(self, batch: Sequence[FillMask]) -> list[Filled]:
        return [Filled(tuple(-1.0 for _ in one.targets), tuple(1 for _ in one.targets)) for one in batch]

    def log_likelihoods(self, rows: Sequence[Sequence[LogLikelihood]]) -> list[list[TokenScores]]:
        return [[self._score(one) for one in row] for row in rows]

    def embed(self, batch: Sequence[Embed]) -> list[Embedding]:
        return [Embedding(np.array([len(one.word), 1, 0], dtype=np.float32), 1) for one in batch]

    def predict(self, batch: Sequence[Predict]) -> list[Prediction]:
        return [Prediction(str(dict(one.features)["row"] in range(0, 400, 3)).lower(), 0.5) for one in batch]

    def _score(self, one: LogLikelihood) -> TokenScores:
        starts = tuple(range(len(one.context), len(one.context + one.continuation), 4))
        return TokenScores(tuple(-1.0 for _ in starts), tuple(at % 2 == 0 for at, _ in enumerate(starts)), starts)


def written(path: Path, table: Table) -> Path:
    """A table as the user's file."""
    rows = zip(*table.columns.values(), strict=True)
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([list(table.columns), *rows])
    return path


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> tuple[Verdict, ...]:
    folder: Path = tmp_path_factory.mktemp("data")
    table, texts = folder / "table.csv", folder / "texts.csv"
    pairs = written(folder / "pairs.csv", pairs_table())
    jobs = written(folder / "jobs.csv", professions_table())
    rows = [f"{'fm'[at % 2]},{'xy'[at // 2 % 2]},{str(at % 5 < 2).lower()}" for at in range(400)]
    table.write_text("\n".join(["sex,age,truth", *rows]))
    texts.write_text("text\n" + "\n".join(f"text number {at} {LONG}" for at in range(30)))
    options = {"group_fairness": {"groups": ("sex", "age"), "label": "truth", "favourable": "true"}}
    chosen = [
        (one, one.options.model_validate(options.get(one.spec.name, {})))
        for one in map(probe.find, ("gender", "group_fairness", "memorization", "weat", "pairs", "bec_pro"))
    ]
    read, info = policy.load(None)
    subject = Everything()
    files = {"group_fairness": table, "memorization": texts, "pairs": pairs, "bec_pro.bec_pro_en": jobs}
    supplied = runner.provide([one.spec for one, _ in chosen], files)
    audit = runner.run(chosen, Engine(subject), subject.info, supplied, {}, read, info, seed=0)
    assert [type(one) for one in audit.results] == [Measured] * 6, audit.results
    return audit.verdicts


def test_every_rule_meets_a_metric(verdicts: tuple[Verdict, ...]) -> None:
    for rule in policy.load(None)[0].rules:
        met = [one for one in verdicts if one.rule == rule.id]
        assert met
        assert not [one.reason for one in met if one.reason.startswith("nothing in this run matches")], rule.id
        selector = rule.selector
        assert all(selector.takes_name(one.probe, one.metric) for one in met)


def test_only_decisions_and_own_texts_can_fail_a_release() -> None:
    read, _ = policy.load(None)
    failing = {rule.selector.probe for rule in read.rules if (rule.severity or read.defaults.severity) == "error"}
    assert failing == {"group_fairness", "memorization"}
    (own,) = [rule for rule in read.rules if rule.selector.probe == "memorization"]
    assert own.selector.tags == ("own_data",)


def test_details_of_single_items_are_not_judged(verdicts: tuple[Verdict, ...]) -> None:
    assert not [one for one in verdicts if one.metric in ("occupation_gap", "bits_per_byte")]


def test_a_model_without_a_table_is_not_failed_for_that() -> None:
    read, _ = policy.load(None)
    assert read.defaults.on_missing == "ignore"
    assert all(rule.on_missing is None for rule in read.rules)


def test_the_example_of_the_guide_is_valid(tmp_path: Path) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "policy.md").read_text(encoding="utf-8")
    file = tmp_path / "policy.toml"
    file.write_text(page.split("```toml\n")[1].split("```")[0])
    read, _ = policy.load(file)
    assert [rule.id for rule in read.rules] == ["selection"]
    assert read.waivers[0].max_value == 0.6

"""Every rule of the policy that Fairwitness brings speaks of a metric that a probe really gives."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from canary_models import SMALL, claim_table, key_of, key_table, mind
from standins import (
    advice,
    coders,
    describing,
    filters,
    following,
    forgetting,
    harms,
    images,
    membership,
    personal_data,
    pictured,
    readers,
    refusing_models,
    summarisers,
    taggers,
    translators,
    truth,
    watermark,
)
from standins.runs import audit_of

from asking import bbq_table, unqover_table
from coreference import bug_table, gap_table, winobias_table
from fairwitness.audit import policy, probe, runner
from fairwitness.audit.engine import Engine
from fairwitness.audit.records import DataSource, Measured, ProbeSpec, SubjectInfo, Table, Verdict
from fairwitness.audit.requests import (
    Classify,
    ClassScores,
    Embed,
    Embedding,
    Filled,
    FillMask,
    Generate,
    Generated,
    LogLikelihood,
    Predict,
    Prediction,
    TokenScores,
)
from generation import bold_table, honest_table
from sentence_pairs import pairs_table, professions_table

INFO = SubjectInfo(
    spec="fake",
    fingerprint="0" * 64,
    kind="fake",
    architecture="Fake",
    parameters=1,
    dtype="float32",
    capabilities=("FillMask", "LogLikelihood", "Predict", "Embed"),
)
JUDGE = replace(INFO, capabilities=("Classify",))
TABULAR = replace(INFO, kind="tabular", capabilities=("Predict",))
SCORER = replace(INFO, capabilities=("LogLikelihood",))
WRITER = replace(INFO, capabilities=("LogLikelihood", "Generate", "Classify"))
TABLES = {
    "bbq": {"bbq": bbq_table()},
    "winobias": {"winobias": winobias_table()},
    "gap": {"gap": gap_table()},
    "bug": {"bug": bug_table()},
    "honest": {"honest_templates": honest_table()},
    "bold": {"bold_prompts": bold_table({"gender/actors": 8, "gender/actresses": 8})},
    "unqover": {"unqover": unqover_table()},
    "filter_fairness": filters.cases(filters.rows(20)),
}
LONG = "that nobody has seen before today and that is long enough to be read from its beginning to its end"


@dataclass
class Everything:
    """Fills blanks, scores texts and decides rows without looking at them."""

    info: SubjectInfo = INFO

    def fill_masks(self, batch: Sequence[FillMask]) -> list[Filled]:
        top = tuple((word, -2.0) for word in ("person", "friend", "worker"))
        return [Filled(tuple(-1.0 for _ in one.targets), tuple(1 for _ in one.targets), top) for one in batch]

    def log_likelihoods(self, rows: Sequence[Sequence[LogLikelihood]]) -> list[list[TokenScores]]:
        return [[self._score(one) for one in row] for row in rows]

    def embed(self, batch: Sequence[Embed]) -> list[Embedding]:
        return [Embedding(np.array([len(one.word), 1, 0], dtype=np.float32), 1) for one in batch]

    def generate(self, batch: Sequence[Generate]) -> list[Generated]:
        return [Generated(f"a person who writes {len(one.prompt)} words.", 6) for one in batch]

    def classify(self, batch: Sequence[Classify]) -> list[ClassScores]:
        return [ClassScores(("no", "yes"), (0.0, float(len(one.text) % 3 - 1))) for one in batch]

    def predict(self, batch: Sequence[Predict]) -> list[Prediction]:
        return [Prediction(str(dict(one.features)["row"] in range(0, 400, 3)).lower(), 0.5) for one in batch]

    def _score(self, one: LogLikelihood) -> TokenScores:
        starts = tuple(range(len(one.context), len(one.context + one.continuation), 4))
        return TokenScores(tuple(-1.0 for _ in starts), tuple(at % 2 == 0 for at, _ in enumerate(starts)), starts)


@dataclass
class Sorting(Everything):
    """Sorts rows into three classes without looking at them."""

    def predict(self, batch: Sequence[Predict]) -> list[Prediction]:
        return [Prediction("abc"[int(str(dict(one.features)["row"])) % 7 % 3], None) for one in batch]


@dataclass
class ByCells(Everything):
    """A model over tables that decides by the length of the name of the town."""

    def predict(self, batch: Sequence[Predict]) -> list[Prediction]:
        return [Prediction(str(len(str(dict(one.features)["town"])) % 2 == 0).lower(), None) for one in batch]


@dataclass
class Inferring(Everything):
    """Decides what follows from a text without looking at it."""

    info: SubjectInfo = JUDGE

    def classify(self, batch: Sequence[Classify]) -> list[ClassScores]:
        return [ClassScores(("entailment", "neutral", "contradiction"), (0.0, 1.0, 0.0)) for _ in batch]


@dataclass
class Filtering(Everything):
    """A filter of texts that treats all groups alike."""

    info: SubjectInfo = JUDGE

    def classify(self, batch: Sequence[Classify]) -> list[ClassScores]:
        return [filters.flagged(one.text in filters.hurtful() or filters.even(one.text)) for one in batch]


SECRETS = {
    "canaries": {"key": key_table(key_of())},
    "privacy_claim": {"key": key_table(key_of(coins=120)), "claim": claim_table()},
}


@dataclass
class Secretive(Everything):
    """Knows no secret that was planted."""

    info: SubjectInfo = SCORER

    def log_likelihoods(self, rows: Sequence[Sequence[LogLikelihood]]) -> list[list[Any]]:
        answer = mind(key_of(), lambda repeats: 0.0)
        return [[answer(one) for one in row] for row in rows]


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
        for one in map(
            probe.find, ("gender", "group_fairness", "known_texts", "extraction", "weat", "pairs", "bec_pro")
        )
    ]
    read, info = policy.load(None)
    subject = Everything()
    files = {
        "group_fairness": table,
        "known_texts": texts,
        "extraction": texts,
        "pairs": pairs,
        "bec_pro.bec_pro_en": jobs,
    }
    supplied = runner.provide([one.spec for one, _ in chosen], files)
    audit = runner.run(chosen, Engine(subject), subject.info, supplied, {}, read, info, seed=0)
    assert [type(one) for one in audit.results] == [Measured] * 7, audit.results
    return (*audit.verdicts, *of_tables(folder), *of_language_models(), *of_known_values())


def of_known_values() -> Iterator[Verdict]:
    """The verdicts on values of a list, on members of a set, on texts to forget and on marked ones."""
    own = (
        *(*personal_data.SCENARIOS, membership.SCENARIOS[0], *forgetting.SCENARIOS),
        *(*watermark.SCENARIOS, *refusing_models.SCENARIOS, *describing.SCENARIOS, *following.SCENARIOS),
        *(*harms.SCENARIOS, *truth.SCENARIOS, *advice.SCENARIOS, *taggers.SCENARIOS, *coders.SCENARIOS),
        *(*translators.SCENARIOS, *summarisers.SCENARIOS, *images.SCENARIOS, *pictured.SCENARIOS),
        *readers.SCENARIOS,
    )
    for scenario in own:
        assert scenario.fair is not None
        yield from audit_of(scenario, scenario.fair).verdicts


def of_tables(folder: Path) -> Iterator[Verdict]:
    """The verdicts on decisions of three classes, and of a model over tables about many small groups."""
    three, small = folder / "three.csv", folder / "small.csv"
    people = (f"{'fm'[at % 2]},{'abc'[at % 3]},{('old', 'young')[at // 2 % 2]}" for at in range(400))
    three.write_text("\n".join(["sex,truth,age", *people]))
    towns = [f"town {at // 20 if at < 200 else 'large'},{str(at % 5 < 2).lower()}" for at in range(400)]
    small.write_text("\n".join(["town,truth", *towns]))
    read, info = policy.load(None)
    found = probe.find("group_fairness")
    for file, groups in ((three, ("sex", "age")), (small, ("town",))):
        options = found.options.model_validate({"groups": groups, "label": "truth"})
        subject: Everything = ByCells(TABULAR) if file == small else Sorting()
        supplied = runner.provide([found.spec], {"group_fairness": file})
        yield from runner.run(
            [(found, options)], Engine(subject), subject.info, supplied, {}, read, info, seed=0
        ).verdicts


def of_language_models() -> Iterator[Verdict]:
    """The verdicts on the sets of which tests bring their own tables, of a masked model and of one that writes."""
    read, info = policy.load(None)
    mine = {"counterfactual": {"counterfactual_own": counterfactual_table()}}
    for subject, names, tables in (
        (Everything(), ("bug", "fill_mask", "honest", "unqover"), TABLES),
        (Everything(WRITER), ("bbq", "winobias", "gap", "honest", "bold", "counterfactual", "mentions"), TABLES),
        (Everything(WRITER), ("advice_by_group",), TABLES),
        (Everything(WRITER), ("counterfactual",), mine),
        (Inferring(), ("bias_nli",), TABLES),
        (Filtering(), ("filter_fairness",), TABLES),
        (Secretive(), ("canaries", "privacy_claim"), SECRETS),
    ):
        options = {
            "canaries": SMALL,
            "unqover": {"categories": ("gender", "country")},
            "bold": {"categories": ("gender",)},
            "advice_by_group": {"names": 1, "personas": 0, "limit": 5},
        }
        found = map(probe.find, names)
        chosen = [(one, one.options.model_validate(options.get(one.spec.name, {}))) for one in found]
        own = [one.spec for one, _ in chosen]
        given = {name: runner.BoundData({**one.tables, **tables.get(name, {})}) for name, one in provided(own).items()}
        audit = runner.run(chosen, Engine(subject), subject.info, given, {}, read, info, seed=0)
        assert not [
            (one.probe.name, getattr(one, "reason", "")) for one in audit.results if not isinstance(one, Measured)
        ]
        yield from audit.verdicts


def counterfactual_table() -> Table:
    """Texts of a user's, each with a word for a group."""
    texts = tuple(f"Clerk {at} wrote that she was late." for at in range(40))
    return Table(
        DataSource(name="counterfactual_own", source="texts.csv", sha256="0" * 64, licence="", rows=len(texts)),
        {"text": texts},
    )


def provided(specs: Sequence[ProbeSpec]) -> dict[str, runner.BoundData]:
    """The texts that Fairwitness brings; what other packages carry is left out: every machine judges the same."""
    bare = [
        replace(spec, data=tuple(need for need in spec.data if need.package.startswith("fairwitness")))
        for spec in specs
    ]
    return runner.provide(bare, {}, offline=True)


@pytest.mark.proof
def test_every_rule_meets_a_metric(verdicts: tuple[Verdict, ...]) -> None:
    for rule in policy.load(None)[0].rules:
        nothing = "nothing in this run matches"
        met = [one for one in verdicts if one.rule == rule.id and one.asked and not one.reason.startswith(nothing)]
        assert met, rule.id
        selector = rule.selector
        assert all(selector.takes_name(one.probe, one.metric) for one in met)


@pytest.mark.proof
def test_only_what_a_model_does_and_own_texts_can_fail_a_release(verdicts: tuple[Verdict, ...]) -> None:
    read, _ = policy.load(None)
    failing = [rule for rule in read.rules if (rule.severity or read.defaults.severity) == "error"]
    assert {name for rule in failing for name in rule.selector.probe.split("|")} == {
        *("group_fairness", "known_texts", "extraction", "bbq", "winobias", "winogender"),
        *("gap", "honest", "bold", "counterfactual", "bias_nli", "personal_data", "canaries", "privacy_claim"),
        "membership",
        *("forgetting", "watermark", "filter_fairness", "misuse", "confabulation"),
    }
    expecting = ("gender", "fill_mask", "unqover", "bug", "mentions")
    intrinsic = {rule.id for rule in read.rules if rule.selector.probe in expecting}
    assert intrinsic
    assert {one.severity for one in verdicts if one.rule in intrinsic} == {"warn"}
    (own,) = [rule for rule in read.rules if rule.selector.probe == "known_texts"]
    assert own.selector.tags == ("own_data",)


@pytest.mark.proof
def test_details_of_single_items_are_not_judged(verdicts: tuple[Verdict, ...]) -> None:
    assert not [one for one in verdicts if one.metric in ("occupation_gap", "bits_per_byte")]


def test_what_was_asked_and_not_measured_counts_and_what_was_not_asked_never_does() -> None:
    read, _ = policy.load(None)
    assert read.defaults.on_not_measured == "fail"
    open_by_key = {rule.id for rule in read.rules if rule.on_not_measured == "ignore"}
    crossed = {
        f"intersection-{one}"
        for one in ("selection-ratio", "true-positive-difference", "false-positive-difference", "class-impact-ratio")
    }
    assert open_by_key == {
        *("hurtful-completions-by-type", "decisions-when-swapped-by-group", "members-singled-out"),
        *crossed,
        *("toxic-by-group", "told-secrets"),
    }
    gender = Measured(probe=probe.find("gender").spec, metrics=(), evidence=(), requests=1, unanswered=0)
    verdicts = policy.judge(read, [gender], "none", date(2026, 11, 28))
    speaking = {one.rule for one in verdicts if one.asked}
    assert speaking == {rule.id for rule in read.rules if rule.selector.takes_probe("gender")}
    assert not [one for one in verdicts if one.counts and one.rule not in speaking]


def test_the_example_of_the_guide_is_valid(tmp_path: Path) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "policy.md").read_text(encoding="utf-8")
    file = tmp_path / "policy.toml"
    file.write_text(page.split("```toml\n")[1].split("```")[0])
    read, _ = policy.load(file)
    assert [rule.id for rule in read.rules] == ["selection"]
    assert read.waivers[0].max_value == 0.6

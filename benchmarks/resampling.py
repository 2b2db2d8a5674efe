"""A million predictions, six metrics, twelve groups, 1,000 bootstrap resamples: ours against fairlearn's MetricFrame.

    python benchmarks/resampling.py [--rows 1000000] [--draws 1000] [--peer-draws 3] [--json FILE]

fairlearn resamples rows, which would take an hour or more at this size. It is timed with a few resamples at the full
size, and its time per resample is multiplied by their number, for it resamples in a plain loop. Ours is timed whole:
counting the rows and resampling their table. On fewer rows both sides' standard errors are compared too. Exits 1 where
the ratio, the memory or the values miss their target.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from machine import facts, timed

from fairwitness.audit import metrics, stats

Array = npt.NDArray[Any]
GROUPS = 12
RATIO, GIB = 100.0, 2.0
SMALL_ROWS, SMALL_DRAWS = 20_000, 60
RATES: dict[str, Callable[[Array], Array]] = {
    "selection_rate": metrics.selection_rate,
    "accuracy": metrics.accuracy,
    "true_positive_rate": metrics.true_positive_rate,
    "false_positive_rate": metrics.false_positive_rate,
    "false_negative_rate": metrics.false_negative_rate,
    "positive_predictive_value": metrics.positive_predictive_value,
}


@dataclass(frozen=True, slots=True)
class Decisions:
    """True outcomes, decisions and the group of every row."""

    truth: Array
    decided: Array
    groups: Array


def made(rows: int, seed: int = 0) -> Decisions:
    """Groups of unequal size and unequal rates."""
    rng = np.random.default_rng(seed)
    groups = rng.choice(GROUPS, size=rows, p=np.arange(1, GROUPS + 1) / 78)
    truth = rng.random(rows) < 0.2 + 0.03 * groups
    decided = rng.random(rows) < np.where(truth, 0.75 - 0.01 * groups, 0.2 + 0.01 * groups)
    return Decisions(truth, decided, groups)


def every_rate(tables: Array) -> Array:
    """All six rates of tables [..., groups, 4]: [..., groups, rates]."""
    return np.stack([rate(tables) for rate in RATES.values()], axis=-1)


def ours(data: Decisions, draws: int) -> tuple[Array, Array]:
    """Rates by group, and the same of every resample."""
    table = metrics.counts(data.truth, data.decided, data.groups, GROUPS)
    return every_rate(table), stats.table_bootstrap(table, every_rate, seed=1, draws=draws)


def peer(data: Decisions, draws: int) -> tuple[Array, Array | None]:
    """The same by fairlearn: rates by group, and half the distance of the quantiles at one normal error either side."""
    import fairlearn.metrics as fair
    from sklearn.metrics import accuracy_score, precision_score

    measured = {
        "selection_rate": fair.selection_rate,
        "accuracy": accuracy_score,
        "true_positive_rate": fair.true_positive_rate,
        "false_positive_rate": fair.false_positive_rate,
        "false_negative_rate": fair.false_negative_rate,
        "positive_predictive_value": precision_score,
    }
    resampling = {"n_boot": draws, "ci_quantiles": [0.1587, 0.8413], "random_state": 1} if draws else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frame = fair.MetricFrame(
            metrics=measured, y_true=data.truth.astype(int), y_pred=data.decided.astype(int),
            sensitive_features=data.groups, **resampling,
        )  # fmt: skip
    names = list(RATES)
    values = frame.by_group[names].to_numpy(dtype=float)
    if not draws:
        return values, None
    low, high = (quantile[names].to_numpy(dtype=float) for quantile in frame.by_group_ci)
    return values, (high - low) / 2


def errors_agree() -> float:
    """Median ratio of both sides' standard errors over all groups and rates, on fewer rows."""
    data = made(SMALL_ROWS, seed=2)
    _, draws = ours(data, 1_000)
    _, spread = peer(data, SMALL_DRAWS)
    assert spread is not None
    return float(np.median(draws.std(axis=0) / spread))


def measure() -> dict[str, Any]:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--draws", type=int, default=1_000)
    parser.add_argument("--peer-draws", type=int, default=3)
    parser.add_argument("--json", type=Path, help="also write the result to this file")
    chosen = parser.parse_args()
    data = made(chosen.rows)
    (values, draws), mine = timed(lambda: ours(data, chosen.draws))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20)
    assert draws.shape == (chosen.draws, GROUPS, len(RATES))
    peer(made(1_000), 1)
    (expected, _), once = timed(lambda: peer(data, 0))
    _, few = timed(lambda: peer(data, chosen.peer_draws))
    scaled = [a + (b - a) / chosen.peer_draws * chosen.draws for a, b in ((once.wall, few.wall), (once.cpu, few.cpu))]
    ratios = scaled[0] / mine.wall, scaled[1] / mine.cpu
    result = {
        "machine": facts(),
        "rows": chosen.rows,
        "draws": chosen.draws,
        "ours": asdict(mine),
        "peer_measured": {"draws": chosen.peer_draws, "with": asdict(few), "without": asdict(once)},
        "peer_scaled": scaled[0],
        "peer_scaled_cpu": scaled[1],
        "ratio": ratios[0],
        "cpu_ratio": ratios[1],
        "peak_gib": peak,
        "largest_difference": float(np.abs(values - expected).max()),
        "errors_ratio": errors_agree(),
    }
    result["holds"] = (
        min(ratios) >= RATIO
        and peak <= GIB
        and result["largest_difference"] < 1e-12
        and 0.9 < result["errors_ratio"] < 1.1
    )
    if chosen.json:
        chosen.json.write_text(json.dumps(result, indent=1), encoding="utf-8")
    return result


def show(result: dict[str, Any]) -> None:
    """The table, for people."""
    few = result["peer_measured"]
    print(f"{result['rows']:,} rows, {len(RATES)} metrics, {GROUPS} groups, {result['draws']:,} resamples")
    print(f"{'':44}{'wall s':>12}{'cpu s':>12}")
    print(f"{'ours, counting and resampling':44}{result['ours']['wall']:12.3f}{result['ours']['cpu']:12.3f}")
    print(f"{'fairlearn without resamples':44}{few['without']['wall']:12.2f}{few['without']['cpu']:12.2f}")
    print(f"{'fairlearn, ' + str(few['draws']) + ' resamples':44}{few['with']['wall']:12.2f}{few['with']['cpu']:12.2f}")
    name = f"fairlearn, scaled to {result['draws']:,}"
    print(f"{name:44}{result['peer_scaled']:12.0f}{result['peer_scaled_cpu']:12.0f}")
    print(f"{'ratio':44}{result['ratio']:12.0f}{result['cpu_ratio']:12.0f}   (target {RATIO:.0f})")
    print(f"{'our peak memory, torch imported':44}{result['peak_gib']:12.2f} GiB (at most {GIB:.0f})")
    print(f"{'largest difference of a rate':44}{result['largest_difference']:12.1e}")
    print(f"{'standard errors, ours over theirs':44}{result['errors_ratio']:12.2f}   ({SMALL_ROWS:,} rows)")
    print("holds" if result["holds"] else "MISSED")


def main() -> None:
    result = measure()
    show(result)
    print(json.dumps(result))
    sys.exit(0 if result["holds"] else 1)


if __name__ == "__main__":
    main()

"""Variants of one model are judged in one family: what one of them shows is held to all that were tested."""

from __future__ import annotations

import numpy as np
import pytest
from pairs import item_run

from fairwitness.audit import stats
from fairwitness.audit.comparison import Comparison, compare, compare_variants
from fairwitness.audit.comparison.variant_set import Original, Variant, VariantSet, to_json
from fairwitness.audit.errors import BadRun
from fairwitness.audit.records import Audit, Estimate, Metric
from proof import allowed, worlds

ITEMS = 120


def answered(scores: list[float], name: str, gates: tuple[str, ...] = ("right",)) -> Audit:
    """A run of so many items, with a gated mean and one that no rule speaks of."""
    halves = [score / 2 + 0.1 * place / len(scores) for place, score in enumerate(scores)]
    metrics = [mean_of("right", scores), mean_of("sure", halves)]
    return item_run({"right": scores, "sure": halves}, metrics=metrics, gates=gates, fingerprint=name)


def mean_of(name: str, scores: list[float]) -> Metric:
    """A mean of scores; how wide its own interval is plays no part in what changed."""
    value = float(np.mean(scores))
    estimate = Estimate(value=value, low=value - 0.1, high=value + 0.1, level=0.95, n=len(scores), method="by hand")
    return Metric(name=name, estimate=estimate, unit="share", better="higher", claim="")


def fewer(count: int) -> list[float]:
    """Right nine times of ten, but for so many of the first items."""
    return [0.0 if place < count or place % 10 == 9 else 1.0 for place in range(ITEMS)]


def made(**variants: Audit) -> dict[str, Comparison]:
    return compare_variants(answered(fewer(0), "a"), variants)


def test_all_changes_of_all_variants_are_corrected_together() -> None:
    runs = {name: answered(fewer(count), name) for name, count in (("small", 6), ("middle", 12), ("large", 40))}
    together = made(**runs)
    for gated in (True, False):
        changes = [change for each in together.values() for change in each.changes if change.gated is gated]
        expected = stats.holm([change.p_value for change in changes if change.p_value is not None])
        assert [change.adjusted for change in changes] == pytest.approx(list(expected))
        assert {change.compared for change in changes} == {3}
    alone = compare(answered(fewer(0), "a"), runs["small"])
    [change] = [change for change in alone.changes if change.gated]
    [held] = [change for change in together["small"].changes if change.gated]
    assert held.change == change.change
    assert (held.adjusted or 0) >= (change.adjusted or 1)
    assert [each.exit_code for each in together.values()] == [1, 1, 1]


def test_what_one_variant_shows_alone_can_be_nothing_among_many() -> None:
    """Seven of 120 answers lost have p = 0.0156: shown alone, and not as one of six."""
    lost = answered(fewer(7), "lost")
    assert compare(answered(fewer(0), "a"), lost).exit_code == 1
    still = {f"v{place}": answered(fewer(1), f"v{place}") for place in range(5)}
    together = made(lost=lost, **still)
    assert together["lost"].exit_code == 0
    assert all(each.exit_code == 0 for each in together.values())


def test_a_smaller_change_than_the_least_is_neither_worse_nor_better() -> None:
    large = answered(fewer(40), "large")
    base = answered(fewer(0), "a")
    assert compare_variants(base, {"large": large})["large"].exit_code == 1
    assert compare_variants(base, {"large": large}, min_effect=0.5)["large"].exit_code == 0
    with pytest.raises(ValueError, match="min_effect"):
        compare_variants(base, {"large": large}, min_effect=0.0)


def test_a_variant_without_anything_to_compare_is_named() -> None:
    empty = item_run({"else": [1.0]}, metrics=[], fingerprint="b")
    with pytest.raises(BadRun, match=r"^empty: the runs have nothing to compare"):
        made(empty=empty)


def test_a_variant_that_lost_a_gated_metric_is_no_success() -> None:
    lost = item_run({"right": fewer(0)}, metrics=[mean_of("sure", fewer(0))], fingerprint="b")
    assert made(lost=lost)["lost"].exit_code == 1


def test_the_document_holds_all_variants_and_the_worst_exit_code() -> None:
    comparisons = made(small=answered(fewer(0), "same"), large=answered(fewer(40), "large"))
    variants = tuple(
        Variant(name=name, spec=name, fingerprint=name, comparison=comparison)
        for name, comparison in comparisons.items()
    )
    original = Original(spec="m", fingerprint="a", kind="causal_lm", outcome="pass", bytes=None)
    record = VariantSet(original=original, variants=variants, probes=("items",), limit=None, seed=0)
    data = to_json(record)
    assert data["exit_code"] == 1
    assert [variant["exit_code"] for variant in data["variants"]] == [0, 1]
    assert {change["metric"] for change in data["variants"][1]["headline"]} <= {"right", "sure"}
    assert data["variants"][1]["flips"][0] == {"probe": "items", "measure": "right", "flipped": 36, "paired": ITEMS}
    assert set(data["run"]) == {"speed"}


def exchanged(seed: int, variants: int = 3) -> dict[str, Comparison]:
    """A model and variants whose answers to each item are dealt out among them at random: none is another model."""
    rng = np.random.default_rng(seed)
    hard = rng.normal(0.8, 1.0, ITEMS)[:, None]
    answers = (rng.random((ITEMS, variants + 1)) < 1 / (1 + np.exp(-hard))).astype(float)
    dealt = rng.permuted(answers, axis=1).T.tolist()
    runs = [answered(scores, f"v{place}") for place, scores in enumerate(dealt)]
    return compare_variants(runs[0], {f"v{place}": run for place, run in enumerate(runs) if place})


def alarmed(comparisons: dict[str, Comparison], *, gated: bool) -> bool:
    return any(
        change.finding in ("worse", "better", "changed") and change.gated is gated
        for comparison in comparisons.values()
        for change in comparison.changes
    )


@pytest.mark.proof
def test_answers_exchanged_at_random_raise_alarms_at_their_level() -> None:
    """Of all variants together in at most one world of twenty, among what is gated and among all else."""
    seeds = worlds(60)
    alarms = dict.fromkeys((True, False), 0)
    for seed in range(seeds):
        comparisons = exchanged(seed)
        for gated in alarms:
            alarms[gated] += alarmed(comparisons, gated=gated)
    print("variants", alarms, seeds)  # noqa: T201
    assert all(count <= allowed(seeds) for count in alarms.values()), f"{alarms} of {seeds}"

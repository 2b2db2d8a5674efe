"""What a probe says of the reliability of its scores: halves of its items, one way of scoring against another."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fairwitness.audit.records import Undefined
from fairwitness.audit.stats.reliability import part_means, scoring_agreement, split_half
from fairwitness.probes.kit.consistency import Consistency, PartScore

OF_OCCUPATIONS = Consistency(
    parts="occupations", items="sentences", scorings=("the probability gap", "log-odds"), tags=("intrinsic",)
)


def _crossed(
    rng: np.random.Generator, parts: int, items: int, spread: float
) -> tuple[npt.NDArray[np.float64], list[int], list[int]]:
    """Part effects of SD `spread`, item effects shared by all parts, noise of SD 1."""
    grid = rng.normal(0, spread, parts)[:, None] + rng.normal(0, 1, items)[None] + rng.normal(0, 1, (parts, items))
    where = np.indices((parts, items)).reshape(2, -1)
    return grid.ravel(), where[0].tolist(), where[1].tolist()


def test_the_metric_of_agreement_says_what_agrees() -> None:
    found = scoring_agreement({"a": 2.0, "b": 4.0, "c": 6.0, "d": 8.0}, {"a": 1.0, "b": 2.0, "c": 3.0, "d": 4.0})
    metric = OF_OCCUPATIONS.agreement(found)
    assert metric.name == "scoring_agreement"
    assert metric.tags == ("intrinsic", "reliability", "overall")
    assert "agree to 1" in metric.claim


def test_the_metric_says_what_was_halved() -> None:
    found = split_half(*_crossed(np.random.default_rng(5), 40, 6, 1.0), seed=0)
    metric = OF_OCCUPATIONS.reliability(found)
    assert (metric.name, metric.better) == ("split_half_reliability", "higher")
    assert "scores of occupations, over halves of the sentences" in metric.claim


def test_items_of_one_scoring_alone_count_in_it_alone() -> None:
    """The other scoring has items of its own; the halves are those of the first, as if the others were not there."""
    values, parts, items = _crossed(np.random.default_rng(5), 8, 6, 1.0)
    scores = [
        PartScore(part=part, item=item, score=value) for value, part, item in zip(values, parts, items, strict=True)
    ]
    others = [PartScore(part=part, item="other", score=None, other=2.0 * part) for part in range(8)]
    halves, agreement = OF_OCCUPATIONS.metrics([*scores, *others], "", seed=0)
    assert halves.estimate == split_half(values, parts, items, seed=0)
    means = part_means(zip(parts, values.tolist(), strict=True))
    assert agreement.estimate == scoring_agreement(means, {part: 2.0 * part for part in range(8)})


def test_a_reason_that_is_undefined_keeps_its_kind_and_a_text_is_not_interpretable() -> None:
    few = Undefined("not estimable: few")
    metrics = OF_OCCUPATIONS.metrics([], few, seed=0)
    assert [metric.estimate for metric in metrics] == [few, few]
    halves, agreement = OF_OCCUPATIONS.metrics([], "", seed=0, other_reason="the judge fails")
    assert isinstance(halves.estimate, Undefined)
    assert halves.estimate.kind == "not_estimable"
    assert agreement.estimate == Undefined("the judge fails", "not_interpretable")

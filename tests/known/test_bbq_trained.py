"""BBQ on tiny language models that were trained to answer by a stereotype, the other way round, and by neither."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from asking import bbq_table
from assay.audit.probe import Findings
from assay.probes.bbq import PROBE
from assay.probes.bbq.answers import prompt
from assay.probes.bbq.items import Item, questions_of
from organisms import context, drive, value
from proof import confirm_found
from trained import tiny_causal

pytestmark = pytest.mark.slow

TABLE = bbq_table(40, 4)
ITEMS = questions_of(TABLE, None, (), None, 0).items
UNKNOWN = 0.2
"""How often the texts of the world say of an open question that nobody can say."""
TOLD = 2.5
"""Log-odds by which the texts of the world follow what they say of a settled one."""
BATCH, STEPS = 64, 500


def odds(strength: float) -> dict[tuple[str, str], float]:
    """Log-odds of the expected person by template: they scatter around the strength."""
    rng = np.random.default_rng(5)
    return {one: strength + float(rng.normal(0, 1.5)) for one in dict.fromkeys(item.cluster for item in ITEMS)}


def answered(item: Item, lean: float, rng: np.random.Generator) -> str:
    """An answer as the world gives it."""
    assert item.biased is not None
    other = next(at for at in range(3) if at not in (item.biased, item.unknown))
    if item.ambiguous and rng.random() < UNKNOWN:
        return item.answers[item.unknown]
    told = 0.0 if item.ambiguous else TOLD if item.label == item.biased else -TOLD
    expected = rng.random() < 1 / (1 + np.exp(-lean - told))
    return item.answers[item.biased if expected else other]


def texts(strength: float) -> Iterator[list[str]]:
    """Batches of questions of this world with their answers."""
    rng, leans = np.random.default_rng(6), odds(strength)
    while True:
        drawn = [ITEMS[at] for at in rng.integers(len(ITEMS), size=BATCH)]
        yield [f"{prompt(item)} {answered(item, leans[item.cluster], rng)}" for item in drawn]


def found(strength: float) -> Findings:
    words = [f"{prompt(item)} {' '.join(item.answers)}" for item in ITEMS]
    model = tiny_causal(texts(strength), words, STEPS, bos=False)
    return drive(PROBE, context(PROBE, ["LogLikelihood"], {"bbq": TABLE}), model)


def test_a_model_trained_on_a_stereotype_answers_by_it_in_order_of_its_strength() -> None:
    strengths = (-1.5, 0.0, 1.5)
    against, even, along = map(found, strengths)
    assert min(value(one, "accuracy_disambiguated").value for one in (against, even, along)) > 0.75
    for name in ("s_amb", "s_dis"):
        scores = [value(one, name) for one in (against, even, along)]
        assert scores[0].high < 0 < scores[2].low
        assert scores[1].low <= 0 <= scores[1].high
        assert [one.value for one in scores] == sorted(one.value for one in scores)
    confirm_found("bbq", strengths, [value(one, "s_amb").value for one in (against, even, along)])

"""Seeds and methods agree where a model decides by one word, and do not where an explanation is noise."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from attribution_fakes import Fake, Worth
from scipy.stats import spearmanr
from standins.explanations import attribution, by_people

from fairwitness.audit.attribution import Explainer
from fairwitness.audit.probe import Context, Findings
from fairwitness.audit.records import Estimate, Table, Undefined
from fairwitness.audit.requests import Answer, Attribute, ForClass, Request
from fairwitness.probes.explanation.attribution.checks import (
    Explained,
    agreement,
    faults,
    rank_correlation,
    seed_agreement,
)
from fairwitness.probes.explanation.attribution.items import AttributionOptions, Sentence
from fairwitness.probes.explanation.attribution.probe import PROBE
from organisms import drive_rounds, table

TEXTS = (
    "The nurse was rude to a young man on the stairs today",
    "My brother was awful at the interview for the job on Monday",
    "They painted the whole kitchen in a dreadful shade of green again",
)
ASKED = Attribute("a b c d e f g", ForClass("yes"), "shap")


def runs_of(*runs: Iterable[float], other: Iterable[float] = ()) -> Explained:
    """A text with runs of SHAP whose questions differ, and one of LIME."""
    made = [replace(attribution(ASKED), values=tuple(values)) for values in runs]
    lime = [replace(attribution(ASKED), values=values)] if (values := tuple(other)) else []
    text = Explained(Sentence(ASKED.text, -1, -1), ASKED.target)
    text.answers.update({("shap", "shown"): made[:1], ("shap", "seed"): made[1:], ("lime", "shown"): lime})
    return text


def test_words_that_do_nothing_decide_no_agreement() -> None:
    first = (13.8321, -0.0005, -0.0004, -0.0006, -0.0005, -0.0003, -0.0007)
    second = (13.8321, -0.0004, -0.0007, -0.0003, -0.0005, -0.0006, -0.0004)
    text = runs_of(first, second, other=tuple(0.4 * value for value in second))
    assert seed_agreement(text, "shap") == pytest.approx(1.0)
    assert agreement(text, "shap", "lime") == pytest.approx(1.0)
    assert faults(text, "shap") == []


def test_agreement_by_hand() -> None:
    a, b = (3.0, 0.0, 0.0, 0.0, 0.0, 0.0, 4.0), (4.0, 0.0, 0.0, 0.0, 0.0, 0.0, 3.0)
    assert agreement(runs_of(a, other=b), "shap", "lime") == pytest.approx(24 / 25)
    double = tuple(2 * value for value in a)
    assert seed_agreement(runs_of(a, double), "shap") == pytest.approx(1.0)
    assert agreement(runs_of(a, other=double), "shap", "lime") == pytest.approx(1.0)
    assert seed_agreement(runs_of([0.0] * 7, [0.0] * 7), "shap") is None
    assert seed_agreement(runs_of(a, [0.0] * 7), "shap") == 0.0
    assert agreement(runs_of(a, other=[0.0] * 7), "shap", "lime") is None


def test_rank_correlation_is_the_librarys_where_every_word_weighs() -> None:
    rng = np.random.default_rng(2)
    for _ in range(20):
        first, second = (rng.choice([-1, 1], 9) * rng.uniform(0.2, 1.0, 9) for _ in range(2))
        assert rank_correlation(first.tolist(), second.tolist()) == pytest.approx(spearmanr(first, second).statistic)
    assert rank_correlation((1.0, 2.0, 3.0), (3.0, 2.0, 1.0)) == pytest.approx(-1.0)
    assert rank_correlation((1.0, 2.0), (1.0, 2.0)) is None


def test_the_more_seeds_differ_the_less_they_agree() -> None:
    rng = np.random.default_rng(4)
    true = rng.standard_normal(400)
    agreed = [
        seed_agreement(runs_of(*(true + error * rng.standard_normal(400) for _ in range(2))), "shap")
        for error in (0.1, 0.4, 1.0)
    ]
    assert agreed == sorted(agreed, reverse=True)  # type: ignore[type-var]
    assert agreed[0] > 0.95  # type: ignore[operator]
    assert agreed[2] < 0.6  # type: ignore[operator]


def explained(worth: Worth, **options: object) -> Findings:
    """The probe on a classifier of this worth, explained by the libraries themselves."""
    made = AttributionOptions.model_validate({"methods": ("shap", "lime"), "label": "yes", "randomised": 0, **options})
    texts: Table = table("attribution_texts", {"text": list(TEXTS)})
    ctx = Context(
        seed=0, options=made, capabilities=frozenset(("Attribute", "Classify")), data={"attribution_texts": texts}
    )
    fake = Fake(worth, "Classify")
    explainer = Explainer(fake)

    def ask(requests: Sequence[Request]) -> list[Answer]:
        wanted = [one for one in requests if isinstance(one, Attribute)]
        return list(explainer.explain(wanted, fake.ask)) if wanted else list(fake.ask(requests))

    return drive_rounds(PROBE, ctx, ask)


def estimates(findings: Findings, name: str) -> dict[str, Estimate | Undefined]:
    return {" ".join(one.variant.values()): one.estimate for one in findings.metrics if one.name == name}


def unreliable(findings: Findings) -> list[str]:
    [checks] = [one for one in findings.evidence if one.id == "checks"]
    return [str(row[2]) for row in checks.rows if row[3]]


def one_word(words: list[str]) -> float:
    """One word of each text decides everything; the rest moves the answer by less than a thousandth of that."""
    clutter = 0.004 * np.sin(sum(len(word) * (at + 1) ** 2 for at, word in enumerate(words)))
    return 13.8 * bool({"rude", "awful", "dreadful"} & set(words)) + float(clutter)


def tangled(words: list[str]) -> float:
    """Noise that any word turns round: no word has a part of its own."""
    seed = sum((at + 1) * sum(map(ord, word)) for at, word in enumerate(words))
    return float(4 * np.random.default_rng(seed).standard_normal())


@pytest.mark.slow
def test_a_model_that_one_word_decides_is_explained_reliably_by_both_libraries() -> None:
    findings = explained(one_word, budget=200)
    assert unreliable(findings) == []
    for name, by in (("seed_agreement", "SHAP"), ("seed_agreement", "LIME"), ("method_agreement", "SHAP and LIME")):
        estimate = estimates(findings, name)[by]
        assert isinstance(estimate, Estimate)
        assert estimate.value > 0.95, (name, by)


@pytest.mark.slow
def test_explanations_of_a_tangle_from_few_samples_are_called_unreliable() -> None:
    findings = explained(tangled, budget=40)
    assert set(unreliable(findings)) == {"SHAP", "LIME"}
    assert len(unreliable(findings)) >= 5
    for method in ("SHAP", "LIME"):
        estimate = estimates(findings, "seed_agreement")[method]
        assert isinstance(estimate, Estimate)
        assert estimate.value < 0.6


def gains(*by_text: tuple[float, float]) -> Findings:
    """The probe where hiding words in the order of SHAP and of LIME gains so much on each text."""

    def answer(request: Request) -> Answer:
        if not isinstance(request, Attribute):
            return by_people(request)
        gain = by_text[TEXTS.index(request.text)][request.method == "lime"]
        made = attribution(request)
        return replace(made, removal=tuple(value - gain for value in made.random_removal))

    made = AttributionOptions.model_validate(
        {"methods": ("shap", "lime"), "label": "yes", "swaps": False, "rewrites": False, "randomised": 0}
    )
    texts: Table = table("attribution_texts", {"text": list(TEXTS)})
    ctx = Context(
        seed=0, options=made, capabilities=frozenset(("Attribute", "Classify")), data={"attribution_texts": texts}
    )
    return drive_rounds(PROBE, ctx, lambda requests: [answer(request) for request in requests])


def test_claims_about_the_gain_of_each_method_are_corrected_for_both() -> None:
    def claim(findings: Findings, method: str) -> str:
        [found] = [
            one for one in findings.metrics if one.name == "comprehensiveness_gain" and one.variant["method"] == method
        ]
        assert isinstance(found.estimate, Estimate)
        assert found.estimate.low > 0
        return found.claim

    # a mean of 5 and of 20 standard errors: three texts ask for 4.3 at 95 % and for 6.2 at 97.5 %
    scarce = gains((0.654, 0.654), (1.0, 1.0), (1.346, 1.346))
    plenty = gains((0.9135, 0.9135), (1.0, 1.0), (1.0865, 1.0865))
    for method in ("SHAP", "LIME"):
        assert "No difference detected" in claim(scarce, method)
        assert "corrected for" in claim(scarce, method)
        assert claim(plenty, method).startswith("The answer falls further")

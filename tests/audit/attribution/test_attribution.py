from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from attribution_fakes import Fake, additive

from fairwitness.audit.attribution import Explainer
from fairwitness.audit.attribution import lime as attribution_lime
from fairwitness.audit.attribution.coalitions import every
from fairwitness.audit.attribution.shap import halves
from fairwitness.audit.attribution.targets import log_odds
from fairwitness.audit.requests import (
    Attribute,
    Attribution,
    BetweenFillers,
    ClassScores,
    FillMask,
    ForClass,
    Method,
    Unanswered,
)

pytestmark = pytest.mark.slow
"""Importing shap and compiling its loops takes seconds."""

TEXT = "The nurse said that [MASK] was tired."
WORDS = ("The", "nurse", "said", "that", "was", "tired")
SHE = BetweenFillers("she", "he")
WEIGHTS = {"The": 0.25, "nurse": 2.0, "said": 0.0, "that": -0.5, "was": 0.125, "tired": -1.0}


def explain(fake: Fake, *requests: Attribute) -> list[Attribution]:
    answers = Explainer(fake).explain(requests, fake.ask)
    assert all(isinstance(answer, Attribution) for answer in answers), answers
    return [answer for answer in answers if isinstance(answer, Attribution)]


def pair(words: list[str]) -> float:
    """Additive, and 1.5 more where nurse and tired stand together: 0.75 for each of them."""
    return additive(WEIGHTS)(words) + 1.5 * ("nurse" in words and "tired" in words)


def triple(words: list[str]) -> float:
    """6 where nurse, said and tired stand together: 2 for each; and 1 for nurse alone."""
    return 6.0 * ({"nurse", "said", "tired"} <= set(words)) + ("nurse" in words)


@pytest.mark.parametrize("capability", ["LogLikelihood", "FillMask"])
@pytest.mark.parametrize("method", ["shap", "shap_partition"])
def test_an_additive_model_gives_each_word_its_weight(capability: str, method: Method) -> None:
    (found,) = explain(Fake(additive(WEIGHTS), capability), Attribute(TEXT, SHE, method))
    assert found.words == WORDS
    assert found.starts == tuple(TEXT.index(word) for word in WORDS)
    assert found.values == pytest.approx([WEIGHTS[word] for word in WORDS], abs=1e-9)
    assert (found.base, found.full) == pytest.approx((0.0, sum(WEIGHTS.values())))
    assert found.residual == pytest.approx(0.0, abs=1e-12)


def test_a_pair_is_shared_equally_whatever_the_seed() -> None:
    requests = [Attribute(TEXT, SHE, "shap", seed=seed) for seed in range(3)]
    for found in explain(Fake(pair), *requests):
        assert found.values == pytest.approx([0.25, 2.75, 0.0, -0.5, 0.125, -0.25])
        assert found.errors == pytest.approx([0.0] * 6, abs=1e-9)


def test_a_triple_is_estimated_within_its_error_and_the_errors_shrink_with_the_budget() -> None:
    exact = np.array([0.0, 3.0, 2.0, 0.0, 0.0, 2.0])
    short, long = explain(
        Fake(triple), Attribute(TEXT, SHE, "shap", 130, seed=1), Attribute(TEXT, SHE, "shap", 13_000, seed=1)
    )
    assert np.abs(np.array(long.values) - exact).max() < 0.15
    assert np.all(np.abs(np.array(short.values) - exact) <= 4 * np.array(short.errors) + 1e-9)
    assert 0 < max(long.errors) < max(short.errors) / 3


def test_the_error_bar_is_the_spread_over_seeds() -> None:
    runs = explain(Fake(triple), *[Attribute(TEXT, SHE, "shap", 260, seed=seed) for seed in range(60)])
    spread = np.std([run.values for run in runs], axis=0, ddof=1)
    claimed = np.sqrt(np.mean(np.square([run.errors for run in runs]), axis=0))
    moved = spread > 0
    assert moved.sum() == 3
    assert claimed[moved] / spread[moved] == pytest.approx(np.ones(3), abs=0.3)


def test_lime_error_bars_are_the_spread_over_seeds() -> None:
    runs = explain(Fake(triple), *[Attribute(TEXT, SHE, "lime", 300, seed=seed) for seed in range(40)])
    spread = np.std([run.values for run in runs], axis=0, ddof=1)
    claimed = np.sqrt(np.mean(np.square([run.errors for run in runs]), axis=0))
    assert claimed / spread == pytest.approx(np.ones(6), abs=0.4)


def test_a_classifier_is_explained_in_log_odds() -> None:
    fake = Fake(additive(WEIGHTS), "Classify")
    text = "The nurse was tired"
    yes, no = explain(fake, Attribute(text, ForClass("yes"), "shap"), Attribute(text, ForClass("no"), "shap"))
    assert yes.values == pytest.approx([0.25, 2.0, 0.125, -1.0])
    assert no.values == pytest.approx([-0.25, -2.0, -0.125, 1.0])


def test_log_odds_of_a_class_against_all_others() -> None:
    scores = ClassScores(("a", "b", "c"), (1.0, 0.0, -1.0))
    chance = np.exp(1.0) / (np.exp(1.0) + 1 + np.exp(-1.0))
    assert log_odds(scores, "a") == pytest.approx(np.log(chance / (1 - chance)))
    assert log_odds(replace(scores, multi_label=True), "c") == -1.0


def test_masked_models_are_asked_at_the_first_blank_of_the_text() -> None:
    fake = Fake(additive(WEIGHTS), "FillMask")
    explain(fake, Attribute("The nurse said [MASK] hid [MASK].", SHE, "shap"))
    hidden = FillMask("The [MASK] [MASK] [MASK] hid [MASK].", ("she", "he"), at=2)
    assert hidden in fake.asked


def test_one_word_alone_is_the_difference_that_it_makes() -> None:
    methods: tuple[Method, ...] = ("shap", "shap_partition", "lime")
    for found in explain(Fake(additive({"睡": 3.0})), *[Attribute("睡 [MASK]", SHE, method) for method in methods]):
        assert (found.words, found.values, found.base, found.full) == (("睡",), (3.0,), 0.0, 3.0)


def test_all_methods_and_seeds_share_one_table_of_coalitions() -> None:
    fake = Fake(pair)
    methods: tuple[Method, ...] = ("shap", "shap_partition", "lime")
    requests = [Attribute(TEXT, SHE, method, seed=seed) for method in methods for seed in (0, 1)]
    explainer = Explainer(fake)
    together = explainer.explain(requests, fake.ask)
    assert len(fake.asked) == 2 * 2 ** len(WORDS)
    assert len(set(fake.asked)) == len(fake.asked)
    assert explainer.explain(requests, fake.ask) == together
    assert len(fake.asked) == 2 * 2 ** len(WORDS)
    assert [Explainer(fake).explain([request], fake.ask)[0] for request in requests] == together


def test_a_long_text_costs_no_more_than_its_budget() -> None:
    words = [f"w{number}" for number in range(20)]
    fake = Fake(additive({word: float(number) for number, word in enumerate(words)}))
    (found,) = explain(fake, Attribute(" ".join(words) + " [MASK]", SHE, "shap", budget=150))
    assert found.values == pytest.approx(list(range(20)))
    assert found.evaluations <= 150
    assert len(fake.asked) <= 2 * (150 + 12 * 21)


def test_what_cannot_be_asked_says_why() -> None:
    fake = Fake(additive(WEIGHTS))
    asked = [
        Attribute("no blank here", SHE, "shap"),
        Attribute("[MASK] ...", SHE, "shap"),
        Attribute("two [MASK] and [MASK]", SHE, "lime"),
        Attribute(TEXT, ForClass("yes"), "lime"),
        Attribute(TEXT, SHE, "integrated_gradients"),
        Attribute(TEXT, SHE, "shap", budget=12),
        Attribute(TEXT, BetweenFillers("they", "he"), "shap"),
    ]
    answers = Explainer(fake).explain(asked, lambda requests: [Unanswered("the model is tired")] * len(requests))
    assert [answer.reason for answer in answers if isinstance(answer, Unanswered)] == [
        "the text has no [MASK] to fill",
        "the text has no word to explain",
        "a left-to-right model is asked one [MASK] at a time, the text has 2",
        "the model is no classifier, so it has no class to explain",
        "the model gives no gradients",
        "the model is tired",
        "the model is tired",
    ]
    (short,) = Explainer(fake).explain([Attribute(TEXT, SHE, "shap", budget=12)], fake.ask)
    assert short == Unanswered("SHAP needs at least 13 evaluations for 6 words, the budget is 12")
    (scarce,) = Explainer(fake).explain([Attribute(TEXT, SHE, "lime", budget=7)], fake.ask)
    assert scarce == Unanswered("LIME needs at least 8 evaluations for 6 words, the budget is 7")
    (enough,) = Explainer(fake).explain([Attribute(TEXT, SHE, "lime", budget=8)], fake.ask)
    assert isinstance(enough, Attribution)


def test_an_unknown_class_names_the_nearest() -> None:
    fake = Fake(additive(WEIGHTS), "Classify")
    (answer,) = Explainer(fake).explain([Attribute("The nurse", ForClass("yess"), "shap")], fake.ask)
    assert answer == Unanswered("the classifier has no label 'yess'; did you mean 'yes'?")


def test_the_global_random_state_is_left_as_it_was() -> None:
    before: Any = np.random.get_state(legacy=True)  # noqa: NPY002 - it is the state under test
    explain(Fake(triple), Attribute(TEXT, SHE, "shap", 130), Attribute(TEXT, SHE, "lime", 100))
    after: Any = np.random.get_state(legacy=True)  # noqa: NPY002
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))


def shap_module() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PendingDeprecationWarning)  # matplotlib's, on import
        import shap
    return shap


def direct_worth(texts: npt.NDArray[Any] | list[str]) -> list[float]:
    """What the library is handed when a user calls it on texts: a hidden word is written `_`."""
    return [triple(str(text).replace("_", " ").split()) for text in texts]


@pytest.mark.arithmetic
@pytest.mark.parametrize("seed", [0, 7])
def test_shap_equals_the_library_called_on_texts(seed: int) -> None:
    """shap's own Text masker cuts and hides the words; ours plays on coalitions. Same seed, same budget."""
    shap = shap_module()
    text = "The nurse said that was tired"

    def tokens(given: str, return_offsets_mapping: bool = True) -> dict[str, Any]:
        names = given.split()
        starts = [given.index(name) for name in names]
        spans = [(start, start + len(name)) for start, name in zip(starts, names, strict=True)]
        return {"input_ids": names, "offset_mapping": spans}

    masker = shap.maskers.Text(tokens, "_", collapse_mask_token=False)
    masker.clustering = None  # all permutations alike, not only those along its tree of words
    explainer = shap.PermutationExplainer(lambda texts: np.array(direct_worth(texts)), masker, seed=seed)
    direct = explainer([text], max_evals=130, silent=True)
    (ours,) = explain(Fake(triple, "Classify"), Attribute(text, ForClass("yes"), "shap", 130, seed))
    assert ours.values == pytest.approx(np.ravel(direct.values[0]), abs=1e-6)
    assert ours.base == pytest.approx(float(np.ravel(direct.base_values)[0]), abs=1e-6)


@pytest.mark.arithmetic
@pytest.mark.parametrize("seed", [0, 7])
def test_lime_equals_the_library_called_on_texts(seed: int) -> None:
    from lime.lime_text import LimeTextExplainer

    text = "The nurse said that was tired"

    def scores(texts: list[str]) -> npt.NDArray[np.float64]:
        worth = np.array(direct_worth(texts))
        return np.column_stack([-worth, worth])

    explainer = LimeTextExplainer(split_expression=r"\W+", bow=False, mask_string="_", random_state=seed)
    direct = explainer.explain_instance(text, scores, labels=(1,), num_features=6, num_samples=400)
    (ours,) = explain(Fake(triple, "Classify"), Attribute(text, ForClass("yes"), "lime", 400, seed))
    weights = dict(direct.local_exp[1])
    assert ours.values == pytest.approx([weights[number] for number in range(6)], abs=1e-6)


def test_partition_equals_the_library_and_owen_values_by_hand() -> None:
    """Halves {The nurse said} {that was tired}; the triple needs both: 3 for each half, 1.5 for nurse and said."""
    text = "The nurse said that was tired"
    (ours,) = explain(Fake(triple, "Classify"), Attribute(text, ForClass("yes"), "shap_partition"))
    assert ours.values == pytest.approx([0.0, 1.0 + 1.5, 1.5, 0.0, 0.0, 3.0])
    assert ours.errors == ()


def test_halves_is_a_linkage_of_neighbours() -> None:
    tree = halves(5)
    assert tree[:, 3].tolist() == [2, 3, 2, 5]
    assert sorted(tree[:, :2].ravel().tolist()) == [0, 1, 2, 3, 4, 5, 6, 7]


@pytest.mark.arithmetic
def test_the_resampled_ridge_is_the_librarys_own() -> None:
    """Refitting on the very rows that the library drew gives its coefficients, so the spread is that of its method."""
    rows = every(6)[1:][::-1]
    generator = np.random.default_rng(0)
    scores = generator.normal(size=len(rows))
    from lime.lime_base import LimeBase
    from sklearn.metrics import pairwise_distances

    distances = pairwise_distances(rows.astype(float), rows[:1].astype(float), metric="cosine").ravel() * 100
    base = LimeBase(lambda distance: np.sqrt(np.exp(-(distance**2) / 25.0**2)), random_state=0)
    _, found, _, _ = base.explain_instance_with_data(
        rows.astype(float), scores[:, np.newaxis], distances, 0, 6, feature_selection="none"
    )
    ours = attribution_lime.fit(rows.astype(float), scores, attribution_lime.nearness(rows))
    assert ours == pytest.approx([dict(found)[number] for number in range(6)], abs=1e-9)

"""The explainer behind the real engine and real (tiny, random) models."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import tiny_models
from fairwitness.audit.attribution import Explainer
from fairwitness.audit.attribution.targets import log_odds
from fairwitness.audit.engine import Engine
from fairwitness.audit.huggingface import Loading, load
from fairwitness.audit.requests import Attribute, Attribution, BetweenFillers, Classify, ClassScores, ForClass, Method
from fairwitness.audit.subject import Classifies

pytestmark = [pytest.mark.slow, pytest.mark.arithmetic]
"""Importing shap and compiling its loops takes seconds."""

TEXT = "The nurse said that she was tired"


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    folder = tmp_path_factory.mktemp("classifier")
    subject = load(Loading(str(tiny_models.build("classifier:bert", folder / "model")), cache_dir=folder, threads=1))
    assert isinstance(subject, Classifies)
    return Engine(subject, explainer=Explainer(subject))


@pytest.fixture(scope="module")
def label(classifier: Engine) -> str:
    (scores,) = classifier.answer([Classify(TEXT)])
    assert isinstance(scores, ClassScores)
    return scores.labels[0]


def explain(engine: Engine, request: Attribute) -> Attribution:
    (answer,) = engine.answer([request])
    assert isinstance(answer, Attribution), answer
    return answer


def worth(engine: Engine, label: str, texts: Sequence[str]) -> npt.NDArray[np.float64]:
    """What a user would write: the engine's log-odds of texts in which `_` stands for a hidden word."""
    shown = [" ".join(str(text).replace("_", " ").split()) for text in texts]
    answers = engine.answer([Classify(text or "…") for text in shown])
    return np.array([log_odds(answer, label) for answer in answers if isinstance(answer, ClassScores)])


@pytest.mark.parametrize("seed", [0, 3])
def test_shap_equals_the_library_on_the_engines_function(classifier: Engine, label: str, seed: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PendingDeprecationWarning)  # matplotlib's, on import
        import shap

    def tokens(given: str, return_offsets_mapping: bool = True) -> dict[str, Any]:
        names = given.split()
        starts = [sum(len(name) + 1 for name in names[:place]) for place in range(len(names))]
        return {"input_ids": names, "offset_mapping": [(at, at + len(n)) for at, n in zip(starts, names, strict=True)]}

    masker = shap.maskers.Text(tokens, "_", collapse_mask_token=False)
    masker.clustering = None  # all permutations alike, not only those along its tree of words
    explainer = shap.PermutationExplainer(lambda texts: worth(classifier, label, texts), masker, seed=seed)
    direct = explainer([TEXT], max_evals=200, silent=True)
    ours = explain(classifier, Attribute(TEXT, ForClass(label), "shap", 200, seed))
    assert ours.values == pytest.approx(np.ravel(direct.values[0]), abs=1e-5)
    assert max(np.abs(ours.values)) > 1e-4


@pytest.mark.parametrize("seed", [0, 3])
def test_lime_equals_the_library_on_the_engines_function(classifier: Engine, label: str, seed: int) -> None:
    from lime.lime_text import LimeTextExplainer

    def scores(texts: list[str]) -> npt.NDArray[np.float64]:
        values = worth(classifier, label, texts)
        return np.column_stack([-values, values])

    explainer = LimeTextExplainer(split_expression=r"\W+", bow=False, mask_string="_", random_state=seed)
    direct = explainer.explain_instance(TEXT, scores, labels=(1,), num_features=7, num_samples=300)
    ours = explain(classifier, Attribute(TEXT, ForClass(label), "lime", 300, seed))
    weights = dict(direct.local_exp[1])
    assert ours.values == pytest.approx([weights[number] for number in range(7)], abs=1e-5)


METHODS: tuple[Method, ...] = ("shap", "shap_partition", "integrated_gradients")


@pytest.mark.parametrize("name", ["masked:bert", "causal:llama"])
def test_complete_methods_add_up_on_language_models(name: str, tmp_path: Path) -> None:
    subject = load(Loading(str(tiny_models.build(name, tmp_path / "model")), cache_dir=tmp_path, threads=1))
    engine = Engine(subject, explainer=Explainer(subject))
    text = "The nurse said that [MASK] was tired."
    found = {
        method: explain(engine, Attribute(text, BetweenFillers("she", "he"), method, tested="removed"))
        for method in METHODS
    }
    for method, one in found.items():
        assert one.words == ("The", "nurse", "said", "that", "was", "tired")
        change = abs(one.full - one.base)
        assert abs(one.residual) <= (0.01 * change + 1e-4 if method == "integrated_gradients" else 1e-5)
        assert one.removal[0] == one.greedy_removal[0] == pytest.approx(one.full, abs=1e-4)
        assert one.removal[-1] == one.kept[0] == pytest.approx(one.random_removal[-1])
        assert len(one.infidelity) == 2
    assert np.ptp([one.full for one in found.values()]) < 1e-3

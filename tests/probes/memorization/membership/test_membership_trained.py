"""Models that are trained on the members again and again give them away; untrained ones rank as a coin does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from plants import membership as plant

from fairwitness import kit
from fairwitness.audit.engine import Engine
from fairwitness.audit.huggingface import Loading, load
from fairwitness.audit.probe import Context, Findings
from fairwitness.audit.records import Estimate, ScoredItems, Undefined
from fairwitness.probes.memorization.membership.probe import PROBE
from organisms import drive_rounds
from trained import Tiny

pytestmark = [pytest.mark.slow, pytest.mark.arithmetic]
MEMBERS, OTHERS = plant.split()


class Second:
    """A second model as a run hands it over."""

    def __init__(self, folder: Path) -> None:
        self._engine = Engine(load(Loading(str(folder), offline=True, threads=1)))
        self.info = self._engine.subject.info

    def __call__(self, requests: Any) -> Any:
        return self._engine.answer(requests)


def asked(tiny: Tiny, folder: Path, kinds: set[str], **more: Any) -> Findings:
    """The findings of a model that is loaded and asked as a user's is."""
    ask = tiny.ask(folder)
    context = Context(
        seed=0,
        options=PROBE.options(),
        capabilities=frozenset(kinds),
        data=plant.data(MEMBERS, OTHERS),
        **more,
    )
    return drive_rounds(PROBE, context, ask)


def aucs(findings: Findings) -> dict[str, Any]:
    return {row.variant["score"]: row.estimate for row in findings.metrics if row.name == "membership_auc"}


def raw(findings: Findings, score: str) -> float:
    """The AUC of the scores as they are stored, whatever may be concluded of them."""
    items = findings.items
    assert isinstance(items, ScoredItems)
    values = np.array(items.scores[f"score_{score}"], dtype=float)
    member = [side == "members" for side in items.clusters["side"]]
    estimate = kit.stats.auc(values, member)
    assert isinstance(estimate, Estimate)
    return estimate.value


@pytest.mark.proof
def test_an_overfitted_causal_model_gives_its_members_away_by_every_score(tmp_path: Path) -> None:
    plant.causal(0).save(tmp_path / "reference")
    plant.masked().save(tmp_path / "masked")
    found = asked(
        plant.causal(),
        tmp_path / "model",
        {"LogLikelihood"},
        references=(Second(tmp_path / "reference"),),
        masked_model=Second(tmp_path / "masked"),
    )
    for score, estimate in aucs(found).items():
        assert isinstance(estimate, Estimate), (score, estimate)
        assert estimate.low > 0.7, score
    assert {"min-k++", "LiRA", "RMIA", "neighbour"} <= set(aucs(found))


def test_an_untrained_one_ranks_as_a_coin_does_and_is_not_called_clean(tmp_path: Path) -> None:
    found = asked(plant.causal(0), tmp_path, {"LogLikelihood"})
    for score in ("loss", "min_k", "min_k_plus"):
        assert 0.3 < raw(found, score) < 0.7, score
    assert all(isinstance(estimate, Undefined) for estimate in aucs(found).values())


@pytest.mark.proof
def test_an_overfitted_masked_model_does_too(tmp_path: Path) -> None:
    found = asked(plant.masked(), tmp_path, {"PseudoLogLikelihood", "FillMask"})
    loss = aucs(found)["loss"]
    assert isinstance(loss, Estimate)
    assert loss.low > 0.7
    assert isinstance(aucs(found)["min-k++"], Undefined)


def labels(texts: list[str], seed: int) -> list[str]:
    """Classes that nothing explains: only memory has them right."""
    return [str(name) for name in np.random.default_rng(seed).choice(["no", "yes"], len(texts))]


def test_classifiers_that_learnt_their_labels_by_heart_give_their_texts_and_rows_away() -> None:
    """Random labels: a linear classifier of words and a tree of columns know those of the members, and no others."""
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.tree import DecisionTreeClassifier

    known, other = labels(MEMBERS, 1), labels(OTHERS, 2)
    texts = make_pipeline(CountVectorizer(ngram_range=(1, 3)), LogisticRegression(C=1e4, max_iter=500))
    texts.fit(MEMBERS, known)
    data = {
        "members": plant.table("members", MEMBERS, label=known),
        "nonmembers": plant.table("nonmembers", OTHERS, label=other),
    }

    def classify(request: Any) -> kit.ClassScores:
        log_probs = np.log(np.clip(texts.predict_proba([request.text])[0], 1e-9, 1))
        return kit.ClassScores(tuple(texts.classes_), tuple(log_probs.tolist()))

    of_texts = kit.trial(PROBE, classify, capabilities={"Classify"}, data=data)
    rng = np.random.default_rng(3)
    cells = rng.normal(size=(len(MEMBERS) + len(OTHERS), 3))
    tree = DecisionTreeClassifier(random_state=0).fit(cells[: len(MEMBERS)], known)

    def predict(request: Any) -> kit.Prediction:
        shares = tree.predict_proba([[value for _, value in request.features]])[0]
        scores = tuple(zip(tree.classes_.tolist(), shares.tolist(), strict=True))
        return kit.Prediction(max(scores, key=lambda pair: pair[1])[0], None, scores)

    sides = {"members": (cells[: len(MEMBERS)], known), "nonmembers": (cells[len(MEMBERS) :], other)}
    rows = {
        name: replace(
            plant.table(name, side),
            columns={**dict(zip("abc", zip(*values.tolist(), strict=True), strict=True)), "label": tuple(side)},
        )
        for name, (values, side) in sides.items()
    }
    of_rows = kit.trial(PROBE, predict, capabilities={"Predict"}, data=rows)
    for found in (of_texts, of_rows):
        loss = aucs(found)["loss"]
        assert isinstance(loss, Estimate)
        assert loss.low > 0.55  # of new rows half are right too: a leaf of a tree is as sure of those

"""Fitted estimators in memory: their decisions are the library's own, and what was not fitted is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.ensemble import IsolationForest, RandomForestClassifier
from sklearn.feature_extraction.text import HashingVectorizer, TfidfVectorizer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.svm import LinearSVC

from fairwitness.audit.adapters import Classifier, Tabular, adapt, fitted
from fairwitness.audit.engine import Engine
from fairwitness.audit.errors import UnfitObject, WrongTask
from fairwitness.audit.requests import Classify, ClassScores, Predict, Prediction
from fairwitness.audit.subject import Predicts
from fairwitness.audit.tabular import Estimator

PEOPLE = pd.DataFrame(
    {"sex": pd.Categorical(["f", "m", "f", "m"] * 15), "age": np.arange(60.0), "hired": ["no", "no", "yes", "yes"] * 15}
)
FEATURES = PEOPLE[["sex", "age"]]
ROWS = [Predict(tuple(zip(("sex", "age"), row, strict=True))) for row in FEATURES.itertuples(index=False)]


def pipeline(*more: Any) -> Pipeline:
    columns = make_column_transformer((OneHotEncoder(), ["sex"]), (StandardScaler(), ["age"]))
    return make_pipeline(columns, *more, LogisticRegression())


@pytest.mark.arithmetic
def test_the_decisions_and_probabilities_are_those_of_the_estimator() -> None:
    model = pipeline().fit(FEATURES, PEOPLE["hired"])
    subject = adapt(model, data=PEOPLE)
    assert isinstance(subject, Estimator)
    answers = Engine(subject).answer(list(ROWS))
    chances = model.predict_proba(FEATURES)
    for answer, label, row in zip(answers, model.predict(FEATURES), chances, strict=True):
        assert answer == Prediction(label, scores=tuple(zip(("no", "yes"), row.tolist(), strict=True)))
    info = subject.info
    assert (info.spec, info.kind, info.capabilities) == (
        "Pipeline (LogisticRegression)",
        "tabular",
        ("Predict", "AttributeRow"),
    )
    assert info.fingerprint
    assert info.fingerprint == fitted(pipeline().fit(FEATURES, PEOPLE["hired"])).info.fingerprint
    assert info.fingerprint != fitted(pipeline().fit(FEATURES, PEOPLE["hired"][::-1])).info.fingerprint


def test_a_model_is_given_its_categories_as_it_was_fitted_with_them() -> None:
    class Strict:
        """Takes categoricals alone, as gradient boosting of other libraries does."""

        classes_ = np.array(["no", "yes"])
        feature_names_in_ = np.array(["sex", "age"], dtype=object)

        def predict(self, rows: pd.DataFrame) -> Any:
            return self.classes_[rows["sex"].cat.codes]

    model = Strict()

    def decided(subject: object) -> list[str | None]:
        assert isinstance(subject, Predicts)
        return [getattr(answer, "label", None) for answer in subject.predict(ROWS[:7])]

    assert decided(adapt(model, data=PEOPLE)) == list(model.predict(FEATURES[:7]))
    assert decided(adapt(model)) == [None] * 7, "without the table nothing says that it is a categorical"


@pytest.mark.parametrize(
    "model",
    [
        LogisticRegression(),
        pipeline(),
        RandomForestClassifier(),
        GridSearchCV(LogisticRegression(), {"C": [1.0]}),
        make_pipeline(TfidfVectorizer(), LogisticRegression()),
        IsolationForest(),
    ],
    ids=lambda model: type(model).__name__,
)
def test_what_was_not_fitted_is_refused(model: Any) -> None:
    with pytest.raises(UnfitObject, match=rf"^{type(model).__name__}.* was not fitted: call its fit\(X, y\) first"):
        adapt(model)


def test_texts_are_asked_of_who_reads_texts() -> None:
    texts = ["a good day", "a bad day", "good luck", "bad luck"] * 5
    model = make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(texts, ["+", "-"] * 10)
    subject = adapt(model)
    assert isinstance(subject, Classifier)
    answers = Engine(subject).answer([Classify(text) for text in texts[:4]])
    for text, answer in zip(texts, answers[:4], strict=False):
        assert isinstance(answer, ClassScores)
        assert answer.labels == ("+", "-")
        expected = model.predict_log_proba([text])[0]
        assert answer.logits == pytest.approx(expected)
    assert subject.info.fingerprint, "what it is can be hashed, unlike a function"
    assert subject.info.capabilities == ("Classify", "Attribute")
    margins = make_pipeline(HashingVectorizer(n_features=16), LinearSVC()).fit(texts, ["+", "-"] * 10)
    with pytest.raises(UnfitObject, match=r"gives no probabilities of classes \(predict_proba\)"):
        adapt(margins)


def test_a_regressor_decides_numbers() -> None:
    model = LinearRegression().fit(FEATURES[["age"]], PEOPLE["age"] * 1.5)
    subject = adapt(model)
    assert isinstance(subject, Estimator)
    (answer,) = Engine(subject).answer([Predict((("age", 3.0),))])
    assert isinstance(answer, Prediction)
    assert float(answer.label) == pytest.approx(4.5)


@pytest.mark.slow
def test_an_object_that_says_nothing_of_itself_is_asked_as_a_function() -> None:
    class Booster:
        """Gives probabilities from `predict`, as native boosters do: as decisions they would be nonsense."""

        def predict(self, rows: pd.DataFrame) -> Any:
            return rows["age"] / 100

    subject = adapt(Booster())
    assert isinstance(subject, Tabular)
    told = {getattr(answer, "reason", "") for answer in subject.predict(ROWS[1:5])}
    assert len(told) == 1
    assert "threshold= where they are probabilities" in told.pop()
    outliers = IsolationForest(random_state=0).fit(FEATURES[["age"]])
    assert isinstance(adapt(outliers), Tabular)


def test_what_decides_several_things_at_once_is_refused() -> None:
    labels = np.column_stack([PEOPLE["age"] > 30, PEOPLE["age"] > 40]).astype(int)
    with pytest.raises(WrongTask, match="decides 2 things at once"):
        adapt(RandomForestClassifier(n_estimators=2).fit(FEATURES[["age"]], labels))


def test_who_holds_a_lambda_is_not_fingerprinted_and_says_why() -> None:
    model = make_pipeline(FunctionTransformer(lambda rows: rows), LogisticRegression())
    info = fitted(model.fit(FEATURES[["age"]], PEOPLE["hired"]), name="mine").info
    assert info.spec == "mine"
    assert info.fingerprint == ""
    assert any(
        note.text.startswith("Not fingerprinted: it holds a function that only this session") for note in info.notes
    )

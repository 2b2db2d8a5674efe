"""A fitted estimator in memory, scikit-learn's or one with the same methods, as a subject."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from fairwitness.audit.adapters.classifier import Classifier
from fairwitness.audit.adapters.content import NoContent, content_hash
from fairwitness.audit.adapters.tabular import Tabular
from fairwitness.audit.errors import UnfitObject
from fairwitness.audit.reasons import note
from fairwitness.audit.records import SubjectInfo
from fairwitness.audit.subject import Subject
from fairwitness.audit.tabular.estimator import estimator
from fairwitness.audit.tabular.load import architecture_of, libraries_of, versions_of


def is_estimator(model: object) -> bool:
    """Whether an object decides as fitted estimators do: by a method `predict`."""
    return not isinstance(model, type) and callable(getattr(model, "predict", None))


def fitted(model: Any, *, name: str = "", dtypes: Mapping[str, Any] | None = None) -> Subject:
    """The subject of a fitted estimator: of texts where its first step reads texts, else of the rows of a table.

    Its fingerprint is that of its content and of the versions of what computes with it; one that holds what only this
    process knows (a lambda) has none. An object that is neither a classifier (`classes_`) nor a regressor is asked as a
    function, which refuses numbers that may be probabilities. Raises UnfitObject where it was not fitted.
    """
    called = name or architecture_of(model)
    _refuse_unfitted(model, called)
    classes = getattr(model, "classes_", None)
    if _reads_texts(model):
        return _of_texts(model, called, classes)
    if classes is None and not _is_regressor(model):
        return Tabular(model.predict, name=called, dtypes=dtypes)
    return estimator(_info(model, called, "tabular", ("Predict", "AttributeRow")), model, dtypes)


def _of_texts(model: Any, name: str, classes: Any) -> Classifier:
    if classes is None or not hasattr(model, "predict_proba"):
        raise UnfitObject(
            f"{name} reads texts and gives no probabilities of classes (predict_proba): fit one that does, such as "
            "LogisticRegression or CalibratedClassifierCV around it"
        )
    subject = Classifier(model.predict_proba, [str(label) for label in classes], name=name)
    subject.info = _info(model, name, "classifier", subject.info.capabilities)
    return subject


def _info(model: Any, name: str, kind: str, capabilities: tuple[str, ...]) -> SubjectInfo:
    info = SubjectInfo(
        spec=name,
        fingerprint="",
        kind=kind,
        architecture=architecture_of(model),
        parameters=None,
        dtype="",
        capabilities=capabilities,
    )
    try:
        return replace(info, fingerprint=content_hash([model, versions_of(libraries_of(model))]))
    except NoContent as why:
        return replace(info, notes=(note("not_fingerprinted", "not_fingerprinted", why=why.text),))


def _refuse_unfitted(model: Any, name: str) -> None:
    if not hasattr(model, "fit") or not hasattr(model, "get_params"):
        return
    try:
        from sklearn.exceptions import NotFittedError
        from sklearn.utils.validation import check_is_fitted
    except ImportError:
        return
    try:
        with suppress(TypeError):  # what is no estimator of scikit-learn's cannot be looked at
            check_is_fitted(model)
    except NotFittedError as error:
        raise UnfitObject(f"{name} was not fitted: call its fit(X, y) first") from error


def _is_regressor(model: Any) -> bool:
    if getattr(model, "_estimator_type", "") == "regressor":
        return True
    try:
        from sklearn.base import is_regressor

        return bool(is_regressor(model))
    except (ImportError, AttributeError, TypeError):
        return False


def _reads_texts(model: Any) -> bool:
    """Whether the first step of a pipeline splits texts into words."""
    steps = getattr(model, "steps", None)
    first = steps[0][1] if isinstance(steps, list) and steps else model
    return hasattr(first, "build_analyzer")

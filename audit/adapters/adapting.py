"""From any object in memory to a subject, decided by what the object is."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable
from typing import Any

from fairwitness.audit.adapters.fitted import fitted, is_estimator
from fairwitness.audit.adapters.function import name_of
from fairwitness.audit.adapters.generator import Generator
from fairwitness.audit.adapters.scorer import Scorer
from fairwitness.audit.adapters.tabular import Tabular
from fairwitness.audit.adapters.transformers import is_transformers, transformers_subject
from fairwitness.audit.datasets.frames import dtypes_of, is_frame
from fairwitness.audit.errors import UnfitObject
from fairwitness.audit.records import SubjectInfo
from fairwitness.audit.subject import Subject

WRAPPERS = (
    "Classifier(fn, labels=[...]): texts -> the probability of each label",
    "Tabular(fn): rows (a DataFrame) -> decisions, or probabilities with classes=[...] or threshold=",
    "Predictions(frame, prediction='COLUMN'): decisions that were already made",
    "Generator(fn): prompts -> the texts after them",
    "Scorer(fn): contexts, continuations -> log-probabilities",
    "Tagger(fn): texts -> the labelled spans of each, as (start, end, label)",
    "ImageMatcher(fn): images, texts -> a row of numbers for each image, how well each text matches it",
    "ImageClassifier(fn, labels=[...]): images -> the probability of each label",
    "ImageAnswerer(fn): images, questions -> an answer to each question",
    "Captioner(fn): images -> a caption of each",
)
"""How each kind is given, a line each."""
_LISTED = "".join(f"\n  {wrapper}" for wrapper in WRAPPERS)


def adapt(model: object, *, tokenizer: object = None, data: object = None, batch_tokens: int | None = None) -> Subject:
    """A subject as it is; of anything else the subject that it makes.

    A model of transformers is asked where it stands, with its `tokenizer`, `batch_tokens` padded tokens at once.
    A fitted estimator is asked for rows of a table (for texts, where its first step splits texts into words); `data`,
    the table as a DataFrame, tells it the dtypes of the columns. Of a function its annotations say what it takes: one
    that is annotated with a DataFrame is a `Tabular`, one from texts to texts a `Generator`, one of two lists of texts
    a `Scorer`. A function is never called to find out: nothing says that a call is free. Raises UnfitObject with what
    to do, and as `transformers_subject` does.
    """
    if isinstance(model, type):
        raise UnfitObject(f"{model.__name__} is a class: give an instance of it")
    if is_transformers(model):
        return transformers_subject(model, tokenizer, batch_tokens=batch_tokens)
    if tokenizer is not None:
        raise UnfitObject(
            f"tokenizer= goes with a model of transformers, and this is {type(model).__name__}: put both into a "
            "function of texts and wrap it, such as Classifier(lambda texts: model(tokenizer(texts)), labels=[...])"
        )
    if isinstance(model, Subject) and isinstance(model.info, SubjectInfo):
        return model
    if is_frame(model):
        swapped = "" if data is None or is_frame(data) else "; the model comes first, then the data"
        raise UnfitObject(f"a table decides nothing by itself: {WRAPPERS[2]}{swapped}")
    if is_estimator(model):
        return fitted(model, dtypes=dtypes_of(data))
    if callable(model):
        return _of_function(model, data)
    raise UnfitObject(
        f"an object of type {type(model).__name__} is no model: give a model spec or a path, a model of transformers "
        f"with its tokenizer, a fitted estimator, or a function in a wrapper:{_LISTED}"
    )


def _of_function(fn: Callable[..., Any], data: object) -> Subject:
    takes, gives = _annotations(fn)
    if any(map(_is_rows, takes[:1])):
        return Tabular(fn, dtypes=dtypes_of(data))
    if len(takes) == 2 and all(map(_is_texts, takes)):
        return Scorer(fn)
    if len(takes) == 1 and _is_texts(takes[0]) and _is_texts(gives):
        return Generator(fn)
    raise UnfitObject(f"nothing says what {name_of(fn)} takes and gives: wrap it:{_LISTED}")


def _annotations(fn: Callable[..., Any]) -> tuple[list[Any], Any]:
    """What the required arguments of a function are annotated with, and what it gives."""
    try:
        signature = inspect.signature(fn)
        hints = typing.get_type_hints(fn if inspect.isroutine(fn) else type(fn).__call__)
    except (NameError, TypeError, ValueError, AttributeError):
        return [], None
    needed = [
        name
        for name, parameter in signature.parameters.items()
        if parameter.default is parameter.empty and parameter.kind in _POSITIONAL
    ]
    return [hints.get(name) for name in needed], hints.get("return")


_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def _is_texts(hint: object) -> bool:
    return typing.get_args(hint) in ((str,), (str, ...)) and typing.get_origin(hint) is not None


def _is_rows(hint: object) -> bool:
    return isinstance(hint, type) and hint.__name__ == "DataFrame"

"""One text or row explained: a run of the probe that explains such, in a folder that does not stay.

A text is a table of one row for `attribution`; a row is one of a table for `importance`.
"""

from __future__ import annotations

import hashlib
import math
import shlex
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from fairwitness.audit import config as configuration
from fairwitness.audit.errors import BadOption, WrongTask, nearest, shortened
from fairwitness.audit.private import cache_folder
from fairwitness.audit.records import Audit, DataSource, SubjectInfo, Table
from fairwitness.audit.requests import BLANK, Classify, Unanswered
from fairwitness.audit.session import subjects
from fairwitness.audit.session.job import prepare
from fairwitness.audit.session.memory import InMemory
from fairwitness.audit.session.run import perform
from fairwitness.audit.session.watch import Watcher
from fairwitness.audit.subject import Classifies, Subject

OF_TEXTS, OF_ROWS = "attribution", "importance"
"""The probes that explain."""
NAME = "the text"
"""How messages and the document name the table of what is explained."""
LONGEST = 20_000
"""Characters of a text that can be explained: every word is a column of the picture."""
REPORT_ONLY = "report-only"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is explained of which model, and how."""

    model: str
    text: str = ""
    row: int = 0
    """The number of a row of `table` in place of a text, from 1."""
    table: str | Table = ""
    """The file of the table, or the table itself."""
    pair: str | None = None
    """A text to compare it with, word by word."""
    methods: tuple[str, ...] = ()
    """Methods by their names; none takes those of the probe."""
    target: str | None = None
    """A class of a classifier, the decision of a model over tables, or `FILLER/FILLER` of a language model."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Every other setting of a run, by its name."""

    @property
    def probe(self) -> str:
        """The probe that explains it."""
        return OF_ROWS if self.row else OF_TEXTS

    @property
    def texts(self) -> tuple[str, ...]:
        """The text, and the one that it is compared with."""
        return (self.text,) if self.pair is None else (self.text, self.pair)


def explain(question: Question, watcher: Watcher, subject: Subject | None = None) -> Audit:
    """The document of the explanation; `subject` is the model where it is loaded.

    Raises UsageError before the first question and RunError after it.
    """
    _check(question)
    cache = cache_folder()
    config = configuration.resolve(_given(question, {}))
    info = subjects.inspect(config, cache) if subject is None else subject.info
    options = _target(question, info)
    if subject is None:
        watcher.hint(f"loading {question.model}")
        subject = subjects.load(config, cache)
    if "label" in options or (question.pair is not None and not options):
        options = _class_of(question, subject) or options
    return _run(question, options, subject, watcher)


def row_of(written: str) -> tuple[str, int]:
    """File and number of a row as they are written: FILE:N. Raises BadOption.

    >>> row_of("people.csv:12")
    ('people.csv', 12)
    """
    file, _, number = written.rpartition(":")
    if not file or not number.isdecimal() or int(number) < 1:
        raise BadOption(f"--row {written}: name a file and the number of a row of it, from 1: people.csv:12")
    return file, int(number)


def _check(question: Question) -> None:
    if question.row:
        if question.text or question.pair is not None:
            raise BadOption("a row is explained or a text, not both: leave out the text or --row")
        return
    for name, text in (("text", question.text), ("--pair", question.pair)):
        if text is None:
            continue
        if not text.strip():
            raise BadOption(f"{name}: it is empty; give a sentence in quotation marks")
        if len(text) > LONGEST:
            raise BadOption(
                f"{name}: {len(text):,} characters; an explanation shows every word, so at most {LONGEST:,}"
            )
    if question.pair == question.text:
        raise BadOption("--pair: it is the text itself; give the text with what you want to change")


def _target(question: Question, info: SubjectInfo) -> dict[str, str]:
    """The options of the probe that name what is explained. Raises WrongTask and BadOption."""
    if question.row:
        if "Predict" not in info.capabilities:
            raise WrongTask(f"{question.model} ({info.kind}) decides about no table: give a text in place of --row")
        return {} if question.target is None else {"favourable": question.target}
    if "Predict" in info.capabilities:
        raise WrongTask(f"{question.model} decides about rows of a table and reads no text: name one by --row FILE:N")
    if "Attribute" not in info.capabilities:
        answers = ", ".join(info.capabilities) or "nothing"
        raise WrongTask(
            f"{question.model} ({info.kind}) gives nothing that words could be held against; it answers {answers}"
        )
    classifies = "Classify" in info.capabilities
    tags = not classifies and "TagTokens" in info.capabilities
    if not classifies and not tags:
        for name, text in (("text", question.text), ("--pair", question.pair)):
            if text is not None and text.count(BLANK) != 1:
                raise BadOption(
                    f"{name}: a language model is explained by what it puts in one blank, so mark it: "
                    f"'The nurse said that {BLANK} would come.'; got {shortened(text)}"
                )
    if question.target is None:
        return {}
    if classifies or tags:
        return {"label": question.target}
    positive, sign, negative = (part.strip() for part in question.target.partition("/"))
    if not (positive and sign and negative) or "/" in negative or positive == negative:
        raise BadOption(
            f"--target: name two different fillers of {BLANK}, as in --target she/he; got {shortened(question.target)}"
        )
    return {"positive": positive, "negative": negative}


def _given(question: Question, options: Mapping[str, Any]) -> configuration.Given:
    chosen: dict[str, Any] = dict(options)
    if question.methods:
        chosen["methods"] = list(question.methods)
    if question.row:
        chosen["row"] = question.row
    else:
        chosen.setdefault("randomised", 0)  # weights are drawn once a model, for which one text is too few
    data = NAME if not isinstance(question.table, str) or not question.row else question.table
    named = {
        **question.settings,
        "model": question.model,
        "probes": [question.probe],
        "probe": {question.probe: chosen} if chosen else {},
        "data": [f"{question.probe}={data}"],
        "policy": REPORT_ONLY,
        "show_secrets": True,  # whoever asks has typed the text or has the table
    }
    return configuration.gather(None, named)


def _run(question: Question, options: Mapping[str, Any], subject: Subject, watcher: Watcher) -> Audit:
    with tempfile.TemporaryDirectory(prefix="fairwitness-") as place:
        given = _given(question, options)
        given = replace(given, command_line={**given.command_line, "out": str(Path(place, "run"))})
        tables = {} if question.row and isinstance(question.table, str) else {NAME: _table(question)}
        memory = InMemory(subject=subject, tables=tables, repeats=_repeats(question))
        return perform(prepare(given, memory), watcher)


def _repeats(question: Question) -> str:
    if isinstance(question.table, Table):
        return f"fairwitness.explain(model, data=data, row={question.row})"
    words = ["fairwitness", "explain", question.model]
    words += ["--row", f"{question.table}:{question.row}"] if question.row else [question.text]
    words += ["--pair", question.pair] if question.pair is not None else []
    words += ["--target", question.target] if question.target is not None else []
    for method in question.methods:
        words += ["--method", method]
    return shlex.join(words)


def _table(question: Question) -> Table:
    if isinstance(question.table, Table):
        return question.table
    texts = question.texts
    sha256 = hashlib.sha256("\0".join(texts).encode("utf-8", "surrogatepass")).hexdigest()
    source = DataSource(name=NAME, source=NAME, sha256=sha256, licence="as it was typed", rows=len(texts))
    return Table(source, {"text": tuple(texts)})


def _class_of(question: Question, subject: Subject) -> dict[str, str]:
    """The class that is explained: the named one, else the predicted one, so that two texts are held to one.

    Empty where the model says no class. Raises BadOption for a class that it does not know.
    """
    if not isinstance(subject, Classifies):
        return {}
    scores = subject.classify([Classify(question.text)])[0]
    if isinstance(scores, Unanswered) or not scores.labels:
        return {}
    if question.target is not None:
        if question.target not in scores.labels:
            known = ", ".join(map(repr, scores.labels))
            raise BadOption(
                f"--target: no class {question.target!r}{nearest(question.target, scores.labels)} (classes: {known})"
            )
        return {"label": question.target}
    if not all(map(math.isfinite, scores.logits)):
        return {}
    return {"label": scores.labels[scores.logits.index(max(scores.logits))]}

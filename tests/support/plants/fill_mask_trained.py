"""A world in which unfavourable words go with religions, and masked models that were trained on it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from fairwitness.audit.probe import Findings
from fairwitness.probes.bias.fill_mask.items import clues_of, open_text, pairs_of, sentence, templates_of
from fairwitness.probes.bias.fill_mask.probe import PROBE
from fairwitness.probes.kit.groups import terms_of
from organisms import context, drive, packaged, table
from trained import Tiny, once_a_session, tiny_masked

NEEDS = {need.name: need for need in PROBE.spec.data}
TERMS = [
    one
    for one in terms_of(packaged(NEEDS["fill_mask_terms"]), "en")["religion"]
    if one.word in ("Christian", "Muslim", "Jewish")
]
WORDS = pairs_of(packaged(NEEDS["fill_mask_attributes"]), "en", "valence")[:4]
CONTROLS = pairs_of(packaged(NEEDS["fill_mask_attributes"]), "en", "control")[:3]
TEMPLATES = [one for one in templates_of(packaged(NEEDS["fill_mask_templates"]), "en") if one.number == 1][:3]


def world(strength: float, seed: int) -> Iterator[list[tuple[str, str]]]:
    """Sentences in which unfavourable words go with terms other than the reference, with log-odds ± strength / 2."""
    rng = np.random.default_rng(seed)
    clues = [one for one in clues_of(packaged(NEEDS["fill_mask_clues"]), "en") if one.category == "religion"]
    clues = [one for one in clues if one.group in {term.group for term in TERMS}]
    while True:
        batch = []
        for _ in range(64):
            if rng.random() < 0.25:
                clue = clues[int(rng.integers(len(clues)))]
                batch.append((clue.asked.text, next(one.word for one in TERMS if one.group == clue.group)))
                continue
            template = TEMPLATES[int(rng.integers(len(TEMPLATES)))]
            pair = [*WORDS, *CONTROLS][int(rng.integers(len(WORDS) + len(CONTROLS)))]
            first = bool(rng.random() < 0.5)
            lean = strength / 2 * (1 if first else -1) * (pair.kind == "valence")
            odds = np.array([0.0 if one.reference else lean for one in TERMS])
            term = TERMS[int(rng.choice(len(TERMS), p=np.exp(odds) / np.exp(odds).sum()))]
            word = pair.first if first else pair.second
            batch.append((sentence(template, word).text, term.word))
        yield batch


@once_a_session
def trained(strength: float, seed: int = 0) -> Tiny:
    """A tiny masked model of this world."""
    texts = [open_text(one, term.word) for one in TEMPLATES for term in TERMS]
    texts += [f"{pair.first} {pair.second}" for pair in (*WORDS, *CONTROLS)]
    texts += [
        text
        for one in clues_of(packaged(NEEDS["fill_mask_clues"]), "en")
        for text in (one.asked.text, one.neutral.text)
    ]
    return tiny_masked(world(strength, seed), texts, 500, seed)


def audited(strength: float, seed: int = 0) -> Findings:
    """What the probe finds in it, asked about the words of the world alone."""
    pairs = [*WORDS, *CONTROLS]
    data = {
        "fill_mask_terms": table(
            "terms",
            {
                "language": ["en"] * len(TERMS),
                "category": ["religion"] * len(TERMS),
                "group": [one.group for one in TERMS],
                "reference": ["yes" if one.reference else "no" for one in TERMS],
                "term": [one.word for one in TERMS],
            },
        ),
        "fill_mask_attributes": table(
            "attributes",
            {
                "language": ["en"] * (len(pairs) + 1),
                "kind": [*(one.kind for one in pairs), "prior"],
                "pair": [*(one.name for one in pairs), "prior"],
                "first": [*(one.first for one in pairs), "so"],
                "second": [*(one.second for one in pairs), "so"],
            },
        ),
        "fill_mask_templates": table(
            "templates",
            {
                "language": ["en"] * len(TEMPLATES),
                "family": [one.family for one in TEMPLATES],
                "number": [1] * len(TEMPLATES),
                "text": [one.text for one in TEMPLATES],
            },
        ),
    }
    tiny = trained(strength, seed)

    def answer(request: Any) -> Any:
        from fairwitness.audit.requests import Filled

        return tiny(request) if request.targets else Filled((), (), (("a", -1.0), ("b", -2.0), ("c", -3.0)))

    return drive(PROBE, context(PROBE, ["FillMask"], data), answer)

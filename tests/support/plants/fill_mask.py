"""Masked and causal models of one rule for the fill-mask probe: how far each term leans towards unfavourable words."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from fairwitness.audit.probe import Findings
from fairwitness.audit.records import Evidence
from fairwitness.audit.requests import BLANK, Answer, Filled, FillMask, LogLikelihood, Request, TokenScores
from fairwitness.probes.bias.fill_mask.items import clues_of, pairs_of
from fairwitness.probes.bias.fill_mask.probe import PROBE
from fairwitness.probes.kit.groups import terms_of
from organisms import context, drive, packaged

TABLES = {need.name: packaged(need) for need in PROBE.spec.data if need.package.startswith("fairwitness.")}
TERMS = terms_of(TABLES["fill_mask_terms"], "en")
WORDS = {term.word: term for own in TERMS.values() for term in own}
PAIRS = pairs_of(TABLES["fill_mask_attributes"], "en", "valence")
CONTROLS = pairs_of(TABLES["fill_mask_attributes"], "en", "control")
CLUES = {
    clue.asked.after + clue.asked.before: clue.group for clue in clues_of(TABLES["fill_mask_clues"], "en")
}  # fmt: skip
SIGN = {word: sign for pair in PAIRS for word, sign in ((pair.first, 1), (pair.second, -1))}
BASE = {word: -1.0 - at / 7 for at, word in enumerate(WORDS)}
"""How often each term is expected anyway."""

Lean = Callable[[str], float]


def slant(text: str) -> int:
    """1 where the last word is unfavourable, -1 where it is favourable, 0 elsewhere."""
    return next((sign for word, sign in SIGN.items() if text.endswith(f" {word}.")), 0)


def log_prob(text: str, word: str, lean: Lean, noise: float = 0.0, seed: int = 0) -> float:
    """Base rate + half the lean towards unfavourable words + a jump for the group that the text points to."""
    before, after = text.split(BLANK)[0], text.split(BLANK, 1)[1]
    known = CLUES.get(after + before)
    jump = 3.0 if known == WORDS[word].group else 0.0
    own = int.from_bytes(hashlib.sha256(f"{seed}|{text}|{word}".encode()).digest()[:4], "big") / 2**32 - 0.5
    return BASE[word] + slant(text) * lean(word) / 2 + jump + noise * own


def answerer(
    lean: Lean, noise: float = 0.0, seed: int = 0, tokens: Callable[[str], int] = lambda word: 1
) -> Callable[[Request], Answer]:
    """A masked and a causal model of the same rule; a causal sentence has one token a word."""

    def answer(request: Request) -> Answer:
        if isinstance(request, FillMask) and request.targets:
            [word] = request.targets
            return Filled((log_prob(request.text, word, lean, noise, seed),), (tokens(word),))
        if isinstance(request, FillMask):
            return Filled((), (), (("tall", -1.0), ("here", -2.0), ("late", -3.0)))
        assert isinstance(request, LogLikelihood)
        text = request.continuation
        word = max((one for one in WORDS if f" {one} " in text), key=len)
        total = log_prob(text.replace(f" {word} ", f" {BLANK} ", 1), word, lean, noise, seed)
        starts = [0] + [at + 1 for at, sign in enumerate(text) if sign == " "]
        return TokenScores((total, *[0.0] * (len(starts) - 1)), (False,) * len(starts), tuple(starts))

    return answer


def asked(kind: str, answer: Callable[[Request], Answer], **options: Any) -> Findings:
    return drive(PROBE, context(PROBE, [kind], **options), answer)


def evidence(findings: Findings, name: str) -> Evidence:
    [found] = [one for one in findings.evidence if one.id == name]
    return found


def against_reference(word: str) -> float:
    return 0.0 if WORDS[word].reference else 0.8

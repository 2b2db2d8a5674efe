"""The words of fill_mask put together in every language: contractions, endings and repetitions."""

from __future__ import annotations

import csv
import re
from difflib import SequenceMatcher
from itertools import pairwise
from pathlib import Path

import pytest

import assay.probes.data
from assay.probes.fill_mask.items import Pair, Template, open_text, sentence

DATA = Path(assay.probes.data.__path__[0])
WRONG = {
    "en": r"\ba [aeiou]|\ban [^aeiouh]",
    "es": r"\b(de|a) el\b|\b(todos|los)\b personas",
    "fr": r"\b(de|à) les?\b|\b(que|de|le|la|je|ne) (?=[aeiouéèêh])",
    "de": r"\b(in|an|von|zu) dem\b",
    "zh": r"[ -~]",
}


def rows(name: str, language: str) -> list[dict[str, str]]:
    with (DATA / f"{name}.csv").open(encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if row["language"] == language]


def expanded(language: str) -> list[str]:
    terms = [row["term"] for row in rows("fill_mask_terms", language)]
    pairs = [Pair("valence", "", row["first"], row["second"]) for row in rows("fill_mask_attributes", language)]
    templates = [Template(row["family"], 1, row["text"]) for row in rows("fill_mask_templates", language)]
    words = sorted({word for pair in pairs for word in (pair.first, pair.second)})
    assert open_text(templates[0], terms[0]).count(terms[0]) >= 1
    return [sentence(one, word).filled(term) for one in templates for word in words for term in terms]


@pytest.mark.parametrize("language", sorted(WRONG))
def test_every_sentence_keeps_the_rules_of_its_language(language: str) -> None:
    found = expanded(language)
    assert len(found) > 3000
    bad = [text for text in found if re.search(WRONG[language], text, re.IGNORECASE)]
    assert not bad, bad[:5]


@pytest.mark.parametrize("language", ["es", "fr", "de"])
def test_no_term_repeats_the_stem_of_its_noun(language: str) -> None:
    for text in expanded(language):
        for one, other in pairwise(re.findall(r"\w+", text.lower())):
            shared = SequenceMatcher(None, one, other, autojunk=False).find_longest_match().size
            assert shared < 6, text


@pytest.mark.parametrize(("language", "ending"), [("es", "s"), ("fr", "s"), ("de", "e")])
def test_terms_have_the_ending_of_their_place(language: str, ending: str) -> None:
    """Feminine plurals in Spanish and French, strong plurals without an article in German."""
    assert [row["term"] for row in rows("fill_mask_terms", language) if not row["term"].endswith(ending)] == []

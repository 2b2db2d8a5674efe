"""The words of fill_mask put together in every language: contractions, endings and repetitions."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from itertools import pairwise

import pytest

from fairwitness.audit.requests import BLANK
from fairwitness.probes.bias.fill_mask.items import (
    Pair,
    PairKind,
    open_text,
    opened,
    pairs_of,
    sentence,
    templates_of,
    terms_in,
)
from fairwitness.probes.bias.fill_mask.probe import PROBE
from fairwitness.probes.kit.groups import Term, terms_of
from fairwitness.probes.kit.templates import Template
from organisms import packaged

KINDS: tuple[PairKind, ...] = ("valence", "control", "prior")
WRONG = {
    "en": r"\ba [aeiou]|\ban [^aeiouh]",
    "es": r"\b(de|a) el\b|\b(todos|los)\b personas",
    "fr": r"\b(de|à) les?\b|\b(que|de|le|la|je|ne) (?=[aeiouéèêh])",
    "de": r"\b(in|an|von|zu) dem\b",
    "zh": r"[ -~]",
}


def listed(language: str) -> tuple[list[Template], list[Pair], list[Term]]:
    tables = [packaged(need) for need in PROBE.spec.data if need.name.startswith("fill_mask_")]
    terms, attributes, templates, _ = tables
    pairs = [one for kind in KINDS for one in pairs_of(attributes, language, kind)]
    return templates_of(templates, language), pairs, [one for own in terms_of(terms, language).values() for one in own]


def expanded(language: str) -> list[str]:
    templates, pairs, terms = listed(language)
    assert open_text(templates[0], terms[0].word).count(terms[0].word) >= 1
    return [
        sentence(template, word).filled(term.of(template))
        for template in templates
        for word in dict.fromkeys(word for pair in pairs for word in pair.of(template))
        for term in terms_in(template, terms)
    ]


@pytest.mark.parametrize("language", sorted(WRONG))
def test_every_sentence_keeps_the_rules_of_its_language(language: str) -> None:
    found = expanded(language)
    assert len(found) > 3000
    bad = [text for text in found if re.search(WRONG[language], text, re.IGNORECASE)]
    assert not bad, bad[:5]


@pytest.mark.proof
@pytest.mark.parametrize("language", ["es", "fr", "de"])
def test_no_term_repeats_the_stem_of_its_noun(language: str) -> None:
    for text in expanded(language):
        for one, other in pairwise(re.findall(r"\w+", text.lower())):
            shared = SequenceMatcher(None, one, other, autojunk=False).find_longest_match().size
            assert shared < 6, text


@pytest.mark.parametrize(("language", "ending"), [("es", "s"), ("fr", "s"), ("de", "e")])
def test_terms_have_the_ending_of_their_place(language: str, ending: str) -> None:
    """Plurals in Spanish and French, of women and of men; strong plurals without an article in German."""
    ends = {"masculine": ("s", "x")} | dict.fromkeys(("feminine", ""), (ending,))
    _, _, terms = listed(language)
    words = [one.word for one in terms if not one.word.startswith("sin ")]
    assert [word for word in words if not word.endswith(ends["feminine"])] == []
    men = [one.masculine for one in terms if one.masculine]
    assert [word for word in men if not word.endswith(ends["masculine"])] == []


@pytest.mark.parametrize("language", ["es", "fr"])
def test_groups_are_asked_of_women_and_of_men_alike(language: str) -> None:
    """All families but one were about women, so that group and gender could not be told apart."""
    templates, pairs, terms = listed(language)
    men = {one.family for one in templates if one.masculine}
    women = {one.family for one in templates} - men
    assert (len(men), len(women)) == (3, 3)
    assert {one.masculine for one in templates if one.family in men} == {True}
    by_men = next(one for one in templates if one.masculine)
    apart = [one for one in terms if not one.of(by_men)]
    assert [one.group for one in apart] == ["lesbian"]
    changed = [one for one in terms if one.of(by_men) not in (one.word, "")]
    assert len(changed) > len(terms) / 2
    assert sum(pair.of(by_men) != (pair.first, pair.second) for pair in pairs if pair.kind == "valence") >= 6
    noun = {"es": r"\b(las|mujeres|vecinas|alumnas|compañeras)\b", "fr": r"\b(femmes|voisines)\b"}[language]
    assert [one.text for one in templates if one.masculine and re.search(noun, one.text, re.IGNORECASE)] == []


@pytest.mark.parametrize(
    ("language", "reference"),
    [("en", "able-bodied"), ("es", "sin discapacidad"), ("fr", "valides"), ("de", "nichtbehinderte"), ("zh", "健全人")],
)
def test_the_reference_of_disability_is_no_praise(language: str, reference: str) -> None:
    """ "Healthy" is a favourable word itself: whoever is set against it lies beside unfavourable ones."""
    _, _, terms = listed(language)
    [own] = [one for one in terms if one.category == "disability" and one.reference]
    assert own.word == reference
    assert own.group != "healthy"


def test_chinese_sentences_are_sentences() -> None:
    """No adverb of degree before what has no degree, no "so" behind "very", nothing of how many a group are."""
    texts = expanded("zh")
    assert not [text for text in texts if re.search(r"(很|比较|非常)(这样|那样|就是|在|坐|站|先|后)", text)]
    templates, pairs, _ = listed("zh")
    prior = next(pair for pair in pairs if pair.kind == "prior")
    assert sentence(templates[0], prior.first).filled("白人") == "大家都知道白人就是这样。"
    controls = {word for pair in pairs if pair.kind == "control" for word in (pair.first, pair.second)}
    assert not controls & {"多", "少", "早", "晚", "近", "远", "快", "慢", "热", "冷"}
    assert open_text(opened(templates, "zh")[0], "白人") == f"大家都知道白人很{BLANK}。"
    assert open_text(opened(templates, "en")[0], "白人").endswith(f"白人{BLANK}。")


@pytest.mark.parametrize(
    ("language", "group", "word"),
    [
        ("es", "present", "presentes"),
        ("es", "remaining", "restantes"),
        ("es", "next", "siguientes"),
        ("fr", "present", "présentes"),
        ("fr", "next", "suivantes"),
        ("de", "remaining", "übrige"),
        ("de", "present", "anwesende"),
    ],
)
def test_words_that_name_no_group_carry_their_own_name(language: str, group: str, word: str) -> None:
    _, _, terms = listed(language)
    assert {one.group for one in terms if one.word == word} == {group}

"""Languages whose words show gender: a lean of a group is measured in sentences about women and about men."""

from __future__ import annotations

from functools import cache

import pytest

from fairwitness.audit.probe import Findings
from fairwitness.audit.requests import Answer, Filled, FillMask, Request
from fairwitness.probes.bias.fill_mask.items import Pair, clues_of, pairs_of, templates_of
from fairwitness.probes.bias.fill_mask.probe import PROBE
from fairwitness.probes.kit.groups import Term, terms_of
from organisms import context, drive, first_requests, packaged, table, value

TABLES = {need.name: packaged(need) for need in PROBE.spec.data if need.package.startswith("fairwitness.")}


@cache
def known(language: str) -> tuple[dict[str, Term], dict[str, str], list[Pair]]:
    """Terms by each of their forms, the group of each clue, and the pairs of words of judgement."""
    terms = terms_of(TABLES["fill_mask_terms"], language)
    forms = {form: one for own in terms.values() for one in own for form in (one.word, one.masculine or one.word)}
    clues = {one.asked.text: one.group for one in clues_of(TABLES["fill_mask_clues"], language)}
    return forms, clues, pairs_of(TABLES["fill_mask_attributes"], language, "valence")


def audited(language: str, women: float, men: float, category: str) -> Findings:
    """A masked model that raises every group but the reference beside unfavourable words: so far in each gender."""
    forms, clues, pairs = known(language)
    templates = templates_of(TABLES["fill_mask_templates"], language)
    bad = {word for pair in pairs for one in templates for word in pair.of(one)[:1]}
    of_men = [one.text.split("{blank}")[0] for one in templates if one.masculine]

    def answer(request: Request) -> Answer:
        assert isinstance(request, FillMask)
        if not request.targets:
            return Filled((), (), (("tall", -1.0), ("here", -2.0), ("late", -3.0)))
        term = forms[request.targets[0]]
        lean = men if any(request.text.startswith(start) for start in of_men) else women
        unfavourable = any(request.text.endswith(f" {word}.") for word in bad)
        moved = 0.0 if term.reference else lean * unfavourable
        return Filled((-1.0 + moved + 3.0 * (clues.get(request.text) == term.group),), (1,))

    return drive(PROBE, context(PROBE, ["FillMask"], language=language, categories=(category,)), answer)


@pytest.mark.proof
@pytest.mark.parametrize("language", ["es", "fr"])
def test_a_lean_in_sentences_about_men_counts_half(language: str) -> None:
    """Three of six families are about men: what a model does there alone was not seen at all."""
    assert value(audited(language, 1.0, 1.0, "religion"), "lpbs", category="religion").value == pytest.approx(1.0)
    for women, men in ((1.0, 0.0), (0.0, 1.0)):
        found = audited(language, women, men, "religion")
        assert value(found, "lpbs", category="religion").value == pytest.approx(0.5)
        assert value(found, "group_lpbs", category="religion", group="Muslim").value == pytest.approx(0.5)


@pytest.mark.slow
@pytest.mark.parametrize("language", ["es", "fr"])
def test_a_word_for_women_alone_is_asked_in_sentences_about_women(language: str) -> None:
    found = audited(language, 1.0, 0.0, "orientation")
    assert value(found, "group_lpbs", category="orientation", group="lesbian").value == pytest.approx(1.0)
    assert value(found, "group_lpbs", category="orientation", group="bisexual").value == pytest.approx(0.5)
    lesbian = value(found, "group_lpbs", category="orientation", group="lesbian")
    assert lesbian.if_answered in (None, pytest.approx((1.0, 1.0)))  # nothing is missing of it
    assert value(found, "cbs", category="orientation").value > 0
    asked = {
        one.targets
        for one in first_requests(PROBE, context(PROBE, ["FillMask"], language=language))
        if isinstance(one, FillMask)
    }
    assert ("",) not in asked


def test_a_file_of_the_user_without_genders_is_asked_in_the_first_form() -> None:
    own = table(
        "fill_mask_templates",
        {"language": ["es"] * 2, "family": ["a", "b"], "number": [1, 1], "text": ["Las {blank} son {attribute}."] * 2},
    )
    ctx = context(PROBE, ["FillMask"], {"fill_mask_templates": own}, language="es", categories=("religion",))
    words = {one.targets[0] for one in first_requests(PROBE, ctx) if isinstance(one, FillMask) and one.targets}
    assert {"musulmanas", "cristianas"} <= words
    assert "musulmanes" not in words

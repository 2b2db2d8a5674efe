"""Writes a table of docs/policy.md, `python docs/make_samples.py`: with how little each shipped rule can pass.

A test keeps its rows current: the quick ones in every run, all of them with the proofs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from samples import (
    advised,
    answering,
    asked_pictures,
    coding,
    decisions,
    filters,
    harms,
    members,
    pictured,
    reading,
    scatter,
    secrets,
    shares,
    summarised,
    tagged,
    telling,
    translated,
)
from samples.deciding import POLICY, Sample

from fairwitness.audit.policy.rules import Policy, Rule

PAGE = Path(__file__).parent / "policy.md"
BEGIN, END = "<!-- made by `python docs/make_samples.py`: do not edit -->", "<!-- to here -->"
COLUMNS = ("rule", "takes", "bound", "severity", "smallest sample that can pass", "what is shipped")
AMBIGUOUS, SETTLED = shares.BOTH
BY_CATEGORY = "stereotypical-sentences-by-category"


def rows() -> Mapping[str, tuple[Sample, ...]]:
    """The fair answers to what each rule judges; nothing is searched yet."""
    pairs_of_groups = (
        *("selection-ratio", "four-fifths", "true-positive-difference", "false-positive-difference"),
        *("true-positive-gap", "false-positive-gap"),
    )
    classes = ("class-selection-gap", "class-impact-ratio", "class-recall-gap")
    crossed = tuple(f"intersection-{one}" for one in ("selection-ratio", *pairs_of_groups[2:4]))
    small = ("smaller-groups-selection", "smaller-groups-errors", "smaller-group-apart")
    return {
        **{rule: decisions.pairs_of_groups(rule) for rule in pairs_of_groups},
        **{rule: decisions.of_classes(rule) for rule in classes},
        **{rule: decisions.of_small(rule) for rule in small},
        **{rule: decisions.of_crossings(rule) for rule in crossed},
        "intersection-class-impact-ratio": decisions.of_crossed_classes("intersection-class-impact-ratio"),
        "decisions-when-the-group-is-changed": decisions.of_flips("decisions-when-the-group-is-changed"),
        **_questions_and_texts(),
        **_expectations(),
    }


def _questions_and_texts() -> Mapping[str, tuple[Sample, ...]]:
    """What a model does, but for decisions."""
    by_group = "decisions-when-swapped-by-group"
    found = {
        "answers-by-stereotype": shares.questions("answers-by-stereotype", shares.BOTH, overall=True),
        "pronouns-resolved": (*shares.winobias("pronouns-resolved", 1), *shares.winogender("pronouns-resolved")),
        "pronouns-resolved-by-type": shares.winobias("pronouns-resolved-by-type", 2),
        "pronouns-in-real-texts": shares.real_texts("pronouns-in-real-texts"),
        "hurtful-completions": shares.completions("hurtful-completions", 4, 1, "28 sentences", 28),
        "hurtful-completions-by-type": shares.completions("hurtful-completions-by-type", 4, 3, "8 to 10 of a type", 8),
        "negative-continuations": shares.continuations("negative-continuations"),
        "inferences-of-gender": scatter.inferences("inferences-of-gender", sloped=False),
        "inferences-from-occupations": scatter.inferences("inferences-from-occupations", sloped=True),
        "decisions-when-swapped": shares.swapped_sentences("decisions-when-swapped", 1),
        by_group: shares.swapped_sentences(by_group, shares.GROUPS),
        "own-texts-when-swapped": shares.swapped_texts("own-texts-when-swapped"),
        "own-texts-by-heart": shares.texts("own-texts-by-heart"),
        "own-documents-extractable": shares.texts("own-documents-extractable", "distinct documents"),
        "own-documents-by-heart": shares.texts("own-documents-by-heart", "distinct documents"),
        "secrets-seen-once": secrets.seen_once("secrets-seen-once"),
        "claimed-epsilon": secrets.accounted("claimed-epsilon"),
        "claimed-epsilon-beside-secrets": secrets.contradicted("claimed-epsilon-beside-secrets"),
        "members-told-apart": members.told_apart("members-told-apart"),
        "members-singled-out": members.singled_out("members-singled-out"),
        "forgotten-texts-by-heart": shares.texts("forgotten-texts-by-heart"),
        "marks-found": shares.found_marks("marks-found"),
        "own-unmarked-texts-called-marked": shares.unmarked("own-unmarked-texts-called-marked", "80 texts", 80),
        "unmarked-texts-called-marked": shares.unmarked("unmarked-texts-called-marked"),
        "pay-by-group": advised.pay("pay-by-group"),
        "hiring-by-group": advised.hiring("hiring-by-group"),
        "dialect-by-guise": advised.guise("dialect-by-guise"),
        "known-values-given-away": shares.prompts("known-values-given-away"),
        "filter-false-alarms-by-group": filters.by_group("filter-false-alarms-by-group"),
        "filter-missed-hate-by-group": filters.by_group("filter-missed-hate-by-group"),
        "filter-false-alarms-by-name": filters.by_name("filter-false-alarms-by-name"),
        "filter-false-alarms-by-dialect": filters.by_dialect("filter-false-alarms-by-dialect"),
        "answers-by-name": reading.by_name("answers-by-name"),
        "passages-without-an-answer": reading.told_apart("passages-without-an-answer"),
        "code-favours-a-group": coding.favours("code-favours-a-group"),
        "protected-attributes-in-code": coding.protected("protected-attributes-in-code"),
        "names-missed-by-group": tagged.by_group("names-missed-by-group"),
        "summaries-by-group": summarised.by_group("summaries-by-group"),
        "translated-gender-by-gender": translated.by("translated-gender-by-gender", "gender"),
        "translated-gender-by-stereotype": translated.by("translated-gender-by-stereotype", "stereotype"),
        "answers-flip-with-group": asked_pictures.by_pair(
            "answers-flip-with-group", (1, asked_pictures.CHANGES), asked_pictures.FLIPPED
        ),
        "answers-right-by-group": asked_pictures.by_pair("answers-right-by-group", (1, 1), asked_pictures.WRONG),
        "captions-name-the-wrong-group": asked_pictures.by_pair(
            "captions-name-the-wrong-group", (1, 1), asked_pictures.WRONG
        ),
        "captions-miss-things-by-group": asked_pictures.by_pair(
            "captions-miss-things-by-group", (asked_pictures.THINGS, asked_pictures.THINGS), asked_pictures.MISSED
        ),
        "pictures-beside-texts": pictured.beside_texts("pictures-beside-texts"),
        "pictures-shown-first": pictured.shown_first("pictures-shown-first"),
        "toxic-continuations": harms.toxic("toxic-continuations"),
        "toxic-by-group": harms.by_group("toxic-by-group"),
        "planted-instructions": harms.injection("planted-instructions", 10, 12),
        "told-secrets": harms.injection("told-secrets", 10, 10),
        "invented-things-described": telling.invented("invented-things-described"),
        **_replies(),
    }
    for rule, some in (
        ("answers-by-stereotype-in-a-category", shares.BOTH),
        ("open-questions-of-each-category", (AMBIGUOUS,)),
        ("settled-questions-of-each-category", (SETTLED,)),
    ):
        found[rule] = shares.questions(rule, some, overall=False)
    return found


def _replies() -> Mapping[str, tuple[Sample, ...]]:
    """What a model refuses, complies with and takes for true."""
    harmful, harmless = "harmful requests", "harmless requests"
    return {
        "misuse-compliance": answering.rates("misuse-compliance", harmful, hit=False, data="100 requests", default=100),
        "misuse-wrapped": answering.rates(
            "misuse-wrapped", harmful, hit=False, data="100 requests", default=100, forms=answering.FORMS
        ),
        "harmful-requests-refused": answering.rates(
            "harmful-requests-refused", harmful, hit=True, data="150 requests", default=150
        ),
        "harmless-requests-refused": answering.rates(
            "harmless-requests-refused", harmless, hit=False, data="150 requests", default=150
        ),
        "refusals-by-group": answering.refusals_by_group("refusals-by-group"),
        "claims-judged-rightly": answering.claims("claims-judged-rightly"),
        "false-presuppositions": answering.presupposed("false-presuppositions"),
        "confidence-of-answers": answering.confidence("confidence-of-answers"),
    }


def _expectations() -> Mapping[str, tuple[Sample, ...]]:
    """What a model merely expects."""
    return {
        "pronoun-gap": scatter.pronoun_gap("pronoun-gap"),
        "stereotype-slope": scatter.pronoun_slope("stereotype-slope"),
        "women-written-of": scatter.women_written_of("women-written-of"),
        "gender-by-occupation": scatter.gender_by_occupation("gender-by-occupation"),
        "association": scatter.associations("association"),
        "stereotypical-sentences": (
            *shares.sentences("stereotypical-sentences", 1, "1,508 of other words each", 1_508),
            *shares.target_terms("stereotypical-sentences", 1, "79", 79),
        ),
        BY_CATEGORY: (
            *shares.sentences(BY_CATEGORY, 9, "60 of other words each", 60),
            *shares.target_terms(BY_CATEGORY, 6, "10 to 36", 10),
        ),
        "gendered-professions": scatter.professions("gendered-professions"),
        "expected-groups": scatter.groups("expected-groups"),
        "named-without-evidence": scatter.named("named-without-evidence"),
        "expected-pronouns": shares.bug("expected-pronouns"),
        "values-likelier-by-name": scatter.people("values-likelier-by-name"),
        "expected-completions": shares.completions("expected-completions", 20, 1, "28 sentences", 28),
        "follows-the-asker": telling.opinions("follows-the-asker"),
        "gives-up-under-doubt": telling.facts("gives-up-under-doubt"),
        "keeps-to-texts-of-each-group": telling.passages("keeps-to-texts-of-each-group"),
    }


def table(read: Policy = POLICY) -> str:
    """The whole table. Raises ValueError where a rule of the policy has no row, or a row no rule."""
    lines = [COLUMNS, ("---",) * len(COLUMNS), *(row(rule, found) for rule, found in matched(read))]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def matched(read: Policy) -> list[tuple[Rule, tuple[Sample, ...]]]:
    """The rules of a policy with their samples; errors as `table`."""
    found = rows()
    if missing := [rule.id for rule in read.rules if rule.id not in found]:
        raise ValueError(f"no fair answers are known for the rule {missing[0]!r}: add a row to docs/make_samples.py")
    if gone := sorted(found.keys() - {rule.id for rule in read.rules}):
        raise ValueError(f"the policy has no rule {gone[0]!r}: take its row out of docs/make_samples.py")
    return [(rule, found[rule.id]) for rule in read.rules]


def row(rule: Rule, found: Sequence[Sample], stands: str = "") -> tuple[str, ...]:
    """The cells of one rule. Sizes that stand on the page already are looked at first."""
    return (
        *told(rule),
        "; ".join(dict.fromkeys(_smallest(sample, stands) for sample in found)),
        "; ".join(dict.fromkeys(map(_shipped, found))),
    )


def told(rule: Rule) -> tuple[str, ...]:
    """The cells that the policy alone decides."""
    fails = "fails, or stays open" if rule.on_inconclusive == "ignore" else "fails"
    severity = "warns" if rule.severity == "warn" else fails
    return f"`{rule.id}`", f"`{rule.select}`".replace("|", "&#124;"), rule.condition, severity


def _smallest(one: Sample, stands: str) -> str:
    size = one.smallest(_size(one.unit, stands))
    return f"{one.unit}: {f'none up to {one.most:,}' if size is None else f'{size:,}'}"


def _size(unit: str, stands: str) -> int:
    """The size in this unit that stands in a cell; 0 where there is none."""
    size = re.search(rf"(?:^|; ){re.escape(unit)}: ([\d,]+)(?:;|$)", stands)
    return int(size[1].replace(",", "")) if size else 0


def _shipped(one: Sample) -> str:
    passing = one.decided()
    if passing is None:
        return "your data"
    if one.worlds == 1:
        return f"{one.data}: {'passes' if passing else 'cannot pass'}"
    return f"{one.data}: {passing} of {one.worlds} fair models pass"


def page(text: str, made: str) -> str:
    """The page with the table in its place."""
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}\n\n{made}\n{END}{rest.split(END)[1]}"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8"), table()), encoding="utf-8")

"""The evidence: every test by group, every picture, every text, and the controls."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from fairwitness.audit.records import Estimate, Evidence, Undefined
from fairwitness.audit.stats.language.association_effect import Permuted
from fairwitness.probes.bias.image_association.items import WORDS, TextTest
from fairwitness.probes.bias.image_association.results import Case, Results
from fairwitness.probes.kit.images.pictures import Pictured
from fairwitness.probes.kit.tables import Listing, image, interval, label, number, prompt

SHOWN = 400
"""Most pictures, and texts, of which the rows are shown; the total is named."""
SD, SCORE = "SD", ""


@dataclass(frozen=True, slots=True)
class TestRow:
    """A case with its effect, how chance splits its pictures, and how many there are."""

    case: Case
    effect: Estimate | Undefined
    chance: Permuted | None
    pictures: int
    texts: int


@dataclass(frozen=True, slots=True)
class PictureRow:
    """A picture in a test: s, None without an answer."""

    picture: Pictured
    test: TextTest
    s: float | None


@dataclass(frozen=True, slots=True)
class TextRow:
    """A text of a test: its mean score for a group and for the one that it is compared with."""

    case: Case
    label: str
    text: str
    group: float
    against: float


def evidence_of(results: Results, effects: Mapping[Case, Estimate | Undefined]) -> list[Evidence]:
    """All tables but that of the controls."""
    return [_tests(results, effects), _pictures(results), _texts(results)]


def _tests(results: Results, effects: Mapping[Case, Estimate | Undefined]) -> Evidence:
    rows = []
    for case, effect in effects.items():
        sizes = results.known(case).sizes
        rows.append(TestRow(case, effect, results.chance(case), sizes[0] + sizes[1], sizes[2] + sizes[3]))
    listing: Listing[TestRow] = Listing(
        "tests",
        WORDS,
        label("test", lambda row: row.case.test.name),
        label("nearer to", lambda row: row.case.test.a_label),
        label("than to", lambda row: row.case.test.b_label),
        label("group", lambda row: row.case.comparison.group),
        label("compared with", lambda row: row.case.comparison.against),
        number("pictures", lambda row: row.pictures),
        number("texts", lambda row: row.texts),
        interval(("effect", "effect, low", "effect, high"), lambda row: row.effect, SD),
        number("p of chance", lambda row: row.chance.p_value if row.chance else None),
        number("chance reaches", lambda row: row.chance.reach if row.chance else None, SD),
    )
    return listing.of(rows)


def _pictures(results: Results) -> Evidence:
    rows = [
        PictureRow(picture, test, s)
        for test in results.tests
        for picture, s in zip(results.pictures.pictures, results.of_test(test), strict=True)
    ]
    rows.sort(key=lambda row: -abs(row.s) if row.s is not None else 1.0)
    listing: Listing[PictureRow] = Listing(
        "pictures",
        WORDS,
        image("picture", lambda row: row.picture.name),
        label("group", lambda row: ", ".join(row.picture.groups.values())),
        label("test", lambda row: row.test.name),
        number("nearer to the first texts", lambda row: row.s, SCORE),
    )
    return listing.of(rows, shown=SHOWN)


def _texts(results: Results) -> Evidence:
    rows = []
    for case in results.cases:
        scores = results.known(case)
        if min(scores.sizes) < 1:
            continue
        labels = [case.test.a_label] * len(case.test.a) + [case.test.b_label] * len(case.test.b)
        means = zip(scores.values[: scores.x].mean(axis=0), scores.values[scores.x :].mean(axis=0), strict=True)
        for text, set_label, (group, against) in zip((*case.test.a, *case.test.b), labels, means, strict=True):
            rows.append(TextRow(case, set_label, text, float(group), float(against)))
    differences: dict[Case, list[float]] = defaultdict(list)
    for row in rows:
        differences[row.case].append(row.group - row.against)
    middle = {case: float(np.median(values)) for case, values in differences.items()}
    rows.sort(key=lambda row: -abs(row.group - row.against - middle[row.case]))
    listing: Listing[TextRow] = Listing(
        "texts",
        WORDS,
        prompt("text", lambda row: row.text, secret=results.secret),
        label("set", lambda row: row.label),
        label("group", lambda row: row.case.comparison.group),
        label("compared with", lambda row: row.case.comparison.against),
        number("score of the group", lambda row: row.group, SCORE),
        number("score of the other group", lambda row: row.against, SCORE),
        number("difference of scores", lambda row: row.group - row.against, SCORE),
    )
    return listing.of(rows, shown=SHOWN)

"""Does a model that matches pictures with texts match those of one group with other texts than those of another?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fairwitness.audit.probe import Context, Findings, Options, ProbeRun
from fairwitness.audit.records import Estimate, Metric, Picture, ScoredItems, Undefined
from fairwitness.probes.bias.image_association.items import (
    OWN,
    PICTURES,
    TEXTS,
    WORDS,
    TextTest,
    tests_asked,
    texts_of,
)
from fairwitness.probes.bias.image_association.results import Case, Results
from fairwitness.probes.bias.image_association.tables import evidence_of
from fairwitness.probes.kit.images.asked import ImageRound
from fairwitness.probes.kit.images.controls import CONTROLS, CONTROLS_RIGHT
from fairwitness.probes.kit.images.pictures import ImageOptions, Pictured
from fairwitness.probes.kit.measures import Measure, specs_of
from fairwitness.probes.kit.scored import scored_items

WIDE = 1.2
"""Width of an interval that holds 0 beyond which nothing is said: effects of 0.6 either way would be missed."""
EFFECT = Measure(
    name="image_association",
    words=WORDS,
    unit="SD",
    tags=("intrinsic",),
    evidence=("tests", "pictures", "texts"),
    wide=WIDE,
)


@dataclass(frozen=True, slots=True)
class Item:
    """A picture in a test."""

    picture: Pictured
    test: TextTest


class ImageAssociation:
    """One round: every picture about all texts, and the controls."""

    spec = WORDS.spec(
        name="image_association", family="bias", needs=(("MatchImageText",),), data=(PICTURES, OWN, TEXTS, CONTROLS)
    )
    options: type[Options] = ImageOptions
    metrics = specs_of(EFFECT, CONTROLS_RIGHT)

    def run(self, ctx: Context) -> ProbeRun:
        """Asks all at once."""
        tests, secret = tests_asked(ctx)
        read = yield from ImageRound.of(ctx, self.spec.name, PICTURES.name, texts_of(tests)).round()
        results = Results(read=read, tests=tests, seed=ctx.seed, secret=secret)
        effects = {case: results.effect(case) for case in results.cases}
        findings = Findings(
            metrics=_associations(effects),
            evidence=evidence_of(results, effects),
            items=_items(results),
            pictures=[Picture(kind="dots", caption=WORDS("picture.caption"), metrics=(EFFECT.name,))],
        )
        return read.whole(findings, ctx, OWN.name, TEXTS.name)


PROBE = ImageAssociation()


def _associations(effects: Mapping[Case, Estimate | Undefined]) -> list[Metric]:
    """What is said of one group in one test holds for all of them together (Holm)."""
    return EFFECT.of_each(
        effects,
        lambda case: {
            "by": {case.comparison.axis: case.comparison.group},
            "against": case.comparison.against,
            "variant": {"test": case.test.name},
            "group": case.comparison.group,
            "reference": case.comparison.against,
            "a": case.test.a_label,
            "b": case.test.b_label,
        },
    )


def _items(results: Results) -> ScoredItems:
    """Every picture in every test, by the hash of its file."""
    rows = []
    for test in results.tests:
        for picture, s in zip(results.pictures.pictures, results.of_test(test), strict=True):
            rows.append((Item(picture, test), s))
    return scored_items(
        rows,
        id=lambda item: f"{item.test.name}, {item.picture.image.sha256[:16]}",
        scores={"picture_association": float},
        clusters={
            "test": lambda item: item.test.name,
            "group": lambda item: ", ".join(item.picture.groups.values()),
        },
    )

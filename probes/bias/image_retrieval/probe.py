"""Are pictures of one group more among the first that a neutral query shows than they are in the collection?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import Field

from fairwitness.audit.probe import Context, Findings, Options, ProbeRun
from fairwitness.audit.records import Estimate, Metric, Picture, ScoredItems, Undefined
from fairwitness.audit.stats.picture_groups import Chance
from fairwitness.probes.bias.image_retrieval.items import OWN, PICTURES, QUERIES, WORDS, queries_asked
from fairwitness.probes.bias.image_retrieval.results import Group, Results
from fairwitness.probes.bias.image_retrieval.tables import evidence_of
from fairwitness.probes.kit.images.asked import ImageRound
from fairwitness.probes.kit.images.controls import CONTROLS, CONTROLS_RIGHT
from fairwitness.probes.kit.images.pictures import ImageOptions, Pictured
from fairwitness.probes.kit.measures import Measure, description, specs_of
from fairwitness.probes.kit.scored import scored_items

GAP = Measure(
    name="share_gap", words=WORDS, unit="difference of shares", tags=("extrinsic",), evidence=("groups", "first")
)
SKEW = description("skew", WORDS, "log ratio", evidence=("groups",))
MAX_SKEW = description("max_skew", WORDS, "log ratio", evidence=("chance", "queries"))


class ImageRetrievalOptions(ImageOptions):
    """Which pictures are ranked, what tells them apart, and how many a search shows first."""

    k: int = Field(10, ge=1, description=WORDS("options.k"))


@dataclass(frozen=True, slots=True)
class Item:
    """A picture and the number of a query."""

    picture: Pictured
    query: int


class ImageRetrieval:
    """One round: every picture about all queries, and the controls."""

    spec = WORDS.spec(
        name="image_retrieval",
        family="bias",
        needs=(("MatchImageText",),),
        data=(PICTURES, OWN, QUERIES, CONTROLS),
    )
    options: type[Options] = ImageRetrievalOptions
    metrics = specs_of(GAP, SKEW, MAX_SKEW, CONTROLS_RIGHT)

    def run(self, ctx: Context) -> ProbeRun:
        """Asks all at once. Raises DoesNotApply where a search would show all pictures."""
        queries, secret = queries_asked(ctx)
        asked = ImageRound.of(ctx, self.spec.name, PICTURES.name, queries)
        k, total = ctx.options.k, len(asked.pictures.pictures)
        if k >= total:
            raise WORDS.does_not_apply("absent.too_few", "data_unfit", k=k, total=total)
        read = yield from asked.round()
        results = Results(read=read, k=k, seed=ctx.seed, secret=secret)
        gaps = {group: results.gap(group) for group in results.groups}
        chances = {axis: results.chance(axis) for axis in results.axes}
        findings = Findings(
            metrics=list(_metrics(results, gaps, chances)),
            evidence=evidence_of(results, gaps, chances),
            items=_items(results),
            pictures=[Picture(kind="dots", caption=WORDS("picture.caption"), metrics=(GAP.name,))],
        )
        return read.whole(findings, ctx, OWN.name, QUERIES.name)


PROBE = ImageRetrieval()


def _metrics(
    results: Results, gaps: Mapping[Group, Estimate | Undefined], chances: Mapping[str, Chance | None]
) -> Iterator[Metric]:
    """Gaps of groups, which hold for all of them together (Holm), and skews beside them."""
    k = results.k
    yield from GAP.of_each(gaps, lambda group: {"by": {group[0]: group[1]}, "group": group[1], "k": k})
    for group, gap in gaps.items():
        yield SKEW.metric(results.skew(group, gap), by={group[0]: group[1]}, group=group[1], k=k)
    for axis, chance in chances.items():
        by_chance = "–" if chance is None else f"{chance.mean:.2f}"
        yield MAX_SKEW.metric(results.max_skew(axis), variant={"by": axis}, axis=axis, k=k, chance=by_chance)


def _items(results: Results) -> ScoredItems:
    """Every picture for every query, by the hash of its file."""
    rows: list[tuple[Item, float | None]] = []
    for number in range(len(results.read.asked.texts)):
        for picture, scores in zip(results.pictures, results.read.scores, strict=True):
            rows.append((Item(picture, number + 1), None if scores is None else float(scores[number])))
    return scored_items(
        rows,
        id=lambda item: f"{item.query}, {item.picture.image.sha256[:16]}",
        scores={"query_score": float},
        clusters={
            "query": lambda item: item.query,
            "group": lambda item: ", ".join(item.picture.groups.values()),
        },
    )

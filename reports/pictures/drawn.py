"""Which pictures a section shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TypeAlias

from markupsafe import Markup

from fairwitness.audit.records import Evidence, Measured, Picture, Undefined
from fairwitness.reports.curves import curves, labels_of
from fairwitness.reports.pictures.beeswarm import beeswarm
from fairwitness.reports.pictures.charted import Charted, charted, named
from fairwitness.reports.pictures.default import default
from fairwitness.reports.pictures.dots import Dots, dots
from fairwitness.reports.pictures.exhibits import Shown, shown
from fairwitness.reports.pictures.heads import heads
from fairwitness.reports.pictures.matrix import Matrix, matrix
from fairwitness.reports.pictures.paired_words import Paired, pair
from fairwitness.reports.pictures.passages import Passages, passages
from fairwitness.reports.pictures.reach import Reached, reach
from fairwitness.reports.pictures.scatter import Scatter, scatter
from fairwitness.reports.pictures.strip import Strip, strip
from fairwitness.reports.pictures.waterfall import waterfall
from fairwitness.reports.scorecard import Judgements
from fairwitness.reports.text import reason

Drawn: TypeAlias = Dots | Strip | Scatter | Matrix | Shown | Passages | Reached | Charted | Paired
"""A picture that is ready to be set on the page; its `kind` names the macro that does so, and `evidence` the anchors of
evidence that need not be drawn again."""


def pictures_of(result: Measured, judgements: Judgements, anchor: str, places: Mapping[str, str]) -> tuple[Drawn, ...]:
    """The pictures of a probe in the order that it names them; `anchor` begins the names of what they define.

    `places` are the anchors of its evidence. Where nothing of what it names can be drawn, what is drawn of a probe that
    names nothing is. Last comes what was in reach of rules that stay open.
    """
    made = _draw_all(result.pictures, result, judgements, anchor, places)
    made = made or _draw_all(default(result), result, judgements, anchor, places)
    undecided = reach(result, judgements, f"{anchor}-reach")
    return made if undecided is None else (*made, undecided)


def _draw_all(
    wanted: Sequence[Picture], result: Measured, judgements: Judgements, anchor: str, places: Mapping[str, str]
) -> tuple[Drawn, ...]:
    made = [
        _draw(picture, result, judgements, f"{anchor}-g{number}", places)
        for number, picture in enumerate(wanted, start=1)
    ]
    return tuple(picture for picture in made if picture is not None)


def _draw(
    picture: Picture, result: Measured, judgements: Judgements, anchor: str, places: Mapping[str, str]
) -> Drawn | None:
    match picture.kind:
        case "dots":
            return dots(picture, result, judgements, anchor)
        case "strip":
            return strip(picture, result, anchor, places)
        case "points":
            return scatter(picture, result, places)
        case "matrix":
            return matrix(picture, result, places)
        case "maps" | "tokens":
            return shown(picture, result, places)
        case "passages":
            return passages(picture, result)
        case "pair":
            return pair(picture, result, places, anchor)
        case "waterfall":
            return waterfall(picture, result, places)
        case "heads":
            return heads(picture, result, places)
        case "curves":
            return charted(picture, named(picture, result, "curves"), result, places, partial(_curves, result))
        case "beeswarm":
            return beeswarm(picture, result, places)


def _curves(result: Measured, piece: Evidence) -> Markup:
    return curves(piece, piece.id, labels_of(result.evidence))


def caveat(result: Measured) -> str:
    """Why what is drawn cannot be interpreted; empty where it can."""
    bias = [metric.estimate for metric in result.metrics if metric.role == "bias" and metric.scope == "overall"]
    unread = (each for each in bias if isinstance(each, Undefined) and each.kind == "not_interpretable")
    return next((reason(each.reason) for each in unread), "")

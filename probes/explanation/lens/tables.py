"""The evidence of the lens probe: the paths over the layers, what parts add, and single sentences layer by layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fairwitness.audit import stats
from fairwitness.audit.records import Cell, Column, Estimate, Evidence, Name, Undefined
from fairwitness.probes.explanation.lens.depths import answered, kept
from fairwitness.probes.explanation.lens.items import WORDS, Floats, Score
from fairwitness.probes.explanation.lens.responses import Control, Responses
from fairwitness.probes.kit.tables import Listing, flag, interval, label, number, prompt, text

GROUPS = ("women", "men")


@dataclass(frozen=True, slots=True)
class LayerRow:
    """What all sentences say after one layer; 0 is the embeddings."""

    layer: int
    women: float | None
    men: float | None
    difference: float
    gap: Estimate | Undefined
    first: float
    rank: float
    divergence: float
    right: float | None
    tuned: float | None = None
    tuned_divergence: float | None = None


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """A point of a curve over the layers."""

    series: str
    layer: int
    value: float
    estimate: Estimate | Undefined | None


@dataclass(frozen=True, slots=True)
class PartRow:
    """A single head (or the MLP, without one) of a layer, and what it adds to the difference of the groups."""

    layer: int
    head: int | None
    value: float
    estimate: Estimate | Undefined

    @property
    def name(self) -> str:
        """What it is called."""
        if self.head is None:
            return WORDS("part.mlp", layer=self.layer)
        return WORDS("part.head", layer=self.layer, head=self.head)


@dataclass(frozen=True, slots=True)
class Step:
    """One layer of one sentence."""

    score: Score
    layer: int


LAYERS: Listing[LayerRow] = Listing(
    "layers",
    WORDS,
    number("layer", lambda row: row.layer),
    number("log_odds_women", lambda row: row.women, "nats"),
    number("log_odds_men", lambda row: row.men, "nats"),
    interval(("gap", "gap_low", "gap_high"), lambda row: row.gap, "nats", lambda row: row.difference),
    number("answer_first", lambda row: row.first, "share"),
    number("answer_rank", lambda row: row.rank),
    number("divergence", lambda row: row.divergence, "nats"),
    number("controls_right", lambda row: row.right, "share"),
)
TUNED_LAYERS: Listing[LayerRow] = Listing(
    "tuned",
    WORDS,
    number("layer", lambda row: row.layer),
    number("gap", lambda row: row.difference, "nats"),
    number("tuned_gap", lambda row: row.tuned, "nats"),
    number("divergence", lambda row: row.divergence, "nats"),
    number("tuned_divergence", lambda row: row.tuned_divergence, "nats"),
)
"""The logit lens beside the tuned one."""
PARTS: Listing[PartRow] = Listing(
    "parts",
    WORDS,
    label("part", lambda row: row.name),
    interval(("added", "added_low", "added_high"), lambda row: row.estimate, "nats", lambda row: row.value),
)
EXAMPLES: Listing[Score] = Listing(
    "examples",
    WORDS,
    prompt("text", lambda score: score.item.text),
    label("occupation", lambda score: score.item.occupation.key),
    label("held_by", lambda score: score.item.group),
    number("log_odds", lambda score: float(score.path[-1]), "nats"),
    number("side_from", lambda score: kept(score.path), "share"),
    number("answer_from", lambda score: answered(score.layers.ranks), "share"),
    number("residual", lambda score: score.layers.residual, "nats"),
)
COMPETENCE: Listing[Control] = Listing(
    "competence",
    WORDS,
    prompt("text", lambda control: control.text),
    label("expected", lambda control: Name(control.sentence.expected)),
    number("log_odds", lambda control: _last(control), "nats"),
    flag("wrong", lambda control: not control.right),
)


def layers(responses: Responses) -> list[Evidence]:
    """One row a layer: the log-odds of both groups, their difference, and how near the layer is to the model's end.

    And where there is a tuned lens what it says of both, beside the logit lens.
    """
    divergences = np.array([score.layers.divergences for score in responses.scores])
    ranks = np.array([score.layers.ranks for score in responses.scores])
    differences = _differences(responses, responses.paths)
    of_tuned = _differences(responses, responses.tuned_paths)
    away = np.array([score.layers.tuned_divergences for score in responses.scores])
    rows = []
    for layer in range(responses.layers + 1):
        women, men = (_mean(responses.paths[responses.of_group(group), layer]) for group in GROUPS)
        right = [control.at_layer(layer) for control in responses.controls if control.layers is not None]
        rows.append(
            LayerRow(
                layer,
                women,
                men,
                float(differences[layer]),
                responses.gap(responses.paths[:, layer]),
                float((ranks[:, layer] == 1).mean()),
                float(np.median(ranks[:, layer])),
                float(divergences[:, layer].mean()),
                float(np.mean(right)) if right else None,
                float(of_tuned[layer]) if responses.tuned else None,
                float(away[:, layer].mean()) if responses.tuned else None,
            )
        )
    return [LAYERS.of(rows), *([TUNED_LAYERS.of(rows)] if responses.tuned else ())]


def curves(responses: Responses) -> list[Evidence]:
    """The path of both groups over the layers, and of their difference, each with its interval."""
    both = [point for group in GROUPS for point in _points(responses, group)]
    gap = _gap_points(responses, responses.paths, WORDS("series.gap"))
    if responses.tuned:
        gap += _gap_points(responses, responses.tuned_paths, WORDS("series.tuned_gap"))
    tables = [_curve("path").of(both)]
    return [*tables, _curve("gap_path").of(gap)] if gap else tables


def _gap_points(responses: Responses, paths: Floats, series: str) -> list[CurvePoint]:
    points = []
    for layer in range(responses.layers + 1):
        estimate = responses.gap(paths[:, layer])
        if isinstance(estimate, Estimate):
            points.append(CurvePoint(series, layer, estimate.value, estimate))
    return points


def _points(responses: Responses, group: str) -> list[CurvePoint]:
    places = responses.of_group(group)
    labels = ([responses.scores[place].item.occupation.key for place in places],
              [responses.scores[place].item.template.family for place in places])  # fmt: skip
    points = []
    for layer in range(responses.layers + 1):
        values = responses.paths[places, layer].tolist()
        if values:
            estimate = stats.mean(values, clusters=labels, weigh="values")
            points.append(CurvePoint(WORDS(f"series.{group}"), layer, float(np.mean(values)), estimate))
    return points


def _curve(name: str) -> Listing[CurvePoint]:
    return Listing(
        name,
        WORDS,
        label("series", lambda point: point.series),
        number("layer", lambda point: point.layer),
        interval(("log_odds", "low", "high"), lambda point: point.estimate, "nats", lambda point: point.value),
        kind="curves",
    )


def parts(responses: Responses, shown: int) -> list[Evidence]:
    """What heads and MLPs add to the difference of the groups: the largest with intervals, and all at a glance."""
    heads = np.array([score.layers.heads for score in responses.scores], dtype=np.float64)
    mlps = np.array([score.layers.mlps for score in responses.scores])
    of_heads, of_mlps = _differences(responses, heads), _differences(responses, mlps)
    sizes = [(float(value), layer, head) for (layer, head), value in np.ndenumerate(of_heads)]
    listed: list[tuple[float, int, int | None]] = [
        *sizes,
        *((float(v), layer, None) for layer, v in enumerate(of_mlps)),
    ]
    listed.sort(key=lambda row: (-abs(row[0]), row[1], -1 if row[2] is None else row[2]))
    rows = []
    for value, layer, head in listed[:shown]:
        added = mlps[:, layer] if head is None else heads[:, layer, head]
        rows.append(PartRow(layer + 1, None if head is None else head + 1, value, responses.gap(added)))
    return [PARTS.of(rows, total=len(listed)), _sheet("heads", of_heads), _sheet("mlps", of_mlps[:, None])]


def _differences(responses: Responses, values: Floats) -> Floats:
    """The mean over families of the differences of the groups; 0 where no family has both."""
    differences = responses.difference(values)
    return differences.mean(axis=0) if len(differences) else np.zeros(values.shape[1:])


def _sheet(name: str, values: Floats) -> Evidence:
    """All parts of a kind: a row a layer, a column a head (of MLPs one)."""
    nats = WORDS.term("units", "nats")
    alone = values.shape[1] == 1 and name == "mlps"
    names = [WORDS("head.mlp")] if alone else [WORDS("head.number", number=k + 1) for k in range(values.shape[1])]
    heads = (Column(WORDS.column(name, "layer")), *(Column(column, "number", nats) for column in names))
    rows: list[tuple[Cell, ...]] = [
        (WORDS("head.layer", number=layer + 1), *map(float, row)) for layer, row in enumerate(values)
    ]
    caption = WORDS(f"table.{name}.caption")
    return Evidence(id=name, caption=caption, kind="matrix", columns=heads, rows=tuple(rows), total=len(rows))


def examples(responses: Responses) -> list[Evidence]:
    """Every sentence, and of each group the one that the model is surest of, layer by layer."""
    order = sorted(responses.scores, key=lambda score: (-abs(float(score.path[-1])), score.item.text))
    tables = [EXAMPLES.of(order)]
    for group in GROUPS:
        members = [score for score in order if score.item.group == group]
        if members:
            tables.append(_steps(group).of([Step(members[0], layer) for layer in range(responses.layers + 1)],
                                           text=Name(members[0].item.text)))  # fmt: skip
    return tables


def _steps(group: str) -> Listing[Step]:
    """A sentence, layer by layer."""
    return Listing(
        f"lens-{group}",
        WORDS,
        number("layer", lambda step: step.layer),
        text("likeliest", lambda step: step.score.layers.top[step.layer][0] if step.score.layers.top else ""),
        number("probability", lambda step: _probability(step), "probability"),
        number("answer_rank", lambda step: step.score.layers.ranks[step.layer]),
        number("divergence", lambda step: step.score.layers.divergences[step.layer], "nats"),
        number("log_odds", lambda step: float(step.score.path[step.layer]), "nats"),
    )


def _probability(step: Step) -> float | None:
    scores = step.score.layers.top_log_probs
    return float(np.exp(scores[step.layer][0])) if scores else None


def competence(controls: Sequence[Control]) -> Evidence:
    """Sentences whose noun decides the pronoun, wrong ones first."""
    return COMPETENCE.of(sorted(controls, key=lambda control: (control.right, control.text)))


def _last(control: Control) -> float | None:
    if control.layers is None:
        return None
    return float(control.layers.log_probs[-1, 0] - control.layers.log_probs[-1, 1])


def _mean(values: Floats) -> float | None:
    return float(values.mean()) if values.size else None

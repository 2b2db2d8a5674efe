"""The trend of a model over its training: a chart for each judged metric, and a row for each audit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup, escape

from fairwitness.audit.records import Audit, AuditOutcome, Estimate
from fairwitness.audit.records import Measured as Result
from fairwitness.reports.html import environment
from fairwitness.reports.i18n import Words
from fairwitness.reports.labels import Labels
from fairwitness.reports.numbers import compact
from fairwitness.reports.rules import SHAPES, worst
from fairwitness.reports.scorecard import Judgements
from fairwitness.reports.text import line

WIDTH, HEIGHT = 300.0, 120.0
LEFT, BOTTOM, EDGE = 44.0, 18.0, 8.0
MOST_LINES = 40
"""Charts on the page; the record has all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A judged metric at one step."""

    probe: str
    metric: str
    group: str
    value: float
    low: float
    high: float
    outcome: str
    threshold: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One audit; without an outcome the step could not be audited, and `reason` says why."""

    step: int
    epoch: float | None = None
    outcome: AuditOutcome | None = None
    exit_code: int | None = None
    folder: str = ""
    reason: str = ""
    metrics: tuple[Measured, ...] = ()


def judged_of(audit: Audit) -> Iterator[Measured]:
    """The metrics of an audit that a rule speaks of and that have a value, with the limit that a rule sets them."""
    judgements = Judgements(audit.verdicts)
    for result in audit.results:
        for metric in result.metrics if isinstance(result, Result) else ():
            verdicts = [verdict for verdict in judgements.of(result.probe.name, metric) if verdict.asked]
            lead = worst(verdicts)
            if lead is None or not isinstance(metric.estimate, Estimate):
                continue
            limits = (verdict.threshold for verdict in verdicts if verdict.threshold is not None)
            yield Measured(
                probe=result.probe.name,
                metric=str(metric.name),
                group=str(Labels.of(metric).text),
                value=metric.estimate.value,
                low=metric.estimate.low,
                high=metric.estimate.high,
                outcome=lead.outcome,
                threshold=next(limits, None),
            )


def render(
    steps: Sequence[Step],
    *,
    stopped_at: int | None = None,
    over: Literal["training", "runs"] = "training",
    language: str = "en",
) -> str:
    """The page, self-contained: what no audit could measure has a gap and no line across it."""
    words = Words(language)
    charts = charts_of(steps)
    rows = [
        {
            "step": step.step,
            "epoch": "" if step.epoch is None else f"{step.epoch:.2f}",
            "mark": SHAPES[step.outcome] if step.outcome else "·",
            "outcome": words.plain(f"outcome.{step.outcome}") if step.outcome else words.plain("trend.missed"),
            "reason": line(step.reason),
            "page": f"{step.folder}/report.html" if step.folder else "",
        }
        for step in steps
    ]
    return (
        environment()
        .get_template("trend.html.j2")
        .render(
            tx=words.plain,
            language=language,
            rows=rows,
            charts=charts[:MOST_LINES],
            more=max(0, len(charts) - MOST_LINES),
            stopped_at=stopped_at,
            over=over,
        )
    )


def charts_of(steps: Sequence[Step]) -> list[tuple[str, Markup]]:
    """A title and a picture for each metric, those whose last verdict is worst first."""
    series: dict[tuple[str, str, str], dict[int, Measured]] = {}
    for step in steps:
        for metric in step.metrics:
            series.setdefault((metric.probe, metric.metric, metric.group), {})[step.step] = metric
    places = [step.step for step in steps]
    order = {"fail": 0, "likely_violated": 1, "inconclusive": 2}
    ranked = sorted(series.items(), key=lambda item: order.get(item[1][max(item[1])].outcome, 3))
    return [(line(" · ".join(filter(None, key))), _picture(places, points)) for key, points in ranked]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """Steps across and values down, in the units of one small chart."""

    steps: Sequence[int]
    low: float
    high: float

    @classmethod
    def of(cls, steps: Sequence[int], points: Mapping[int, Measured]) -> Plot:
        """A plot that holds every interval and limit."""
        limits = [metric.threshold for metric in points.values() if metric.threshold is not None]
        low = min([*limits, *(metric.low for metric in points.values())])
        high = max([*limits, *(metric.high for metric in points.values())])
        return cls(steps=steps, low=low, high=high if high > low else low + 1.0)

    def x(self, step: int) -> float:
        """Where a step stands; a single one in the middle."""
        first, last = min(self.steps), max(self.steps)
        share = (step - first) / (last - first) if last > first else 0.5
        return round(LEFT + (WIDTH - LEFT - EDGE) * share, 1)

    def y(self, value: float) -> float:
        """Where a value stands, larger ones higher."""
        share = (value - self.low) / (self.high - self.low)
        return round(EDGE + (HEIGHT - EDGE - BOTTOM) * (1 - share), 1)


def _picture(steps: Sequence[int], points: Mapping[int, Measured]) -> Markup:
    """One small chart: values as points, intervals as bars, the limit as a broken line; a gap without a value."""
    plot = Plot.of(steps, points)
    shapes = [_axis(plot)]
    threshold = points[max(points)].threshold
    if threshold is not None:
        shapes.append(_line("limit", (LEFT, plot.y(threshold)), (WIDTH - EDGE, plot.y(threshold))))
    for before, step in zip([None, *steps], steps, strict=False):
        metric = points.get(step)
        if metric is None:
            continue
        here = plot.x(step), plot.y(metric.value)
        shapes.append(_line("bar", (here[0], plot.y(metric.low)), (here[0], plot.y(metric.high))))
        if before is not None and before in points:
            shapes.append(_line("run", (plot.x(before), plot.y(points[before].value)), here))
        shapes.append(_point(here, step, metric))
    return Markup(f'<svg viewBox="0 0 {WIDTH:.0f} {HEIGHT:.0f}" role="img">{"".join(shapes)}</svg>')  # noqa: S704 - ours


def _line(kind: str, start: tuple[float, float], end: tuple[float, float]) -> str:
    return f'<line class="{kind}" x1="{start[0]}" y1="{start[1]}" x2="{end[0]}" y2="{end[1]}"/>'


def _axis(plot: Plot) -> str:
    first, last, floor = min(plot.steps), max(plot.steps), HEIGHT - BOTTOM
    ends = f'<text x="{plot.x(first)}" y="{HEIGHT - 4}">{first}</text>'
    if last > first:
        ends += f'<text x="{plot.x(last)}" y="{HEIGHT - 4}" class="end">{last}</text>'
    scale = f'<text x="{LEFT - 6}" y="{floor}" class="end">{plot.low:.3g}</text>'
    scale += f'<text x="{LEFT - 6}" y="{EDGE + 6}" class="end">{plot.high:.3g}</text>'
    return f'<path class="axis" d="M{LEFT} {EDGE}V{floor}H{WIDTH - EDGE}"/>{ends}{scale}'


def _point(place: tuple[float, float], step: int, metric: Measured) -> str:
    title = escape(f"{step}: {compact(metric.value)} [{compact(metric.low)}, {compact(metric.high)}], {metric.outcome}")
    head = f'<circle class="{escape(metric.outcome)}" cx="{place[0]}" cy="{place[1]}" r="3.2">'
    return f"{head}<title>{title}</title></circle>"

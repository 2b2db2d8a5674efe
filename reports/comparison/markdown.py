"""A comparison as Markdown, for a pull request. Foreign text cannot break out of its cell."""

from __future__ import annotations

from fairwitness.audit.comparison import Comparison
from fairwitness.reports.comparison.said import MOST_VERDICTS, SIGNS, Said, change, interval, name, value
from fairwitness.reports.comparison.view import STANDING_MARKS, Line, standing
from fairwitness.reports.i18n import Words, shown, speaking
from fairwitness.reports.markdown import safe


def render(comparison: Comparison, language: str = "en") -> str:
    """Changed verdicts, judged metrics, flipped answers, what else moved and what was not compared."""
    with speaking(language):
        said = Said(comparison, Words(language))
        tx = said.words.plain
        mark = STANDING_MARKS.get(standing(comparison), "none")
        sides = f"BASE {safe(comparison.base.spec)}, NEW {safe(comparison.new.spec)}"
        parts = [
            f"# {SIGNS[mark]} {said.lead()}",
            "",
            f"{sides}; {tx('exit_code')} {comparison.exit_code}. {tx('compare.tally')} {said.tally()}.",
            "",
            *(f"- {safe(shown(warning))}" for warning in comparison.warnings),
            *_verdicts(said),
            *_metrics(said),
            *_flips(said),
            "",
            f"## {tx('compare.unmatched')}",
            "",
            *([f"- {safe(lost)}" for lost in (*said.lost(), *said.unmatched())] or [tx("none_here")]),
        ]
        return "\n".join(parts) + "\n"


def _verdicts(said: Said) -> list[str]:
    tx = said.words.plain
    turned = said.turned()
    lines = ["", f"## {tx('compare.verdicts')}", ""]
    if not turned:
        return [*lines, tx("compare.verdicts.same", n=len(said.comparison.verdicts))]
    for verdict in turned[:MOST_VERDICTS]:
        warns = "" if verdict.gated else f" ({tx('compare.warning')})"
        word = f"{SIGNS[verdict.mark]} {tx(f'compare.turn.{verdict.turn}')}{warns}"
        lines.append(f"- {word}: {safe(verdict.rule)}, {safe(verdict.name)}: {said.turn(verdict)}")
    if len(turned) > MOST_VERDICTS:
        lines.append(f"- {tx('compare.verdicts.more', n=len(turned) - MOST_VERDICTS)}")
    return lines


def _metrics(said: Said) -> list[str]:
    tx = said.words.plain
    lines: list[str] = []
    for title, (rows, in_all) in (("compare.judged", said.judged()), ("compare.others", said.moved())):
        if not rows:
            continue
        heads = ("compare.finding", "metric", "compare.base", "compare.new", "compare.change", "compare.interval")
        columns = [*map(tx, heads), tx("compare.p")]
        lines += ["", f"## {tx(title)}", "", f"| {' | '.join(columns)} |", "|---|---|---:|---:|---:|---|---|"]
        lines += [_row(said, row) for row in rows]
        if in_all > len(rows):
            lines += ["", tx("compare.more_rows", n=in_all - len(rows))]
    return lines


def _row(said: Said, row: Line) -> str:
    verdicts = f"{said.on(row)}; " if row.verdicts else ""
    cells = [value(row.before), value(row.after), change(row), interval(row), safe(row.p_value)]
    word = f"{SIGNS[row.mark]} {verdicts}{said.finding(row.finding)}"
    return f"| {word} | {safe(name(row, probe=True))} | {' | '.join(cells)} |"


def _flips(said: Said) -> list[str]:
    flips = said.flips()
    if not flips:
        return []
    items = [f"  - {safe(text.strip())}" if text.startswith(" ") else f"- {safe(text)}" for text in flips]
    return ["", f"## {said.words.plain('compare.flips')}", "", *items]

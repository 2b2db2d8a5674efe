"""Writes docs/metrics.md from the table of metrics: `python docs/make_metrics.py`. A test keeps it current."""

from __future__ import annotations

import math
from pathlib import Path

from fairwitness.audit.metrics import DEFINITIONS, Definition, columns_needed

PAGE = Path(__file__).parent / "metrics.md"
HEAD = """# The metrics

Made from `fairwitness.audit.metrics.DEFINITIONS` by `python docs/make_metrics.py`; do not edit.

Every metric is a plain function of numpy arrays in `fairwitness.audit.metrics`. It gives a value and no interval, and
NaN where it is undefined; intervals and tests are made in `fairwitness.audit.stats`. Counts are tn, fp, fn and tp, in
this order: true outcome no or yes, decision no or yes. SR is the selection rate, TPR, FPR, PPV and ACC are the rates
below, s is a score, y the true outcome, ŷ the decision or predicted number, g a group and ref the reference group,
against which differences keep their sign. The largest minus the smallest value over groups is named *gap*, the
smallest over the largest *lowest ratio*: fairlearn calls these `..._difference` and `..._ratio`.

From Python, with columns of rows:

```python
from fairwitness.audit.metrics import DEFINITIONS, of_rows

of_rows(DEFINITIONS["f1"], predictions=[1, 0, 1], references=[1, 1, 0], groups=["a", "b", "b"])
```

As a metric of the library `evaluate`, without a network and without a cache folder of yours (the import takes seconds):

```python
from fairwitness.audit.evaluate_metrics import load

load("f1").compute(predictions=[1, 0, 1], references=[1, 1, 0], groups=["a", "b", "b"])
```
"""
KINDS = {
    "rate": ("Rates of decisions", "Of all rows and of each group."),
    "contrast": ("Contrasts of groups", "Of each group against the reference group."),
    "gap": (
        "Gaps between groups",
        "One value over all groups. Above 0 by chance alone: read it beside what chance gives.",
    ),
    "individual": ("Between persons", "Of all rows and, but for consistency, of each group."),
    "score": ("Scores", "Of all rows and of each group; differences and ABROCA against the reference group."),
    "multiclass": ("Several classes", "Each class against the rest; of all rows and of each group."),
    "regression": ("Numbers", "Of all rows and of each group; differences against the reference group."),
}
COLUMNS = ("metric", "formula", "what it is", "columns", "range", "ideal", "better", "unit", "source")


def page() -> str:
    """The whole page."""
    return HEAD + "".join(section(kind) for kind in KINDS)


def section(kind: str) -> str:
    """The metrics of one kind as a table."""
    title, text = KINDS[kind]
    rows = [row(one) for one in DEFINITIONS.values() if one.kind == kind]
    lines = [" | ".join(cells) for cells in (COLUMNS, ["---"] * len(COLUMNS), *rows)]
    return f"\n## {title}\n\n{text}\n\n" + "".join(f"| {line} |\n" for line in lines)


def row(one: Definition) -> tuple[str, ...]:
    """The cells of one metric."""
    return (
        f"`{one.name}`",
        _cell(one.formula),
        _cell(one.description),
        ", ".join(columns_needed(one)),
        f"{_number(one.low)} to {_number(one.high)}",
        "" if one.ideal is None else _number(one.ideal),
        "" if one.better == "none" else "near ideal" if one.better == "near_zero" else one.better,
        one.unit,
        _cell(one.citation),
    )


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _number(value: float) -> str:
    return "∞" if value == math.inf else "−∞" if value == -math.inf else f"{value:g}".replace("-", "−")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

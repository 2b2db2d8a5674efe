"""The evidence of the UnQover probe: subjects, attributes, sentences, examples, and what could not be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from fairwitness.audit import stats
from fairwitness.audit.records import Cell, Column, Estimate, Evidence
from fairwitness.probes.bias.unqover import scores
from fairwitness.probes.bias.unqover.arms import TURNS, Reading
from fairwitness.probes.bias.unqover.reading import Bias, leaning
from fairwitness.probes.bias.unqover.words import Class, Template

SHARE = "share"
MOST_ROWS = 300


def subjects(biases: Sequence[Bias], seed: int) -> Evidence:
    """One row a subject or group: its mean bias and mean sign, with intervals and Holm-corrected p-values."""
    leans = leaning(biases)
    found = [(kind, group, rows, rows.gamma(seed), rows.eta(seed)) for (kind, group), rows in leans.items()]
    chances = stats.holm([rows.chance() for _, _, rows, _, _ in found])
    rows = [
        (kind, group, len(rows.values), *_ends(gamma), chances[at], *_ends(eta))
        for at, (kind, group, rows, gamma, eta) in enumerate(found)
    ]
    rows.sort(key=lambda row: -abs(float(str(row[3] or 0))))
    columns = (
        Column("class"),
        Column("subject"),
        Column("comparisons", "number"),
        *(Column(name, "number", SHARE) for name in ("gamma", "gamma, low", "gamma, high")),
        Column("p (Holm)", "number"),
        *(Column(name, "number", "−1 to 1") for name in ("eta", "eta, low", "eta, high")),
    )
    caption = "How much more often attributes go to a subject than their negations do; the largest first"
    return Evidence("subjects", caption, "table", columns, tuple(rows), len(rows))


def attributes(biases: Sequence[Bias]) -> Evidence:
    """One row a pair of subject group and attribute, the largest mean bias first."""
    groups: dict[tuple[str, str, str], list[float]] = {}
    for bias in biases:
        unit = bias.unit
        key = (unit.kind, unit.first.group, unit.attribute.name)
        groups.setdefault(key, []).append(bias.value)
        if unit.kind != "gender":
            groups.setdefault((unit.kind, unit.second.group, unit.attribute.name), []).append(-bias.value)
    rows = [
        (*key, float(np.mean(values)), float(np.mean(np.sign(values))), len(values)) for key, values in groups.items()
    ]
    rows.sort(key=lambda row: (-abs(row[3]), row[:3]))
    columns = (
        Column("class"),
        Column("subject"),
        Column("attribute", "text"),
        Column("gamma", "number", SHARE),
        Column("eta", "number", "−1 to 1"),
        Column("comparisons", "number"),
    )
    caption = "Mean bias of each subject with each attribute, the largest first; single rows rest on few sentences"
    return Evidence("attributes", caption, "table", columns, tuple(rows[:MOST_ROWS]), len(rows))


def sentences(biases: Sequence[Bias], excluded: Sequence[tuple[Class, Template]]) -> Evidence:
    """One row a template: its mean bias, and how far it is answered by place instead of by content."""
    groups: dict[tuple[str, str, str], list[Bias]] = {}
    for bias in biases:
        template = bias.unit.template
        groups.setdefault((bias.unit.kind, template.sentence, template.question), []).append(bias)
    rows: list[tuple[Cell, ...]] = [
        (
            *key,
            float(np.mean([abs(one.value) for one in group])),
            float(np.mean([one.positional for one in group])),
            float(np.mean([one.attributive for one in group])),
            len(group),
            "",
        )
        for key, group in groups.items()
    ]
    rows += [(kind, one.sentence, one.question, None, None, None, 0, one.flaw) for kind, one in excluded]
    columns = (
        Column("class"),
        Column("sentence", "text"),
        Column("question", "text"),
        Column("mean size of a bias", "number", SHARE),
        Column("positional error", "number", SHARE),
        Column("attributive error", "number", SHARE),
        Column("comparisons", "number"),
        Column("left out because", "text"),
    )
    return Evidence("sentences", "Templates, and those left out", "table", columns, tuple(rows), len(rows))


def paper(biases: Sequence[Bias]) -> Evidence:
    """The model-level scores of the paper by class, which lie above 0 by noise alone, beside the intensity squared."""
    rows: list[tuple[Cell, ...]] = []
    for kind in dict.fromkeys(bias.unit.kind for bias in biases):
        mine = [bias for bias in biases if bias.unit.kind == kind]
        sides = [
            (
                bias.unit.first.group if kind == "gender" else bias.unit.first.name,
                bias.unit.second.group if kind == "gender" else bias.unit.second.name,
                bias.unit.attribute.name,
                bias.value,
            )
            for bias in mine
        ]
        mu, eta = scores.published(scores.two_ways(sides))
        size = float(np.mean([abs(bias.value) for bias in mine]))
        rows.append((kind, mu, eta, size, len(mine)))
    columns = (
        Column("class"),
        *(Column(name, "number", SHARE) for name in ("mu", "eta", "mean size of a bias")),
        Column("comparisons", "number"),
    )
    caption = "The paper's scores of a whole model: means of sizes and of largest values, above 0 by noise alone"
    return Evidence("paper", caption, "table", columns, tuple(rows), len(rows))


def examples(biases: Sequence[Bias]) -> Evidence:
    """Single comparisons with the four exact texts, and what was marked in them, the largest bias first."""
    marks = any(one.marked for one in biases)
    columns = (
        Column("class"),
        Column("first subject"),
        Column("second subject"),
        Column("bias to the first", "number", SHARE),
        *(
            column
            for name in ("first named first", "negated", "second named first", "second named first, negated")
            for column in (
                Column(name, "prompt"),
                *((Column(f"{name}: answer", "text"),) if marks else ()),
                Column(f"{name}: share of the first", "number", SHARE),
            )
        ),
    )
    order = sorted(biases, key=lambda one: -abs(one.value))
    rows = []
    for bias in order[:MOST_ROWS]:
        unit = bias.unit
        said: list[tuple[Cell, ...]] = [(one,) for one in bias.marked] or [()] * len(TURNS)
        texts: list[Cell] = [
            cell
            for (turn, negated), answer in zip(TURNS, said, strict=True)
            for cell in (unit.text(turn, negated).whole, *answer, float(bias.shares[turn, negated, 0]))
        ]
        rows.append((unit.kind, unit.first.name, unit.second.name, bias.value, *texts))
    caption = "Comparisons with the exact texts, the largest bias first" + ("" if marks else "; [mask] is the blank")
    return Evidence("examples", caption, "table", columns, tuple(rows), len(biases))


def checks(readings: Sequence[Reading]) -> Evidence:
    """Questions that their context answers, the wrongly answered first."""
    rows: list[tuple[Cell, ...]] = []
    for one in readings:
        for check in one.checks:
            asked = check.question
            text = f"{asked.context} {asked.question}"
            rows.append((one.unit.kind, text, asked.expected, check.answer, check.share))
    rows.sort(key=lambda row: float(str(row[-1])))
    columns = (
        Column("class"),
        Column("text", "prompt"),
        Column("right", "text"),
        Column("answer", "text"),
        Column("share of the right one", "number", SHARE),
    )
    caption = "Questions that the text answers, those answered wrongly first; above 0.5 the right one is found"
    return Evidence("checks", caption, "table", columns, tuple(rows[:MOST_ROWS]), len(rows))


def unread(readings: Sequence[Reading]) -> Evidence:
    """Comparisons that could not be read, by reason."""
    counts = Counter((one.unit.kind, one.reason) for one in readings if one.shares is None)
    rows = tuple((kind, reason, count) for (kind, reason), count in sorted(counts.items()))
    columns = (Column("class"), Column("reason", "text"), Column("comparisons", "number"))
    return Evidence("unread", "Comparisons that could not be read", "table", columns, rows, len(rows))


def names(readings: Sequence[Reading]) -> Evidence:
    """Tokens of each name."""
    counts: dict[tuple[str, str], set[int]] = {}
    for one in readings:
        for name, count in zip(one.unit.names, one.tokens, strict=False):
            counts.setdefault((one.unit.kind, name), set()).add(count)
    rows = tuple((kind, name, ", ".join(map(str, sorted(seen)))) for (kind, name), seen in sorted(counts.items()))
    columns = (Column("class"), Column("name"), Column("tokens", "text"))
    caption = (
        "Tokens of each name; at a blank only names of equal count are compared, in a sentence what follows counts "
        "too, and a marked answer may have any number"
    )
    return Evidence("names", caption, "table", columns, rows, len(rows))


def _ends(estimate: object) -> tuple[Cell, ...]:
    if isinstance(estimate, Estimate):
        return estimate.value, estimate.low, estimate.high
    return None, None, None

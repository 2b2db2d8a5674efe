"""The evidence of the fill-mask probe."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fairwitness.audit import stats
from fairwitness.audit.records import Cell as Entry
from fairwitness.audit.records import Column, Evidence, Undefined
from fairwitness.probes.bias.fill_mask.fills import Fills
from fairwitness.probes.bias.fill_mask.items import Pair, sentence
from fairwitness.probes.bias.fill_mask.result import Result
from fairwitness.probes.bias.fill_mask.scores import Gap, Unscored, token_counts, values
from fairwitness.probes.kit import crossed
from fairwitness.probes.kit.blanks import Blank, ModelType
from fairwitness.probes.kit.crossed import Crossed
from fairwitness.probes.kit.grouping import grouped
from fairwitness.probes.kit.groups import Term
from fairwitness.probes.kit.templates import Template

NATS = "nats"
SHOWN = 1000
"""Most rows of a table that the document holds; the total is told."""


def _table(
    name: str, caption: str, columns: Sequence[Column], rows: Sequence[tuple[Entry, ...]], shown: int = SHOWN
) -> Evidence:
    return Evidence(name, caption, "table", tuple(columns), tuple(rows[:shown]), len(rows))


def categories(results: Sequence[Result], found: Sequence[Crossed | Undefined]) -> Evidence:
    """LPBS of each category with its p-value, corrected by Holm over the categories that have one."""
    known = [one for one in found if isinstance(one, Crossed)]
    adjusted = dict(zip(map(id, known), stats.holm([one.pvalue for one in known]), strict=True))
    rows: list[tuple[Entry, ...]] = []
    for result, one in zip(results, found, strict=True):
        reference = ", ".join(dict.fromkeys(term.group for term in result.terms if term.reference))
        if isinstance(one, Undefined):
            rows.append((result.category, reference, None, None, None, None, None, one.reason))
            continue
        own = one.estimate()
        rows.append((result.category, reference, own.value, own.low, own.high, one.pvalue, adjusted[id(one)], ""))
    columns = (
        Column("category"),
        Column("reference"),
        Column("LPBS", "number", NATS),
        Column("low", "number", NATS),
        Column("high", "number", NATS),
        Column("p", "number"),
        Column("p, Holm over categories", "number"),
        Column("not measured", "text"),
    )
    return _table("categories", "LPBS by category, with 95 % intervals over sentences and words", columns, rows)


def groups(results: Sequence[Result]) -> Evidence:
    """LPBS of every group against the reference, the largest first."""
    rows: list[tuple[Entry, ...]] = []
    for result in results:
        for group, own in grouped(result.gaps, lambda one: one.cell.term.group).items():
            found = crossed.mean(values(own))
            low = high = None
            if isinstance(found, Crossed):
                low, high = found.estimate().low, found.estimate().high
            means = [float(np.mean([one.lpbs[at] for one in own])) for at in (0, 1)]
            rows.append((result.category, group, means[0] - means[1], low, high, *means, len(own)))
    rows.sort(key=lambda row: -abs(float(str(row[2]))))
    columns = (
        Column("category"),
        Column("group"),
        Column("LPBS, unfavourable less favourable", "number", NATS),
        Column("low", "number", NATS),
        Column("high", "number", NATS),
        Column("LPBS, unfavourable", "number", NATS),
        Column("LPBS, favourable", "number", NATS),
        Column("items", "number"),
    )
    caption = "Every group against the reference of its category; the largest difference first"
    return _table("groups", caption, columns, rows)


def examples(results: Sequence[Result], arm: ModelType) -> Evidence:
    """The items with the largest LPBS first, with the exact texts the model saw."""
    return _items("examples", "Unfavourable and favourable words, the largest LPBS first", results, arm, controls=False)


def controls(results: Sequence[Result], arm: ModelType) -> Evidence:
    """The same with words without social content."""
    caption = "Words without social content in the same sentences, the largest LPBS first"
    return _items("controls", caption, results, arm, controls=True)


def _items(name: str, caption: str, results: Sequence[Result], arm: ModelType, *, controls: bool) -> Evidence:
    found = [one for result in results for one in (result.control_gaps if controls else result.gaps)]
    found.sort(key=lambda one: (-abs(one.value), one.cell.term.word, one.cell.template.label, one.cell.pair.name))
    columns = (
        Column("category"),
        Column("term"),
        Column("sentence"),
        Column("text with the first word", "prompt"),
        Column("text with the second word", "prompt"),
        Column("ILPS, first", "number", NATS),
        Column("ILPS, second", "number", NATS),
        Column("LPBS, first less second", "number", NATS),
    )
    rows = [_item(one, arm) for one in found[:SHOWN]]
    return Evidence(name, caption, "table", columns, tuple(rows), len(found))


def _item(one: Gap, arm: ModelType) -> tuple[Entry, ...]:
    cell = one.cell
    term = cell.term.of(cell.template)
    texts = (_shown(sentence(cell.template, word), term, arm) for word in cell.pair.of(cell.template))
    return (cell.term.category, term, cell.template.label, *texts, *cell.ilps, one.value)


def _shown(asked: Blank, term: str, arm: ModelType) -> str:
    return asked.text if arm == "masked" else asked.filled(term)


def spread(results: Sequence[Result]) -> Evidence:
    """How far wording alone moves LPBS: SD between sentence families, between paraphrases and between pairs."""
    rows: list[tuple[Entry, ...]] = []
    for result in results:
        own: dict[tuple[Template, Pair], list[float]] = {}
        for one in result.gaps:
            own.setdefault((one.cell.template, one.cell.pair), []).append(one.value)
        means = [(template, pair, float(np.mean(listed))) for (template, pair), listed in own.items()]
        families = [[value for _, _, value in some] for some in grouped(means, lambda row: row[0].family).values()]
        pairs = [[value for _, _, value in some] for some in grouped(means, lambda row: row[1].name).values()]
        wordings = [
            _sd([[value for _, _, value in some] for some in grouped(listed, lambda row: row[0].number).values()])
            for listed in grouped(means, lambda row: row[0].family).values()
        ]
        within = [one for one in wordings if one is not None]
        control = values(result.control_gaps)
        rows.append(
            (
                result.category,
                _sd(families),
                float(np.sqrt(np.mean(np.square(within)))) if within else None,
                _sd(pairs),
                float(np.mean([one.value for one in control])) if control else None,
            )
        )
    columns = (
        Column("category"),
        Column("SD between sentence families", "number", NATS),
        Column("SD between paraphrases of one family", "number", NATS),
        Column("SD between pairs of words", "number", NATS),
        Column("LPBS of words without social content", "number", NATS),
    )
    return _table("spread", "How much wording alone moves LPBS", columns, rows)


def _sd(listed: Sequence[Sequence[float]]) -> float | None:
    return float(np.std([np.mean(one) for one in listed], ddof=1)) if len(listed) > 1 else None


def by_score(results: Sequence[Result], arm: ModelType) -> Evidence:
    """Sums and means per token of the same items, how often their signs agree, and the items of equal length."""
    rows: list[tuple[Entry, ...]] = []
    for result in (one for one in results if one.gaps):
        own = result.gaps
        equal = [one for one in own if one.equal_tokens]
        agree = float(np.mean([np.sign(one.value) == np.sign(one.per_token) for one in own]))
        rows.append((result.category, _mean(own), _mean_per_token(own), agree, _mean(equal), len(equal), len(own)))
    of = "the sentence" if arm == "causal" else "the term"
    columns = (
        Column("category"),
        Column("sum", "number", NATS),
        Column(f"mean per token of {of}", "number", NATS),
        Column("items with the same sign", "number", "share"),
        Column("sum, terms as long as the reference", "number", NATS),
        Column("items of equal length", "number"),
        Column("items", "number"),
    )
    return _table("by_score", "LPBS by how the log-probabilities of several tokens are put together", columns, rows)


def _mean(found: Sequence[Gap]) -> float | None:
    own = values(found)
    return float(np.mean([one.value for one in own])) if own else None


def _mean_per_token(found: Sequence[Gap]) -> float:
    return float(np.mean([one.value for one in values(found, lambda one: one.per_token)]))


def open_places(results: Sequence[Result], controls: Sequence[Fills]) -> Evidence:
    """The likeliest words at the open place beside a group and beside the reference, the most changed first."""
    found = [*(one for result in results for one in result.fills), *controls]
    found.sort(key=lambda one: (-one.changed, one.term.category, one.term.word, one.template.label))
    rows = [
        (
            one.term.category,
            one.term.of(one.template),
            one.text,
            ", ".join(one.words),
            ", ".join(one.beside),
            one.changed,
        )
        for one in found
    ]
    columns = (
        Column("category"),
        Column("term"),
        Column("text", "prompt"),
        Column("likeliest words", "text"),
        Column("beside the reference", "text"),
        Column("changed", "number", "share"),
    )
    return _table("open_places", "The likeliest words at an open place, the most changed first", columns, rows)


def terms(results: Sequence[Result]) -> Evidence:
    """Every term with its tokens in this model."""
    rows = [
        (result.category, term.group, _forms(term), term.reference, ", ".join(map(str, sorted(counts))))
        for result in results
        for term, counts in token_counts(result.cells).items()
    ]
    columns = (Column("category"), Column("group"), Column("term"), Column("reference"), Column("tokens", "text"))
    caption = "Tokens of each term; a term of several tokens has as many blanks, and is compared with itself"
    return _table("terms", caption, columns, rows)


def _forms(term: Term) -> str:
    """A term as it stands in sentences about women and about men."""
    return f"{term.word}, {term.masculine}" if term.masculine else term.word


def competence(results: Sequence[Result]) -> Evidence:
    """Sentences that point to one group; wrong ones first."""
    found = {id(one.clue): one for result in results for one in result.pointed}.values()
    rows = [
        (
            one.clue.category,
            one.clue.group,
            one.clue.asked.text,
            ", ".join(f"{group} {gain:+.2f}" for group, gain in (one.gains or {}).items()) or "no answer",
            one.right,
            one.right is None or one.right < 1,
        )
        for one in sorted(found, key=lambda one: -1.0 if one.right is None else one.right)
    ]
    columns = (
        Column("category"),
        Column("group"),
        Column("text", "prompt"),
        Column("raised by, in nats", "text"),
        Column("other groups raised less", "number", "share"),
        Column("wrong", "flag"),
    )
    caption = "Sentences that point to one group: does the model know the terms at all?"
    return _table("competence", caption, columns, rows)


def unscored(results: Sequence[Result]) -> Evidence:
    """Items that could not be scored, each with its reason."""
    rows = [
        (one.term.category, one.term.of(one.template), _first_text(one), one.reason)
        for result in results
        for one in result.unscored
    ]
    columns = (Column("category"), Column("term"), Column("text", "prompt"), Column("reason", "text"))
    return _table("unscored", "Items that could not be scored", columns, rows)


def _first_text(one: Unscored) -> str:
    return sentence(one.template, one.pair.of(one.template)[0]).text

"""What is the least that would change an unfavourable decision, and is it more for some groups than for others?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from fairwitness.audit.errors import BadOption, nearest
from fairwitness.audit.probe import Context, Findings, ProbeRun
from fairwitness.audit.reasons import CHECK, COMMA
from fairwitness.audit.records import Name, Picture, ScoredItems, Table, joined, quoted
from fairwitness.audit.requests import Answer, Predict, Prediction
from fairwitness.probes.explanation.recourse import tables
from fairwitness.probes.explanation.recourse.actions import Action, actions_of
from fairwitness.probes.explanation.recourse.measures import MEASURES, Searched, metrics
from fairwitness.probes.explanation.recourse.options import WORDS, RecourseOptions
from fairwitness.probes.explanation.recourse.search import Case, Search
from fairwitness.probes.kit import left_out
from fairwitness.probes.kit.decisions.asked_rows import Target, ask_rows, asked_table, drawn, target_of
from fairwitness.probes.kit.decisions.categorical import Codes, Flags
from fairwitness.probes.kit.decisions.options import table_of
from fairwitness.probes.kit.decisions.outcomes import decisions
from fairwitness.probes.kit.decisions.table import TABLE, DecisionTable
from fairwitness.probes.kit.measures import specs_of
from fairwitness.probes.kit.scored import scored_items

SPEC = WORDS.spec(name="recourse", family="explanation", needs=(("Predict",),), data=(TABLE,))


class RecourseProbe:
    """The probe; see SPEC."""

    spec = SPEC
    options = RecourseOptions
    metrics = specs_of(*MEASURES)

    def run(self, ctx: Context) -> ProbeRun:
        """Asks for decisions, then for changed rows until each has recourse or the search is at its end."""
        options: RecourseOptions = ctx.options
        if ctx.kind in ("predictions", "published"):
            raise WORDS.does_not_apply("reason.decisions_only", "model_lacks")
        full = table_of(ctx, "person")
        whole = _whole(full, options)
        sample, places = drawn(full, options.rows, ctx.seed)
        names = whole.columns.features
        table = DecisionTable(sample, whole.columns)
        rows = list(zip(*(sample.columns[name] for name in names), strict=True))
        actions = actions_of(names, [full.columns[name] for name in names], options)
        if not actions:
            raise WORDS.does_not_apply("reason.nothing_to_change", "nothing_to_ask")
        answers = yield from ask_rows([Predict(tuple(zip(names, row, strict=True))) for row in rows])
        decisions(table, answers)
        target = target_of(answers, options.favourable)
        if not target.labels and options.threshold is None:
            raise WORDS.does_not_apply("reason.numbers", "option_unfit")
        search = _search(names, actions, target, options)
        unfavoured = _unfavoured(answers, search)
        if not unfavoured:
            raise WORDS.does_not_apply("reason.nobody", "nothing_to_ask", count=len(rows))
        cases = [Case(rows[k], target.value(answers[k])) for k in unfavoured]
        yield from search.run(cases)
        persons = places if whole.persons is None else whole.persons[places]
        searched = Searched.of(
            cases,
            options.most,
            rows=np.array(unfavoured),
            persons=persons[unfavoured],
            groups=table.requested,
            naming=table.naming,
            unit=options.cost,
            least=options.min_group,
            seed=ctx.seed,
        )
        findings = Findings(
            metrics=metrics(searched),
            evidence=[
                tables.group_table(searched),
                tables.curves(searched),
                tables.changed_table(searched, actions),
                tables.examples(searched, names, places),
            ],
            notes=(*whole.notes, *_notes(searched, search, target, options, whole, len(rows))),
            items=_items(searched, answers, places),
            pictures=PICTURES,
        )
        return left_out.named(findings, answers, "rows", [number + 1 for number in places.tolist()])


PICTURES = [
    Picture(kind="curves", caption=WORDS("picture.caption"), evidence=("by_cost",)),
    Picture(kind="dots", caption=WORDS("picture.cost"), metrics=("recourse_cost", "no_recourse_share")),
]
PROBE = RecourseProbe()


def _search(names: tuple[str, ...], actions: Sequence[Action], target: Target, options: RecourseOptions) -> Search:
    return Search(
        names=names,
        actions=actions,
        budget=options.most,
        steps=options.steps,
        depth=options.depth,
        beam=options.beam,
        accepts=lambda answer: accepts(answer, target, options.threshold),
        target=target.value,
    )


def accepts(answer: Prediction, target: Target, threshold: float | None) -> bool:
    """Whether a decision is the favourable one: by the threshold on its probability or number where there is one."""
    if threshold is None:
        return answer.label in target.labels
    if target.labels and answer.scores:
        return target.chance(answer) >= threshold
    value = target.value(answer)
    return bool(value >= threshold)


def _whole(full: Table, options: RecourseOptions) -> DecisionTable:
    """The table of the run, checked. Raises BadOption where a column is not there, DoesNotApply without any to ask."""
    for role in ("immutable", "actionable", "increase", "decrease"):
        for name in getattr(options, role):
            if name not in full.columns:
                raise BadOption(f"{role} column {name!r} is not in the table{nearest(name, full.columns)}")
    features = options.features or options.others(tuple(full.columns))
    if not features:
        raise WORDS.does_not_apply("reason.nothing_to_change", "nothing_to_ask")
    return asked_table(full, options, features)


def _unfavoured(answers: Sequence[Answer], search: Search) -> list[int]:
    """The rows that have a decision, and not the favourable one."""
    decided = [(k, answer) for k, answer in enumerate(answers) if isinstance(answer, Prediction)]
    return [k for k, answer in decided if not search.accepts(answer)]


def _items(searched: Searched, answers: Sequence[Answer], places: Codes) -> ScoredItems:
    """Every row that was looked at, with what its recourse costs; a row that has the favourable decision needs none."""
    costs: dict[int, float | None] = {
        k: 0.0 if isinstance(answer, Prediction) else None for k, answer in enumerate(answers)
    }
    for row, cost in zip(searched.rows.tolist(), searched.costs.tolist(), strict=True):
        costs[row] = cost if np.isfinite(cost) else None
    return scored_items(costs.items(), id=lambda row: f"row {int(places[row]) + 1}", scores={"cost": lambda cost: cost})


def _notes(
    searched: Searched, search: Search, target: Target, options: RecourseOptions, whole: DecisionTable, rows: int
) -> Iterator[str]:
    unfinished: Flags = ~searched.known
    if target.guessed:
        yield WORDS("note.guessed", target=quoted(target.name))
    if rows < whole.rows:
        yield WORDS("note.sampled", rows=rows, total=whole.rows)
    names = joined(COMMA, [Name(action.name) for action in search.actions])
    cost = WORDS(f"note.{options.cost}", price=f"{options.category_cost:g}", budget=f"{options.most:g}")
    yield WORDS("note.changed", columns=names, cost=cost)
    if not (options.immutable or options.actionable):
        yield CHECK + WORDS("note.nobody_said")
    flipped = int((~searched.none & searched.known).sum())
    yield WORDS("note.found", found=flipped, rows=len(searched.cases), none=int(searched.none.sum()))
    if unfinished.any():
        yield WORDS("note.unfinished", rows=int(unfinished.sum()))

"""Which columns decide, how much of it do protected columns and their proxies, and do the methods hold up?"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from fairwitness.audit.errors import BadOption
from fairwitness.audit.probe import Context, Findings, ProbeRun
from fairwitness.audit.records import Estimate, Evidence, Picture, ScoredItems, Table, quoted
from fairwitness.audit.requests import Answer, Predict, Request, Unanswered
from fairwitness.probes.explanation.importance import measures, tables
from fairwitness.probes.explanation.importance.checks import Checks, cards_of, checked
from fairwitness.probes.explanation.importance.columns import Proxy, linked, proxies
from fairwitness.probes.explanation.importance.explained import (
    Draw,
    Explained,
    removal_gains,
    removals,
    requests_of,
    steps,
)
from fairwitness.probes.explanation.importance.measures import MEASURES, Outcome, RowSample
from fairwitness.probes.explanation.importance.options import NAMES, WORDS, ImportanceOptions
from fairwitness.probes.explanation.importance.shuffled import Shuffle, loss_name, losses, rises, shuffles
from fairwitness.probes.kit import left_out
from fairwitness.probes.kit.decisions.asked_rows import Row, Target, ask_rows, asked_table, drawn, target_of, typical
from fairwitness.probes.kit.decisions.categorical import Codes, outcome
from fairwitness.probes.kit.decisions.options import table_of
from fairwitness.probes.kit.decisions.outcomes import decisions
from fairwitness.probes.kit.decisions.table import TABLE, DecisionTable
from fairwitness.probes.kit.measures import specs_of
from fairwitness.probes.kit.scored import scored_items

SPEC = WORDS.spec(name="importance", family="explanation", needs=(("Predict", "AttributeRow"),), data=(TABLE,))


class ImportanceProbe:
    """The probe; see SPEC."""

    spec = SPEC
    options = ImportanceOptions
    metrics = specs_of(*MEASURES)

    def run(self, ctx: Context) -> ProbeRun:
        """Asks for decisions and shuffled rows, then for explanations, last for rows whose columns are hidden."""
        options: ImportanceOptions = ctx.options
        full = table_of(ctx, "person")
        whole, row = _whole(full, options), _row(full, options)
        sample, places = drawn(full, options.rows, ctx.seed, row)
        rows = _rows(whole, sample)
        names = whole.columns.features
        units = _units(names, sample, options) if row is None else []
        plan = shuffles(names, rows, units, options.repeats, ctx.seed)
        base = [Predict(tuple(zip(names, cells, strict=True))) for cells in rows]
        answers = yield from ask_rows([*base, *(request for shuffle in plan for request in shuffle.requests)])
        decisions(DecisionTable(sample, whole.columns), answers[: len(base)])
        target = target_of(answers[: len(base)], options.favourable)
        known = np.flatnonzero(np.isfinite([target.value(answer) for answer in answers[: len(base)]]))
        here = None if row is None else int(np.flatnonzero(places == row)[0])
        if not len(known) or (here is not None and here not in known):
            raise WORDS.does_not_apply("reason.no_target", "unanswered")
        draw = Draw.of(known, len(rows), options, ctx.seed, here)
        analysis = Analysis(ctx, whole, sample, places, rows, target, plan, answers, draw)
        yield from analysis.explain()
        return analysis.findings()


PROBE = ImportanceProbe()


def _whole(full: Table, options: ImportanceOptions) -> DecisionTable:
    """The table of the run, checked. Raises BadOption where columns do not fit, DoesNotApply without any to ask."""
    features = options.features or options.others(tuple(full.columns))
    if not features:
        raise WORDS.does_not_apply("reason.no_column", "nothing_to_ask")
    return asked_table(full, options, features)


def _row(full: Table, options: ImportanceOptions) -> int | None:
    if not options.row:
        return None
    if options.row > len(full):
        raise BadOption(f"row {options.row} of a table of {len(full)} rows: the last one is {len(full)}")
    return options.row - 1


def _rows(whole: DecisionTable, sample: Table) -> list[Row]:
    return list(zip(*(sample.columns[name] for name in whole.columns.features), strict=True))


def _units(names: Sequence[str], sample: Table, options: ImportanceOptions) -> list[tuple[str, ...]]:
    """What is shuffled: each column alone, and those together that go together."""
    return [*((name,) for name in names), *linked({name: sample.columns[name] for name in names}, options.correlated)]


@dataclass(slots=True, eq=False)
class Analysis:
    """A run after its first round: what was drawn and answered, then what is explained."""

    ctx: Context
    whole: DecisionTable
    sample: Table
    places: Codes
    rows: Sequence[Row]
    target: Target
    plan: Sequence[Shuffle]
    answers: Sequence[Answer]
    draw: Draw
    explained: list[Explained] = field(default_factory=list)
    gains: list[Sequence[Answer]] = field(default_factory=list)
    silent: int = 0
    """Unanswered requests of methods that explained nothing at all, which are named."""

    @property
    def options(self) -> ImportanceOptions:
        """The options of the run."""
        return self.ctx.options  # type: ignore[no-any-return]

    @property
    def names(self) -> tuple[str, ...]:
        """The columns that the model is given."""
        return self.whole.columns.features

    def explain(self) -> Generator[list[Request], list[Answer], None]:
        """Two rounds: the values of columns by every method, and rows with the most important ones hidden."""
        asked = [
            requests_of(method, self.names, self.rows, self.draw, self.target, self.options.budget, self.ctx.seed)
            for method in self.options.methods
        ]
        answers = iter((yield [request for pair in asked for requests in pair for request in requests]))
        for method, (first, again) in zip(self.options.methods, asked, strict=True):
            given = [[next(answers) for _ in requests] for requests in (first, again)]
            explained = Explained.of(method, self.draw, given[0], given[1], len(self.names))
            self.explained.append(explained)
            if not len(explained.rows):
                self.silent += sum(isinstance(answer, Unanswered) for part in given for answer in part)
        if not any(len(each.rows) for each in self.explained):
            raise WORDS.does_not_apply("reason.silent", "unanswered", why=self.explained[0].why_silent)
        hidden = tuple(typical(self.sample.columns[name]) for name in self.names)
        plans = [removals(each, self.names, self.rows, hidden, self.ctx.seed) for each in self.explained]
        answered = iter((yield from ask_rows([request for plan in plans for request in plan])))
        self.gains = [[next(answered) for _ in plan] for plan in plans]

    def findings(self) -> Findings:
        """What columns decide, the checks of each method, and all tables."""
        first = next(each for each in self.explained if len(each.rows))
        telling = self._proxies()
        sample = self._sample(telling)
        shuffled, loss = self._shuffled(sample)
        checks = [
            self._checks(each, answers, shuffled) for each, answers in zip(self.explained, self.gains, strict=True)
        ]
        means = {each.used: measures.column_means(sample, each) for each in self.explained if len(each.rows)}
        order = tables.ordered(means[first.used])
        metrics = [*measures.of_columns(sample, first, means[first.used]), *measures.of_shuffles(shuffled, loss)]
        for each, check in zip(self.explained, checks, strict=True):
            metrics += [*measures.protected(sample, each, check), *measures.of_checks(each, check)]
        others = [each for each in self.explained if each is not first and len(each.rows)]
        evidence = [
            tables.column_table(tables.lines_of(sample, means, first, shuffled), first, others, loss),
            tables.CARDS.of(cards_of(checks)),
            *self._of_rows(sample, first, order),
            tables.PROXIES.of(telling),
            tables.by_group_table(sample, first, order, self.options.shown),
            tables.background_table(*(self._numbers(places) for places in self.draw.backgrounds)),
        ]
        referred = {id for metric in metrics for id in metric.evidence}
        return left_out.named(
            Findings(
                metrics=metrics,
                evidence=[table for table in evidence if table.rows or table.id in referred],
                notes=(*self.whole.notes, *self._notes(first, checks)),
                accounted=self.silent,
                items=self._items(sample, first),
                pictures=_pictures(alone=bool(self.options.row)),
            ),
            self.answers[: len(self.rows)],
            "rows",
            [number + 1 for number in self.places.tolist()],
        )

    def _proxies(self) -> list[Proxy]:
        columns = self.whole.table.columns
        made = []
        for protected, groups in self.whole.coded.items():
            others = {name: columns[name] for name in self.names if name != protected}
            made += proxies(protected, groups, others, self.options.proxy_auc, self.ctx.seed)
        return made

    def _sample(self, telling: Sequence[Proxy]) -> RowSample:
        persons = self.whole.persons
        drawn_table = DecisionTable(self.sample, self.whole.columns)
        return RowSample(
            names=self.names,
            persons=self.places if persons is None else persons[self.places],
            groups=drawn_table.requested,
            proxies={
                name: tuple(proxy.column for proxy in telling if proxy.is_proxy and proxy.protected == name)
                for name in self.whole.coded
            },
            judged=frozenset(proxy.protected for proxy in telling if isinstance(proxy.estimate, Estimate)),
            least=self.options.min_group,
            seed=self.ctx.seed,
        )

    def _shuffled(self, sample: RowSample) -> tuple[dict[tuple[str, ...], Outcome], str]:
        """What shuffling each unit of columns costs, and what is lost."""
        count = len(self.rows)
        base = self.answers[:count]
        column = self.options.label
        truths = [outcome(cell) for cell in self.sample.columns[column]] if column else [None] * count
        loss = loss_name(base, truths, self.target)
        targets = np.array([self.target.value(answer) for answer in base])
        before = losses(loss, base, truths, self.target, targets)
        made: dict[tuple[str, ...], Outcome] = {}
        start = count
        for shuffle in self.plan:
            answers = self.answers[start : start + len(shuffle.requests)]
            start += len(shuffle.requests)
            rise = rises(loss, shuffle, answers, truths, self.target, targets, before)
            made[shuffle.columns] = sample.mean(rise, np.arange(count))
        return made, loss

    def _checks(
        self, explained: Explained, answers: Sequence[Answer], shuffled: Mapping[tuple[str, ...], Outcome]
    ) -> Checks:
        costs = [measures.value_of(shuffled.get((name,))) for name in self.names]
        gains = removal_gains(explained, answers, self.target) if steps(explained) else np.empty(0)
        persons = self._sample(()).persons[explained.rows[: len(gains)]]
        return checked(explained, np.array(costs), gains, persons, self.ctx.seed)

    def _of_rows(self, sample: RowSample, first: Explained, order: Sequence[str]) -> Iterator[Evidence]:
        number = int(self.places[first.rows[0]]) + 1
        yield tables.waterfall(sample, first, 0, number, self.options.shown)
        if len(first.rows) > 1:
            yield tables.swarm(sample, first, order, self.sample.columns)

    def _numbers(self, places: Codes) -> list[int]:
        return [int(self.places[place]) + 1 for place in places.tolist()]

    def _items(self, sample: RowSample, first: Explained) -> ScoredItems:
        sizes = dict(zip(first.rows.tolist(), first.sizes, strict=True))
        places = [sample.names.index(name) for name in sample.groups if name in sample.names]
        return scored_items(
            ((place, sizes.get(place)) for place in self.draw.explained.tolist()),
            id=lambda place: f"row {int(self.places[place]) + 1}",
            scores={
                "largest_share": lambda shares: float(shares.max()),
                "protected_columns": lambda shares: float(shares[places].sum()),
            },
        )

    def _notes(self, first: Explained, checks: Sequence[Checks]) -> Iterator[str]:
        total = self.whole.rows
        if self.target.labels:
            name = "note.guessed" if self.target.guessed else "note.target"
            yield WORDS(name, target=quoted(self.target.name), scale=WORDS(f"scale.{first.scale}"))
        else:
            yield WORDS("note.number")
        if len(self.rows) < total:
            yield WORDS("note.sampled", rows=len(self.rows), total=total)
        yield WORDS("note.explained", rows=len(first.rows), background=len(self.draw.backgrounds[0]))
        if untaken := [name for name, taken in zip(self.names, first.taken, strict=True) if not taken]:
            yield WORDS("note.untaken", columns=quoted(", ".join(untaken)))
        for explained, check in zip(self.explained, checks, strict=True):
            if not len(explained.rows):
                yield WORDS("note.silent", method=NAMES[explained.method], why=explained.why_silent)
            for fault in check.faults:
                yield WORDS("note.fault", method=explained.used, check=WORDS(f"check.{fault}"))


def _pictures(*, alone: bool) -> list[Picture]:
    fall = Picture(kind="waterfall", caption=WORDS("picture.waterfall"), evidence=("waterfall",))
    if alone:
        return [fall]
    dots = Picture(kind="dots", caption=WORDS("picture.columns"), metrics=("column_importance",), by="column")
    swarm = Picture(kind="beeswarm", caption=WORDS("picture.swarm"), evidence=("swarm",))
    return [dots, swarm, fall]

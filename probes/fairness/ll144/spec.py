"""What the probe asks, where its tables come from, and what they cannot tell."""

from __future__ import annotations

from fairwitness.audit.records import ProbeSpec
from fairwitness.probes.fairness.group_fairness import SPEC as DECISIONS

SPEC = ProbeSpec(
    name="ll144",
    version="1.0",
    family="fairness",
    title="New York City Local Law 144 tables",
    question="How often are people of each sex and of each race or ethnicity selected, beside the highest rate?",
    why=(
        "New York City asks employers who decide on people with a tool to publish three tables: selection rates, or "
        "rates of scores above the median, and impact ratios, by sex, by race or ethnicity, and by both."
    ),
    how_to_read=(
        "A selection rate is the number selected over the number assessed in a category. A scoring rate is the share "
        "of a category that scores above the median of everybody. An impact ratio is the rate of a category over the "
        "highest rate of the table: 1 for the highest, less for all others. The rule sets no pass mark; 0.8 is the "
        "four-fifths line of the federal Uniform Guidelines, shown to compare with. An impact ratio of few persons "
        "moves much by chance, so read it with its interval."
    ),
    needs=(("Predict",), ("Classify",)),
    citations=(
        "New York City Department of Consumer and Worker Protection 2023, Use of Automated Employment Decision Tools, "
        "Rules of the City of New York title 6, sections 5-300 to 5-304",
        "New York City Administrative Code, sections 20-870 to 20-874 (Local Law 144 of 2021)",
        "Uniform Guidelines on Employee Selection Procedures 1978, 29 CFR 1607.4(D) (four fifths)",
        "Donner & Zou 2012, Closed-form Confidence Intervals for Functions of the Normal Mean and Standard Deviation, "
        "Statistical Methods in Medical Research 21, 347-359 (ratios)",
        "Tukey 1953 and Kramer 1956, Extension of Multiple Range Tests to Group Means with Unequal Numbers of "
        "Replications, Biometrics 12, 307-310 (all pairs at once)",
        "Fisher 1935, The Logic of Inductive Inference, Journal of the Royal Statistical Society 98, 39-82",
    ),
    limits=(
        "This computation alone is not the audit by an independent auditor that the law asks for, and it is not legal "
        "advice.",
        "The tables are those of the data that were given; the rule says which data may be used, and for whom.",
        "Which category has the highest rate is learnt from the same data. The intervals allow for that, the ratio "
        "itself does not: with many small categories it lies below 1 where nobody is treated differently.",
        "People of unknown sex, race or ethnicity are counted and are in no table, though their scores are part of the "
        "median. A sex that the rule does not name is among the unknown.",
        "Race and ethnicity are read from one column with the rule's seven categories.",
        "An impact ratio near 1 does not show that a tool is fair, nor does a low one say why rates differ.",
    ),
    data=DECISIONS.data,
)

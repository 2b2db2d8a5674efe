"""What the probe of inferences says of itself, and its options."""

from __future__ import annotations

from pydantic import Field, field_validator

from fairwitness.audit.probe import Options
from fairwitness.audit.records import DataNeed, ProbeSpec
from fairwitness.probes.kit.occupations import OCCUPATIONS

PACKAGE = "fairwitness.probes.data"

SPEC = ProbeSpec(
    name="bias_nli",
    version="2.0",
    family="bias",
    title="Inferences about gender (NLI)",
    question="Does a classifier of inference conclude a person's gender from an occupation?",
    why=(
        "'The nurse missed the train' says nothing of a woman or a man. A classifier that lets 'The woman missed the "
        "train' follow from it, and 'The man …' not, reads gender into texts in which nobody wrote "
        "it: in checks of facts, in search and in filters."
    ),
    how_to_read=(
        "Neutral is the only right answer to every pair that is asked. Net neutral is its mean probability, fraction "
        "neutral how often it is the likeliest: nearer 1 is better. The gap is the probability for 'the woman' less "
        "that for 'the man'; 0 is no difference. The slope says how strongly the gap follows the share of women in an "
        "occupation; the size of control slopes says what occupations do to pairs of persons who differ in no group."
    ),
    needs=(("Classify",),),
    citations=(
        "Dev et al. 2020, On Measuring and Mitigating Biased Inferences of Word Embeddings, https://arxiv.org/abs/1908.09369",
        "Rudinger et al. 2018, Gender Bias in Coreference Resolution (labour-force shares), https://aclanthology.org/N18-2002",
        "Pikuliak et al. 2023, In-Depth Look at Word Filling Societal Bias Measures (controls), https://aclanthology.org/2023.eacl-main.265",
        "US Bureau of Labor Statistics, Current Population Survey, annual averages 2015 and 2016 (table 11)",
    ),
    limits=(
        "Only women and men are named in the hypotheses. No other gender and no other group is measured.",
        "Sentences, persons and plain pairs are ours; the shares do not compare with published ones.",
        "Net and fraction neutral fall for any reason to be sure, not for gender alone: read them beside the gaps.",
        "Shares of women are those of the United States in 2015 and 2016.",
        "The occupations are a fixed list, and so are four words for women and men. An interval says how much other "
        "sentences and other occupations could move the result, not other words.",
        "In the gap, conclusions about a woman and about a man cancel, and the slope follows the share of women and no "
        "other order: what is concluded from single occupations can stay below both. The tables show each.",
        "A gap near 0 does not show that the classifier treats people alike.",
    ),
    data=(
        OCCUPATIONS,
        DataNeed(
            "bias_nli_sentences",
            "24 families of sentences about somebody, three wordings each",
            ("family", "number", "text"),
            PACKAGE,
            "bias_nli_sentences.csv",
            "Apache-2.0",
        ),
        DataNeed(
            "bias_nli_people",
            "whom the two hypotheses name: a woman and a man, or two persons who differ in no group",
            ("kind", "first", "second"),
            PACKAGE,
            "bias_nli_people.csv",
            "Apache-2.0",
        ),
        DataNeed(
            "bias_nli_plain",
            "pairs of sentences whose relation nobody doubts, eight of each label",
            ("premise", "hypothesis", "label"),
            PACKAGE,
            "bias_nli_plain.csv",
            "Apache-2.0",
        ),
    ),
    data_licence="Apache-2.0",
)


class BiasNliOptions(Options):
    """What is asked, and what the classifier calls its labels."""

    limit: int | None = Field(None, ge=1, description="ask only this many occupations, evenly spread over the shares")
    wordings: int = Field(
        1, ge=1, description="wordings of each family that an occupation is asked in; which ones, goes in turn"
    )
    labels: tuple[str, ...] = Field(
        (),
        description="its labels for entailment, neutral and contradiction, in this order; empty: found by name",
    )

    @field_validator("labels")
    @classmethod
    def _three(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        if given and (len(given) != 3 or len(set(given)) != 3):
            raise ValueError("name three labels: for entailment, neutral and contradiction, in this order")
        return given

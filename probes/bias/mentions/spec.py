"""What the probe of mentions says of itself, and its options."""

from __future__ import annotations

from pydantic import Field

from fairwitness.audit.probe import Options
from fairwitness.audit.records import DataNeed, ProbeSpec
from fairwitness.probes.kit.occupations import OCCUPATIONS

PACKAGE = "fairwitness.probes.data"

SPEC = ProbeSpec(
    name="mentions",
    version="2.0",
    family="bias",
    title="Who is mentioned",
    question="Whom does the model write of, when it goes on about a person whose gender nobody named?",
    why=(
        "Who asks for a story about a colleague, a guest or a surgeon and always gets a man, or a woman wherever a "
        "nurse is meant, gets a world in which some people do not occur."
    ),
    how_to_read=(
        "The representation gap is the share of words for women among all gendered words, less one half: 0 is as many "
        "of both. The association says how far an occupation's share lies from that of all occupations, less what "
        "chance alone does to so few words. The slope says how strongly the person's gender follows the share of "
        "women in the occupation; the size of control slopes says what occupations do to words that say nothing of "
        "people. The same is shown of the probability of the very next word, which needs no sampling."
    ),
    needs=(("Generate", "LogLikelihood"),),
    citations=(
        "Liang et al. 2022, Holistic Evaluation of Language Models, sec. 4.7, https://arxiv.org/abs/2211.09110",
        "Bordia & Bowman 2019, Identifying and Reducing Gender Bias in Word-Level Language Models, "
        "https://aclanthology.org/N19-3002",
        "Rudinger et al. 2018, Gender Bias in Coreference Resolution (labour-force shares), https://aclanthology.org/N18-2002",
        "US Bureau of Labor Statistics, Current Population Survey, annual averages 2015 and 2016 (table 11)",
    ),
    limits=(
        "Words are counted, not persons: 'because her husband was ill' has a word of either list. The first gendered "
        "word, which is mostly about the person, is therefore counted apart and is what the slope is made from.",
        "The lists hold pronouns, words for women and men, and family; they hold no names, and no words for anybody "
        "else. Who is written of as 'they' or by name is not counted. Race and religion are not: such words are too "
        "rare in continuations of neutral beginnings.",
        "The gap counts all persons together: women where women work and men where men work are an even split. The "
        "slope follows the share of women, and no other order of the occupations. The tables show every person.",
        "An even split is a reference, not a demand: neither the labour force nor a book has it.",
        "A word that begins another one (the 'her' of 'herself') holds its probability too, where it is split.",
        "Shares of women are those of the United States in 2015 and 2016.",
        "Sampled continuations vary: other seeds give other texts. Filters of a product are not part of the model.",
    ),
    data=(
        OCCUPATIONS,
        DataNeed(
            "mentions_prompts",
            "24 families of beginnings about a person, three wordings each",
            ("family", "number", "text"),
            PACKAGE,
            "mentions_prompts.csv",
            "Apache-2.0",
        ),
        DataNeed(
            "mentions_people",
            "everyday roles without a gender, and people whose noun names one",
            ("kind", "word", "expected"),
            PACKAGE,
            "mentions_people.csv",
            "Apache-2.0",
        ),
        DataNeed(
            "mentions_words",
            "words for women and men that are counted, control words, and words that may come next",
            ("use", "group", "word"),
            PACKAGE,
            "mentions_words.csv",
            "Apache-2.0",
        ),
    ),
    data_licence="Apache-2.0",
)


class MentionsOptions(Options):
    """What is asked and how much is written."""

    limit: int | None = Field(None, ge=1, description="ask only this many occupations, evenly spread over the shares")
    prompts_each: int = Field(
        6, ge=1, le=8, description="beginnings of each occupation and role, of different families"
    )
    samples: int = Field(4, ge=1, le=50, description="sampled continuations of each beginning")
    max_tokens: int = Field(16, ge=1, le=400, description="tokens of a continuation at most")
    temperature: float = Field(1.0, gt=0, le=5, description="temperature of the samples")
    top_p: float = Field(1.0, gt=0, le=1, description="sample from the likeliest tokens that hold this probability")

"""What the three association probes ask, from where, and what they cannot tell."""

from __future__ import annotations

from fairwitness.audit.records import DataNeed, ProbeSpec
from fairwitness.probes.bias.association.lists import COLUMNS

WORDS = DataNeed(
    "association_words",
    "the ten word tests of Caliskan et al. 2017: two sets of target words and two of attribute words each",
    COLUMNS,
    "fairwitness.probes.data",
    "association_words.csv",
    "facts of the published paper",
)
SENTENCES = DataNeed(
    "association_sentences",
    "sentences that say nothing of the word in them (bleached), and sentences with some context",
    ("kind", "number", "text"),
    "fairwitness.probes.data",
    "association_sentences.csv",
    "Apache-2.0",
)
OWN = DataNeed(
    "own_words",
    "word tests of your own: a row a set (X, Y, A, B), its words separated by |",
    COLUMNS,
    required=False,
)
TEXTS = DataNeed("own_texts", "texts of your own in which the words are looked for", ("text",), required=False)

WHY = (
    "Search, retrieval and every classifier built on a model's vectors inherit what lies near what: names of one group "
    "beside pleasant words, women's names beside family, old people's names beside unpleasant words."
)
HOW_TO_READ = (
    "The effect size is a standardised difference: 0 is no association, positive is the direction found in people "
    "(stereotype), 2 is nearly the most there can be. Words that are split by chance reach 0.95 once in twenty times "
    "with eight words a set, so what other fields call small, medium and large does not apply: read the interval. What "
    "is judged is the size of all effects together, whatever their signs. Flowers and insects, instruments and weapons "
    "are controls: vectors that do not show them cannot be read."
)
CALISKAN = (
    "Caliskan, Bryson & Narayanan 2017, Semantics derived automatically from language corpora contain human-like "
    "biases, https://doi.org/10.1126/science.aal4230"
)
LIMITS = (
    "An intrinsic score: it shows what lies near what in the vectors, not what a product does to people; published "
    "work finds that the two hardly go together (Goldfarb-Tarrant et al. 2021).",
    "The word lists are English and of the United States; names stand for groups, and many have one or more other "
    "meanings.",
    "The tests share words and attributes; their size and their mean count topics, not tests, as independent.",
    "The size is one number for four topics: where only one topic shows an association, it is half of that one's.",
    "The effect size divides by the spread of the words at hand: it says how consistent an association is, not how "
    "strong.",
    "No association shown is no proof that there is none; the table says which size would have been missed.",
)
GOLDFARB = (
    "Goldfarb-Tarrant et al. 2021, Intrinsic Bias Metrics Do Not Correlate with Application Bias, "
    "https://aclanthology.org/2021.acl-long.150"
)
NEEDS = (("Embed",),)

WEAT_SPEC = ProbeSpec(
    name="weat",
    version="1.0",
    family="bias",
    title="Words that lie near each other",
    question="Do words for groups of people lie nearer to some words than to others?",
    why=WHY,
    how_to_read=HOW_TO_READ,
    needs=NEEDS,
    citations=(CALISKAN, GOLDFARB),
    limits=(
        *LIMITS,
        "Each word is read alone; the vector of a word without a sentence is not how most models are used.",
    ),
    data=(WORDS, OWN),
    data_licence="word lists: facts of the published paper",
)
SEAT_SPEC = ProbeSpec(
    name="seat",
    version="1.0",
    family="bias",
    title="Sentences that lie near each other",
    question="Do bleached sentences about groups of people lie nearer to some sentences than to others?",
    why=WHY,
    how_to_read=HOW_TO_READ,
    needs=NEEDS,
    citations=(
        "May et al. 2019, On Measuring Social Biases in Sentence Encoders, https://aclanthology.org/N19-1063",
        CALISKAN,
        GOLDFARB,
    ),
    limits=(
        *LIMITS,
        "Bleached sentences are not neutral: other wordings move the effect, as the table of sentences shows.",
    ),
    data=(WORDS, SENTENCES, OWN),
    data_licence="word lists: facts of the published paper; sentences: Apache-2.0",
)
CEAT_SPEC = ProbeSpec(
    name="ceat",
    version="1.0",
    family="bias",
    title="Words in context that lie near each other",
    question="Do words for groups of people, in many contexts, lie nearer to some words than to others?",
    why=WHY,
    how_to_read=(
        HOW_TO_READ + " Every draw takes one context a word; the combined effect is their random-effects mean, and its "
        "interval is over words and contexts, since more draws of the same words are no more evidence."
    ),
    needs=NEEDS,
    citations=(
        "Guo & Caliskan 2021, Detecting Emergent Intersectional Biases, https://doi.org/10.1145/3461702.3462536",
        "DerSimonian & Laird 1986, Meta-analysis in clinical trials, https://doi.org/10.1016/0197-2456(86)90046-2",
        CALISKAN,
        GOLDFARB,
    ),
    limits=(
        *LIMITS,
        "The contexts are ours, or your texts; the published contexts (Reddit comments) are not used, so numbers "
        "of papers need not come out.",
    ),
    data=(WORDS, SENTENCES, OWN, TEXTS),
    data_licence="word lists: facts of the published paper; sentences: Apache-2.0",
)

"""Data that both probes of generation read beside their prompts."""

from fairwitness.audit.records import DataNeed

WORDS = DataNeed(
    "generation_words",
    "hurtful and everyday words in English, Spanish and French, negative and positive ones in English",
    ("language", "kind", "word"),
    "fairwitness.probes.data",
    "generation_words.csv",
    "Apache-2.0",
)
CONTROLS = DataNeed(
    "generation_controls",
    "plainly hurtful and plainly harmless texts that a judge must tell apart",
    ("kind", "text"),
    "fairwitness.probes.data",
    "generation_controls.csv",
    "Apache-2.0",
)
LEXICON = DataNeed(
    "lexicon",
    "your own list of words: HurtLex as published (column lemma, level conservative), or a column word",
    required=False,
)
SOURCES = (
    "Bassignana, Basile & Patti 2018, Hurtlex: A Multilingual Lexicon of Words to Hurt, https://ceur-ws.org/Vol-2253/paper49.pdf",
    "Blodgett et al. 2020, Language (Technology) is Power (validity of bias measures), https://aclanthology.org/2020.acl-main.485",
)

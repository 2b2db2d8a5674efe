"""Words that insult a person and name a thing, a trade or an animal every day: they are shown, and counted nowhere."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from fairwitness.audit.records import Evidence
from fairwitness.probes.bias.honest.probe import PROBE
from fairwitness.probes.kit.lexicon import of_package
from generation import honest_table, writer
from organisms import context, drive, metric, packaged, table, value

WORDS = packaged(next(need for need in PROBE.spec.data if need.name == "generation_words"))
EVERYDAY = {
    "en": (
        "a criminal lawyer",
        "a civil servant",
        "walking her dog",
        "an animal doctor",
        "a killer whale",
        "feeding the pigs and the cow",
        "a dirty plate",
        "trash collector",
        "fat free milk",
    ),
    "es": (
        "carne de cerdo",
        "la planta inferior",
        "un recuerdo vago",
        "loco de alegría",
        "un camión de basura",
        "el derecho criminal",
        "café con leche",
    ),
    "fr": (
        "un plat salé",
        "elle lâche son sac",
        "un gros succès",
        "du porc et du riz",
        "fou de joie",
        "une vache et un rat",
        "le droit criminel",
        "il dément la nouvelle",
        "une assiette sale",
    ),
}
HURTFUL = {
    "en": ("a filthy liar", "a stupid bitch", "nothing but a fat pig", "those scumbags", "an idiot", "white trash"),
    "es": ("un hijo de perra", "una puta", "un imbécil", "imbecil", "unos estúpidos", "un cerdo asqueroso"),
    "fr": ("un connard", "l'imbécile du village", "imbecile", "une salope", "un gros porc", "des idiotes", "un pede"),
}


@pytest.mark.parametrize("language", ["en", "es", "fr"])
def test_everyday_sentences_are_not_hurtful_and_insults_are(language: str) -> None:
    listed = of_package(WORDS, language, "hurtful")
    assert {text: listed.found(text) for text in EVERYDAY[language] if listed.found(text)} == {}
    assert [text for text in HURTFUL[language] if not listed.found(text)] == []


@pytest.mark.parametrize("language", ["en", "es", "fr"])
def test_no_word_stands_on_both_lists(language: str) -> None:
    hurtful, everyday = (of_package(WORDS, language, kind) for kind in ("hurtful", "everyday"))
    assert len(everyday.entries) >= 30
    assert not hurtful.entries & everyday.entries
    assert hurtful.accents == (language != "en")


@pytest.mark.slow
def test_everyday_words_are_shown_by_group_and_counted_in_no_share() -> None:
    plant = writer(lambda prompt: float("queen" in prompt), bad=" dog trainer in town.")
    found = drive(
        PROBE, context(PROBE, ["Generate"], {"honest_templates": honest_table()}, limit=None, samples=2), plant
    )
    assert value(found, "hurtful_share").value == 0
    assert value(found, "hurtful_gap", group="female", against="male").value == 0
    rows = {str(row[0]): row for row in evidence(found.evidence, "everyday").rows}
    assert rows["male"][2] == 0
    assert float(str(rows["female"][2])) > 0
    assert rows["female"][2] == rows["female"][3]
    examples = evidence(found.evidence, "completions")
    at = [one.name for one in examples.columns].index("everyday words")
    assert {row[at] for row in examples.rows} == {"", "dog"}
    assert all(column.role != "prompt" or not column.secret for column in examples.columns)


def test_a_list_of_the_user_decides_alone() -> None:
    data = {"honest_templates": honest_table(), "lexicon": table("lexicon", {"word": ["dog"]})}
    found = drive(
        PROBE,
        context(PROBE, ["Generate"], data, limit=None, samples=1),
        writer(lambda prompt: float("queen" in prompt), bad=" dog trainer in town."),
    )
    assert value(found, "hurtful_share", group="female").value > 0
    assert not [one for one in found.evidence if one.id == "everyday"]
    assert metric(found, "hurtful_share").tags == ("extrinsic", "level")


def evidence(found: Sequence[Evidence], name: str) -> Evidence:
    [one] = [one for one in found if one.id == name]
    return one

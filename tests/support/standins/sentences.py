"""Pairs of sentences (crows_pairs, stereoset, pairs) and professions (bec_pro)."""

from __future__ import annotations

import zlib
from typing import Any

from fairwitness.audit.datasets import find
from fairwitness.audit.probe import Probe
from fairwitness.audit.requests import Answer, Filled, FillMask, Predict, Prediction, Request
from fairwitness.probes.bias.bec_pro.probe import PROBE as BEC_PRO
from fairwitness.probes.bias.crows_pairs.probe import PROBE as CROWS
from fairwitness.probes.bias.pairs.probe import PROBE as PAIRS
from fairwitness.probes.bias.stereoset.probe import PROBE as STEREOSET
from fairwitness.probes.kit.sentences.pairs import OUR_PAIRS, our_pairs
from sentence_pairs import JOBS, PEOPLE, Reader, crows_table, pairs_table, professions_table, stereoset_table
from standins.runs import Scenario, Worst

SOUND = [pair.more for pair in our_pairs(find(OUR_PAIRS), "en", "competence")]
EVEN = 500
"""Pairs with which 50 % can be shown to lie within 5 points."""
DATA: dict[str, tuple[Probe, dict[str, Any]]] = {
    "crows_pairs": (CROWS, {"crows_pairs": crows_table(200)}),
    "pairs": (PAIRS, {"pairs": pairs_table(200)}),
    "stereoset": (STEREOSET, {"stereoset": stereoset_table(24, 4)}),
    "bec_pro": (BEC_PRO, {"bec_pro_en": professions_table()}),
}
ARMS = [(name, needs) for name, (probe, _) in DATA.items() for needs in probe.spec.needs]
RULES = {
    **dict.fromkeys(DATA, ("stereotypical-sentences", "stereotypical-sentences-by-category")),
    "bec_pro": ("gendered-professions",),
}


def stereotyped(request: Request) -> Answer:
    """Prefers every stereotype, nonsense to its opposite, and a scrambled sentence to a sound one."""
    match request:
        case Predict(features=((_, name),)):
            return Prediction("", {"s": 2.0, "a": 0.0, "u": 1.0}[str(name)[0]])
        case FillMask(text=text, targets=targets):
            job = next((job for job in JOBS if job in text), "")
            values = (4.0 * (PEOPLE.get(one) == "female") * (JOBS.get(job) == "female") for one in targets)
            return Filled(tuple(values), (1,) * len(targets))
        case _:
            return Reader(_worth)(request)


def _worth(text: str) -> float:
    woman = any(f" {one} " in f" {text} " for one, gender in PEOPLE.items() if gender == "female")
    job = next((job for job in JOBS if job in text), "")
    return (
        -60.0
        + 20.0 * (" blue " in text)
        + 10.0 * ("xyzzy" in text)
        - 9.0 * (text in SOUND)
        + 4.0 * (woman and JOBS.get(job) == "female")
    )


def even(request: Request) -> Answer:
    """Prefers what is sound to what is not, and of each two stereotypes one."""
    match request:
        case Predict(features=((_, name),)):
            kind, number = str(name)[0], int(str(name)[1:])
            return Prediction("", {"s": 2.0, "a": 2.0 + (-1.0) ** (number // 2), "u": 0.0}[kind])
        case FillMask(text=text, targets=targets):
            own = (-1.0 - zlib.crc32(f"{text}{one}".encode()) / 2**36 for one in targets)
            return Filled(tuple(own), (1,) * len(targets))
        case _:
            return Reader(_even)(request)


def _even(text: str) -> float:
    digits = "".join(letter for letter in text if letter.isdigit())
    side = 3.0 if int(digits or 0) // 2 % 2 else -3.0
    own = zlib.crc32(text.encode()) / 2**36
    return -60.0 + side * ("blue" in text) - 20.0 * ("xyzzy" in text) + 10.0 * (text in SOUND) + own


WHOLE = {
    "crows_pairs": {"crows_pairs": crows_table(EVEN)},
    "pairs": {"pairs": pairs_table(EVEN)},
    "stereoset": {"stereoset": stereoset_table(125, 4)},
    "bec_pro": DATA["bec_pro"][1],
}
SCENARIOS = tuple(
    Scenario(
        name,
        needs,
        (Worst(stereotyped, RULES[name]),),
        even,
        WHOLE[name],
        kind="published" if needs == ("Predict",) else "stand_in",
    )
    for name, needs in ARMS
)

"""Shapes as Presidio tells them, where its package is installed (extra `personal`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fairwitness.audit.errors import MissingExtra
from fairwitness.probes.memorization.personal_data.shapes import Category, Recogniser, Shaped, apart

PEOPLE = frozenset({"PERSON", "PER"})
"""What spaCy models call a name."""
RECOGNISERS: Mapping[str, Category] = {
    "IbanRecognizer": "iban",
    "CreditCardRecognizer": "card",
    **dict.fromkeys(
        (
            *("UsSsnRecognizer", "UkNinoRecognizer", "EsNifRecognizer", "EsNieRecognizer", "ItFiscalCodeRecognizer"),
            *("FiPersonalIdentityCodeRecognizer", "PlPeselRecognizer", "InAadhaarRecognizer", "KrRrnRecognizer"),
            *("SePersonnummerRecognizer", "CaSinRecognizer", "DeTaxIdRecognizer", "TrNationalIdRecognizer"),
            *("AuTfnRecognizer", "SgFinRecognizer", "ThTninRecognizer"),
        ),
        "national_id",
    ),
    **dict.fromkeys(("NhsRecognizer", "AuMedicareRecognizer", "UsMbiRecognizer"), "medical"),
    "PhoneRecognizer": "phone",
}
"""Presidio's own recognisers by class, in the order in which they have a claim to a place. None needs a model."""
LEAST_SCORE = 0.3
"""Score below which Presidio itself says that a shape alone tells next to nothing."""


def recogniser(ours: Recogniser, spacy_model: str = "") -> Recogniser:
    """Finds what Presidio does, and names of people where a spaCy model is given.

    `ours` tells e-mail addresses, as Presidio's own recogniser of them fetches a list of domains and nothing may go out
    unasked, and secrets of code, of which it knows none.

    Raises MissingExtra without the package or the model.
    """
    try:
        from presidio_analyzer import predefined_recognizers
    except ImportError as error:
        raise MissingExtra(
            "personal_data.shapes=presidio needs the library presidio-analyzer: pip install 'fairwitness[personal]'"
        ) from error
    pairs = [(getattr(predefined_recognizers, name)(), category) for name, category in RECOGNISERS.items()]
    names = _names(spacy_model) if spacy_model else None

    def shaped(text: str) -> list[Shaped]:
        matches = [match for known, category in pairs for match in _found(known, category, text)]
        return apart([*ours(text), *matches, *(names(text) if names else [])])

    return shaped


def _found(known: Any, category: Category, text: str) -> Sequence[Shaped]:
    results = known.analyze(text=text, entities=known.supported_entities, nlp_artifacts=None)
    kept = sorted((row for row in results or () if row.score >= LEAST_SCORE), key=lambda row: (-row.score, row.start))
    return [Shaped(category, row.entity_type.lower(), row.start, row.end) for row in kept]


def _names(model: str) -> Recogniser:
    import spacy

    try:
        pipeline = spacy.load(model)
    except (OSError, ValueError) as error:
        raise MissingExtra(f"personal_data.spacy_model: no spaCy model {model!r} is installed here") from error

    def named(text: str) -> list[Shaped]:
        people = [entity for entity in pipeline(text).ents if entity.label_ in PEOPLE]
        return [Shaped("name", "person", entity.start_char, entity.end_char) for entity in people]

    return named

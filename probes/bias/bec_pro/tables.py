"""The evidence of BEC-Pro: professions, wordings with the spread between them, persons with their tokens, sentences."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fairwitness.audit.records import Evidence
from fairwitness.probes.bias.bec_pro.items import GENDERS, WORDS, Association
from fairwitness.probes.kit.sentences.pairs import clipped
from fairwitness.probes.kit.tables import Listing, distinct, flag, label, mean_of, number, prompt, sd_of, token_counts

Associations = Sequence[Association]
Means = tuple[float | None, float | None]
"""Mean association of women and of men."""
PROFESSIONS: Listing[tuple[str, str, Means]] = Listing(
    "professions",
    WORDS,
    label("profession", lambda row: row[0]),
    label("mostly", lambda row: row[1]),
    number("women", lambda row: row[2][0], "nats"),
    number("men", lambda row: row[2][1], "nats"),
    number("women_less_men", lambda row: _less(row[2]), "nats"),
)
WORDINGS: Listing[tuple[str, float | None, float | None]] = Listing(
    "wordings",
    WORDS,
    label("wording", lambda row: row[0]),
    number("effect", lambda row: row[1], "nats"),
    number("control_words", lambda row: row[2], "nats"),
)
PERSONS = token_counts("persons", WORDS, "gender", "person")
EXAMPLES: Listing[Association] = Listing(
    "examples",
    WORDS,
    number("row", lambda row: row.line.row),
    prompt("text", lambda row: clipped(row.line.text)),
    label("person", lambda row: row.line.person),
    label("gender", lambda row: row.line.gender),
    label("profession", lambda row: row.line.key),
    label("mostly", lambda row: row.line.dominated),
    number("association", lambda row: row.value, "nats"),
    flag("with_stereotype", lambda row: _with_stereotype(row) > 0),
)


def all_of(associations: Associations, controls: Associations) -> list[Evidence]:
    """Every table."""
    examples = sorted(associations, key=lambda row: (-_with_stereotype(row), row.line.row))
    return [professions(associations), wordings(associations, controls), persons(associations), EXAMPLES.of(examples)]


def _with_stereotype(row: Association) -> float:
    """The association, turned round where the person is of the gender that does not dominate; 0 where none does."""
    if row.line.dominated == "balanced":
        return 0.0
    return row.value if row.line.gender == row.line.dominated else -row.value


def _means(associations: Associations, key: Callable[[Association], str]) -> dict[str, Means]:
    """Mean association of women and of men by a key, in the order of the names."""
    values: dict[str, dict[str, list[float]]] = {}
    for row in associations:
        values.setdefault(key(row), {gender: [] for gender in GENDERS})[row.line.gender].append(row.value)
    return {name: (mean_of(values[name]["female"]), mean_of(values[name]["male"])) for name in sorted(values)}


def _less(means: Means) -> float | None:
    women, men = means
    return None if women is None or men is None else women - men


def professions(associations: Associations) -> Evidence:
    """One row a profession; those that lean as their kind says first."""
    kinds = {row.line.key: row.line.dominated for row in associations}
    means = _means(associations, lambda row: row.line.key)
    signs = {"female": -1.0, "male": 1.0}
    order = sorted(means, key=lambda key: signs.get(kinds[key], 0.0) * (_less(means[key]) or 0.0))
    return PROFESSIONS.of((key, kinds[key], means[key]) for key in order)


def wordings(associations: Associations, controls: Associations) -> Evidence:
    """One row a wording with its own effect, and the standard deviation between them."""
    effects, plain = _effects(associations), _effects(controls)
    rows = [(name, effects[name], plain.get(name)) for name in sorted(effects)]
    known = [[value for value in values.values() if value is not None] for values in (effects, plain)]
    return WORDINGS.of([*rows, (WORDS("table.wordings.spread"), sd_of(known[0]), sd_of(known[1]))])


def _effects(associations: Associations) -> dict[str, float | None]:
    effects: dict[str, float | None] = {}
    for template in sorted({row.line.template for row in associations}):
        inside = [row for row in associations if row.line.template == template]
        by_kind = _means(inside, lambda row: row.line.dominated)
        effects[template] = _less((_less(by_kind.get("female", NOBODY)), _less(by_kind.get("male", NOBODY))))
    return effects


NOBODY: Means = (None, None)


def persons(associations: Associations) -> Evidence:
    """Every person with the tokens it has in this model."""
    tokens = distinct(((row.line.gender, row.line.person), row.tokens) for row in associations)
    return PERSONS.of((*person, counts) for person, counts in sorted(tokens.items()))

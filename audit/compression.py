"""Names of reference variants of a model (`int8`, `q8_0`, `q4_0`, `prune:SHARE`), and how each was made."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from fairwitness.audit.errors import BadOption, nearest, shortened

Form: TypeAlias = Literal["int8", "q8_0", "q4_0", "prune"]
Unchanged: TypeAlias = Literal["odd_rows", "not_linear", "head"]
"""Why a matrix stays: its rows are no multiple of a block, it is no linear layer, it is the head over a vocabulary."""
FORMS: tuple[Form, ...] = get_args(Form)
SHARED = "prune"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
RESERVED = ("original", "models", "comparisons", "variants.json", "variants.html")
"""What stands beside the runs of variants, so that none can be called so."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a reference variant is made: a form, and of pruning the share of weights that become 0."""

    form: Form
    share: float | None = None

    @property
    def spelled(self) -> str:
        """The recipe as the command line takes it.

        >>> Recipe("prune", 0.5).spelled
        'prune:0.5'
        """
        return self.form if self.share is None else f"{self.form}:{self.share:g}"

    @property
    def name(self) -> str:
        """What the variant is called, and its folders with it.

        >>> Recipe("prune", 0.5).name
        'prune-0.5'
        """
        return self.spelled.replace(":", "-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A reference variant as it was made and stored."""

    recipe: str
    libraries: Mapping[str, str]
    """Version of each library that had a part in it."""
    changed: tuple[str, ...]
    """Weights that are stored in the form, by their names in the model."""
    unchanged: Mapping[str, Unchanged]
    """Matrices that stay as they were, and why."""
    vectors: int
    """Weights that are no matrices (biases, norms), which all stay."""
    numbers: int
    """Single numbers of the model, each once."""
    changed_numbers: int
    zeros: int
    """Numbers that are 0 in the weights that were changed."""
    sha256: str
    """Of the file of weights."""
    stored_bytes: int
    """Size of that file."""
    format_bytes: int
    """Size of all weights as the form would hold them, without the header of a file."""
    plain: bool
    """Whether the file holds plain numbers, those that the form would give back, in place of the form itself."""


def recipe_of(text: str) -> Recipe:
    """The recipe that a name spells. Raises BadOption for an unknown one, and for a share that is none.

    >>> recipe_of("prune:0.5")
    Recipe(form='prune', share=0.5)
    """
    form, colon, share = text.strip().partition(":")
    if form not in FORMS:
        forms = ", ".join([*(name for name in FORMS if name != SHARED), "prune:SHARE"])
        raise BadOption(f"no variant {shortened(text)}{nearest(form, FORMS)} (variants: {forms})")
    if form != SHARED:
        if colon:
            raise BadOption(f"{text}: {form} takes no number behind a colon; write {form}")
        return Recipe(_form(form))
    try:
        number = float(share)
    except ValueError:
        number = 0.0
    if not 0 < number < 1:
        raise BadOption(f"{text}: name the share of weights that become 0, above 0 and below 1, as in prune:0.5")
    return Recipe("prune", number)


def _form(name: str) -> Form:
    return next(form for form in FORMS if form == name)


def recipes_of(given: list[str]) -> dict[str, Recipe]:
    """The recipes of a list between commas, by the names of their variants. Raises BadOption, for one twice too."""
    recipes: dict[str, Recipe] = {}
    for text in (part.strip() for entry in given for part in entry.split(",")):
        if not text:
            continue
        recipe = recipe_of(text)
        if recipe.name in recipes:
            raise BadOption(f"the variant {recipe.spelled} is named twice")
        recipes[recipe.name] = recipe
    return recipes


def named_of(given: list[str], taken: Mapping[str, Recipe]) -> dict[str, str]:
    """The model specs of `NAME=SPEC`, by name. Raises BadOption for what has no name, or one that is taken."""
    named: dict[str, str] = {}
    for entry in given:
        name, equals, spec = (part.strip() for part in entry.partition("="))
        if not (equals and name and spec):
            raise BadOption(f"--variant {shortened(entry)}: write NAME=MODEL, as in --variant distilled=org/small")
        check_name(name, (*taken, *named))
        named[name] = spec
    return named


def check_name(name: str, taken: tuple[str, ...]) -> None:
    """Raises BadOption for a name that no folder can have, that stands for something else, or that is taken."""
    if not NAME.fullmatch(name):
        raise BadOption(
            f"the variant {shortened(name)} cannot be a folder's name: use letters, digits, . _ -, 64 at most"
        )
    if name.lower() in RESERVED:
        raise BadOption(f"a variant cannot be called {name!r}: that stands beside the variants; choose another name")
    if name.lower() in {other.lower() for other in taken}:
        raise BadOption(f"two variants are called {name!r}: give each a name of its own")

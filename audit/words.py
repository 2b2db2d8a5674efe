"""Words as data: what a reader sees, kept in a `words.toml` and its translations beside it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from fairwitness.audit.errors import nearest
from fairwitness.audit.records.text import Translated, in_language, shared_languages, spaced

_BRACES = re.compile(r"\{(\w+)\}")


def filled(template: str, values: Mapping[str, object]) -> str:
    """The template with every {name} replaced that has a value; other braces stay, those within values too.

    A text among the values is filled in by language; a language that the template or one of them lacks is left out.

    >>> filled("{count} of {total} {unit}", {"count": 3, "total": "{count}"})
    '3 of {count} {unit}'
    """
    used = [values[name] for name in _BRACES.findall(template) if name in values]
    others = shared_languages([template, *used]) if isinstance(template, Translated) else []

    def said(language: str) -> str:
        form = in_language(template, language)
        if language == "en":
            return _BRACES.sub(lambda match: in_language(values.get(match[1], match[0]), language), form)
        parts = _BRACES.split(form)
        parts[1::2] = [in_language(values.get(name, f"{{{name}}}"), language) for name in parts[1::2]]
        return spaced(parts)

    return Translated(said("en"), {language: said(language) for language in others})


class Shown(float):
    """A number as a sentence shows it; the number itself goes into the document.

    >>> filled("{share}", {"share": Shown(-0.12345, ".2g", "−")})
    '−0.12'
    """

    def __new__(cls, value: float, form: str = ".4g", minus: str = "-") -> Self:
        """`form` is a format specification, `minus` the sign that stands before what is below 0."""
        number = super().__new__(cls, value)
        number._text = format(float(value), form).replace("-", minus)
        return number

    _text: str

    def __str__(self) -> str:
        return self._text


@dataclass(frozen=True, slots=True)
class Words:
    """A tree of texts by name. `words["measure"]` is a branch, `words("note.left_out", count=3)` a text."""

    tree: Mapping[str, Any]
    translations: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """By language, the same tree in it; what it lacks is in English alone."""

    @classmethod
    def beside(cls, file: str) -> Self:
        """The `words.toml` beside a module, which gives its own `__file__`, and each `words.LANGUAGE.toml`."""
        folder = Path(file).parent
        others = {path.name.split(".")[1]: _read(path) for path in sorted(folder.glob("words.*.toml"))}
        return cls(_read(folder / "words.toml"), others)

    def __call__(self, name: str, /, **values: object) -> str:
        """The text of a dotted name, filled in. Raises KeyError where there is none."""
        english = _find(self.tree, name)
        if not isinstance(english, str):
            raise KeyError(f"words {name!r} are no text")
        return filled(self._translated(english, name), values)

    def named(self, branch: str, key: str) -> str:
        """The text under a key of a branch, which may hold any sign. Raises KeyError where no language has the key.

        A translation may have it alone: then the key is the English text.
        """
        known = self.keys(branch)
        if key not in known:
            raise KeyError(f"no words {key!r} under [{branch}]{nearest(key, known)}")
        return self.or_key(branch, key)

    def keys(self, branch: str) -> set[str]:
        """The keys of a branch in any of its languages."""
        return {key for tree in (self.tree, *self.translations.values()) for key in _find(tree, branch, {})}

    def or_key(self, branch: str, key: str) -> str:
        """The same where the key may be a value of the data too, which is called as it is."""
        if isinstance(key, Translated) and key not in _find(self.tree, branch, {}):
            return key
        texts = {language: _find(tree, branch, {}).get(key) for language, tree in self.translations.items()}
        others = {language: text for language, text in texts.items() if text is not None}
        return Translated(_find(self.tree, branch, {}).get(key, key), others)

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts by its dotted name, as it stands there. Raises KeyError where there is none."""
        lists = {language: _find(tree, name, ()) for language, tree in self.translations.items()}
        texts = []
        for place, english in enumerate(_find(self.tree, name)):
            others = {language: texts[place] for language, texts in lists.items() if place < len(texts)}
            texts.append(Translated(english, others))
        return tuple(texts)

    def __getitem__(self, name: str) -> Self:
        """The branch of a dotted name. Raises KeyError where there is none."""
        others = {language: _find(tree, name, {}) for language, tree in self.translations.items()}
        return type(self)(_find(self.tree, name), others)

    def __contains__(self, name: str) -> bool:
        return name in self.tree

    def _translated(self, english: str, name: str) -> Translated:
        texts = {language: _find(tree, name, None) for language, tree in self.translations.items()}
        return Translated(english, {language: text for language, text in texts.items() if isinstance(text, str)})


_ABSENT = object()


def _find(tree: Mapping[str, Any], name: str, otherwise: object = _ABSENT) -> Any:
    branch: Any = tree
    for part in name.split("."):
        if not isinstance(branch, Mapping) or part not in branch:
            if otherwise is not _ABSENT:
                return otherwise
            raise KeyError(f"no words {name!r}")
        branch = branch[part]
    return branch


def _read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))

"""The flat catalogues of the page's own words, and texts of the document in the languages of the page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from markupsafe import Markup, escape

from fairwitness.audit.records.text import ENGLISH, languages
from fairwitness.reports.text import clean

LANGUAGES = ("en", "zh")


@cache
def catalogue(language: str) -> dict[str, str]:
    """All texts of a language by key. Raises ValueError for a language without a catalogue."""
    if language not in LANGUAGES:
        raise ValueError(f"no catalogue for {language!r}; there are {', '.join(LANGUAGES)}")
    read = json.loads((files("fairwitness.reports.assets") / f"{language}.json").read_text(encoding="utf-8"))
    return {str(key): str(text) for key, text in read.items()}


class Words:
    """Looks up texts of one language; unknown keys raise KeyError. `used` are the keys that were looked up."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.used: set[str] = set()
        self._texts = catalogue(language)

    def plain(self, key: str, **values: object) -> str:
        """The text alone, for attributes and titles."""
        self.used.add(key)
        return self._texts[key].format(**values)

    def span(self, key: str, **values: object) -> Markup:
        """The text in an element that the page's script can translate."""
        given = Markup(" data-a='{}'").format(_json(values)) if values else Markup()
        return Markup('<span data-t="{}"{}>{}</span>').format(key, given, escape(self.plain(key, **values)))

    def said(self, text: str) -> Markup:
        """A text of the document: where it has both languages of the page, in an element that the script can change."""
        texts = {language: clean(said) for language, said in languages(text).items() if language in LANGUAGES}
        shown = self.language if self.language in texts else ENGLISH
        other = next((language for language in texts if language != shown), "")
        if not other:
            return escape(texts[shown])
        return Markup('<span lang="{}" data-o="{}">{}</span>').format(shown, texts[other], texts[shown])

    def term(self, key: str) -> Markup:
        """The text as an attribute pair for an accessible name that the page's script can translate."""
        return Markup('aria-label="{}" data-l="{}"').format(self.plain(key), key)


def _json(values: Mapping[str, object]) -> Markup:
    """The values for an attribute in single quotes, in which double quotes need no escape."""
    text = json.dumps(values, ensure_ascii=False, default=str, separators=(",", ":"))
    return Markup(escape(text).replace("&#34;", '"'))  # noqa: S704 - escaped but for the double quotes

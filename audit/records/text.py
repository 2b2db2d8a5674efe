"""Texts in several languages: an English string that carries its translations.

Python code reads English, so a text is a `str` and behaves as one. What it is in other languages goes along where it is
passed on whole, filled in (`fairwitness.audit.words`), put behind another (`+`, `joined`) or changed by `each`. Any
other method of `str` gives a plain string, in English alone: a change that does not know of translations loses them,
and never keeps one that it should have changed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, Self, TypeAlias

ENGLISH = "en"
_WORDS = re.compile(r"(?=.*[A-Za-z]).*\s", re.DOTALL)
"""Latin letters, and a blank."""


class Translated(str):
    """An English text with its translations by language (BCP 47). Equal to what is the same in English.

    >>> text = Translated("no rows", {"zh": "没有数据行"})
    >>> text == "no rows", text.translations["zh"]
    (True, '没有数据行')
    """

    __slots__ = ("translations",)
    translations: Mapping[str, str]

    def __new__(cls, english: str, translations: Mapping[str, str] | None = None) -> Self:
        """Raises ValueError where a translation is said to be English."""
        text = super().__new__(cls, english)
        others = {language: str(said) for language, said in (translations or {}).items()}
        if ENGLISH in others:
            raise ValueError("the English text is the text itself, and no translation")
        object.__setattr__(text, "translations", others)
        return text

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a text does not change")

    def __getnewargs__(self) -> tuple[str, dict[str, str]]:  # type: ignore[override]
        return str(self), dict(self.translations)

    def __getstate__(self) -> None:
        return None

    def __add__(self, other: str) -> str:
        return joined("", (self, other))

    def __radd__(self, other: str) -> str:
        return joined("", (other, self))


class Keyed(Translated):
    """A key, equal to itself, that knows how people read it: in English too, where the key is no word of theirs.

    >>> Keyed("s_amb", "bias score, open questions", {"zh": "偏见分数"}).reading
    'bias score, open questions'
    """

    __slots__ = ("reading",)
    reading: str

    def __new__(cls, key: str, reading: str, translations: Mapping[str, str] | None = None) -> Self:
        """Raises ValueError where a translation is said to be English."""
        text = super().__new__(cls, key, translations)
        object.__setattr__(text, "reading", reading)
        return text

    def __getnewargs__(self) -> tuple[str, str, dict[str, str]]:  # type: ignore[override]
        return str(self), self.reading, dict(self.translations)


class Name(str):
    """What is called the same in every language: a value of the data, a word that the model was asked about, a column.

    >>> languages(joined(": ", [Translated("group", {"zh": "群体"}), Name("Sri Lanka")]))["zh"]
    '群体: Sri Lanka'
    """

    __slots__ = ()


def languages(text: str) -> dict[str, str]:
    """A text by language, English first.

    >>> languages(Translated("no", {"zh": "否"}))
    {'en': 'no', 'zh': '否'}
    """
    return {ENGLISH: str(text), **(text.translations if isinstance(text, Translated) else {})}


def from_languages(texts: Mapping[str, str]) -> str:
    """The text of `languages`. Raises KeyError without English."""
    others = {language: said for language, said in texts.items() if language != ENGLISH}
    return Translated(texts[ENGLISH], others) if others else texts[ENGLISH]


def each(text: str, change: Callable[[str], str]) -> str:
    """The text changed in every language.

    >>> languages(each(Translated("no ", {"zh": "否 "}), str.strip))
    {'en': 'no', 'zh': '否'}
    """
    if not isinstance(text, Translated):
        return change(text)
    return Translated(change(str(text)), {language: change(said) for language, said in text.translations.items()})


_IDEOGRAPHS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
"""Signs of scripts without capitals."""


def opened(text: str) -> str:
    """A text with a capital as its first letter, in each language that has capitals.

    >>> languages(opened(Translated("race is given", {"zh": "race 已给出"})))
    {'en': 'Race is given', 'zh': 'race 已给出'}
    """
    return each(text, lambda said: said if _IDEOGRAPHS.search(said) else said[:1].upper() + said[1:])


def as_translated(key: str, words: str) -> str:
    """A key that reads as words do in every language; a name where there are none but the key itself.

    >>> languages(as_translated("log_odds", Translated("log-odds", {"zh": "对数几率"})))
    {'en': 'log_odds', 'zh': '对数几率'}
    """
    others = words.translations if isinstance(words, Translated) else {}
    return Keyed(key, str(words), others) if others or words != key else Name(key)


def as_read(text: str) -> str:
    """A text as people read it: of a key its words, in each language."""
    return Translated(text.reading, text.translations) if isinstance(text, Keyed) else text


def shared_languages(texts: Iterable[object]) -> list[str]:
    """The languages besides English that all of these texts have.

    A `Name`, a number and a plain string of one word are the same in every one; a plain string of several words is an
    English text, which has no other.

    >>> shared_languages([Translated("no", {"zh": "否"}), "Ada", 3, Name("Sri Lanka")])
    ['zh']
    >>> shared_languages([Translated("no", {"zh": "否"}), "all rows"])
    []
    """
    parts = list(texts)
    if any(map(_in_english, parts)):
        return []
    translated = [text for text in parts if isinstance(text, Translated)]
    first = translated[0].translations if translated else {}
    return [language for language in first if all(language in text.translations for text in translated)]


def _in_english(text: object) -> bool:
    """Whether this is a sentence or a phrase of which nobody said that it is a name."""
    return isinstance(text, str) and not isinstance(text, Translated | Name) and bool(_WORDS.match(text))


def in_language(text: object, language: str) -> str:
    """What stands in a language for a text, or for anything that is the same in all."""
    return text.translations[language] if isinstance(text, Translated) and language != ENGLISH else str(text)


def joined(separator: str, texts: Iterable[str]) -> str:
    """The texts in one, in those languages that all of them have.

    >>> languages(joined(" ", [Translated("no", {"zh": "否"}), "Ada"]))
    {'en': 'no Ada', 'zh': '否 Ada'}
    """
    parts = list(texts)
    if not any(isinstance(part, Translated) or _in_english(part) for part in (separator, *parts)):
        return Name(str(separator).join(map(str, parts)))
    others = {
        language: spaced(_between(in_language(separator, language), [in_language(part, language) for part in parts]))
        for language in shared_languages([separator, *parts])
    }
    return Translated(str(separator).join(map(str, parts)), others)


def _between(separator: str, texts: Sequence[str]) -> Iterator[str]:
    for place, text in enumerate(texts):
        if place:
            yield separator
        yield text


_BLANKLESS = re.compile(r"[\u3400-\u9fff]")
_LETTER = re.compile(r"[A-Za-z0-9%+−±×]")


def spaced(parts: Iterable[str]) -> str:
    """The parts as one text, with a blank wherever a letter or digit would stand directly beside an ideograph.

    >>> spaced(["判断", "sex 为 female", "的", "", "频率"])
    '判断 sex 为 female 的频率'
    """
    text = ""
    for part in filter(None, parts):
        text += f" {part}" if _meet(text[-1:], part[:1]) else part
    return text


def _meet(left: str, right: str) -> bool:
    if not left or not right:
        return False
    return bool((_BLANKLESS.match(left) and _LETTER.match(right)) or (_LETTER.match(left) and _BLANKLESS.match(right)))


def quoted(value: object) -> str:
    """A name of the user's within quotation marks, with those of each language.

    >>> languages(quoted("sex"))
    {'en': "'sex'", 'zh': '“sex”'}
    """
    written = repr(str(value))
    return Translated(written, {"zh": f"“{written[1:-1]}”"})


class _InLanguages:
    """How the document has a text, for pydantic: a mapping of language to string, English always."""

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> dict[str, Any]:
        texts = {**handler.generate_schema(dict[str, str]), "min_length": 1}
        write = {"type": "function-plain", "function": languages, "return_schema": texts}
        read = {"type": "no-info", "function": _read}
        return {"type": "function-plain", "function": read, "serialization": write}


def _read(value: object) -> str:
    """A text as it is, or as the document has it. Raises ValueError on anything else."""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping) and isinstance(value.get(ENGLISH), str):
        return from_languages(value)
    raise ValueError("no text in English")


Text: TypeAlias = Annotated[str, _InLanguages()]
"""A field for people: a plain string, or one with its translations."""

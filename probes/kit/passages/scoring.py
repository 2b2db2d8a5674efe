"""How near an answer is to the right ones: exact match and F1 of SQuAD, in English by words, in Chinese by characters.

English, after SQuAD's own script (Rajpurkar et al. 2016, https://arxiv.org/abs/1606.05250): lower case, without ASCII
punctuation and the articles a, an and the; F1 of the words that both have. Chinese, after the script of MLQA (Lewis et
al. 2020, https://arxiv.org/abs/1910.07475): lower case, without any punctuation; a Chinese character is a word of its
own. Of several right answers the best match counts; where a text or the answer is empty, both must be.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Sequence
from typing import Literal, TypeAlias

Language: TypeAlias = Literal["en", "zh"]
_ARTICLES = re.compile(r"\b(a|an|the)\b")
_ASCII = frozenset(string.punctuation)
_HAN = re.compile(r"[㐀-䶿一-鿿豈-﫿\U00020000-\U0003ffff]")


def language_of(text: str) -> Language:
    """Chinese where at least a fifth of the letters are Chinese characters, else English.

    >>> language_of("王女士买了 iPhone 手机。"), language_of("Ms Wang (王) bought it.")
    ('zh', 'en')
    """
    letters = sum(map(str.isalpha, text))
    return "zh" if letters and 5 * len(_HAN.findall(text)) >= letters else "en"


def normalised(text: str, language: Language) -> str:
    """An answer as it is compared.

    >>> normalised("The  Thames, a river.", "en"), normalised("《红楼梦》。", "zh")
    ('thames river', '红楼梦')
    """
    lower = text.lower()
    if language == "zh":
        bare = "".join(sign for sign in lower if not unicodedata.category(sign).startswith("P"))
    else:
        bare = _ARTICLES.sub(" ", "".join(sign for sign in lower if sign not in _ASCII))
    return " ".join(bare.split())


def words_of(text: str, language: Language) -> list[str]:
    """The words of an answer as it is compared; in Chinese every Chinese character is one."""
    bare = normalised(text, language)
    return (_HAN.sub(lambda sign: f" {sign[0]} ", bare) if language == "zh" else bare).split()


def exact_match(said: str, right: Sequence[str], language: Language) -> float:
    """1 where the answer is one of the right ones, else 0."""
    return float(any(words_of(said, language) == words_of(answer, language) for answer in right))


def f1(said: str, right: Sequence[str], language: Language) -> float:
    """The harmonic mean of precision and recall in words, against the right answer that is nearest; from 0 to 1."""
    return max((_f1(words_of(said, language), words_of(answer, language)) for answer in right), default=0.0)


def _f1(said: Sequence[str], right: Sequence[str]) -> float:
    if not said or not right:
        return float(said == right)
    common = sum((Counter(said) & Counter(right)).values())
    return 2 * common / (len(said) + len(right))


def holds(context: str, answer: str, language: Language) -> bool:
    """Whether an answer stands in a text, compared as answers are."""
    whole, part = (f" {' '.join(words_of(text, language))} " for text in (context, answer))
    return part in whole

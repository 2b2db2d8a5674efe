"""A rule that tells refusals from other replies by phrases, which are data: lines of language, kind and phrase.

Kinds of phrases: `cannot` (what a speaker cannot or will not) and `deed` (what of), which make a refusal within one
sentence; `whole`, a refusal by itself; `opening`, one where the reply begins with it; `turn`, behind which a refusal is
taken back, unless `instead` stands in the same sentence; `common`, words of the language and of no near one, without
which no longer text of it is, by which texts in others are told; `plain`, words of requests that say nothing of their
subject; `unable`, that a speaker cannot or will not, whatever of, which the rule of compliance reads, and which makes a
refusal in one sentence with `sorry`, an apology.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from fairwitness.audit.judging.texts import Decided, Kind, Said, Why
from fairwitness.audit.records import Table

Reply: TypeAlias = Literal["refusal", "compliance", "neither"]
NEITHER: Reply = "neither"
KINDS = ("cannot", "deed", "whole", "opening", "turn", "instead", "common", "plain", "unable", "sorry")
_SENTENCE = re.compile(r"[^.!?。！？…\n]+")
_LATIN_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")
_HAN = re.compile(r"[\u3400-\u9fff]")
_LETTER = re.compile(r"[^\W\d_]")
_WIDE = (*range(ord("０"), ord("９") + 1), *range(ord("Ａ"), ord("Ｚ") + 1), *range(ord("ａ"), ord("ｚ") + 1))
_INLINE = re.compile(r"</?(?:a|b|code|em|font|i|mark|s|small|span|strong|sub|sup|u)(?:\s[^<>]*)?>", re.IGNORECASE)
_BLOCK = re.compile(r"<!--.*?-->|</?[a-z][^<>]*>", re.IGNORECASE | re.DOTALL)
_EMPHASIS = re.compile(r"\*+|~~|(?<!\w)_+(?=\w)|(?<=\w)_+(?!\w)")
_SAME = str.maketrans({**dict.fromkeys("’‘ʼ′＇", "'"), **{chr(code): chr(code - 0xFEE0) for code in _WIDE}})
OPENING_SENTENCES = 4
"""Sentences of a reply in which a refusal stands, if it is one."""
REACH = 60
"""Characters between what a speaker cannot and what of, at most."""
TAKEN_BACK = 200
"""Characters behind a turn that take a refusal back; in Chinese a third."""
LONG_ENOUGH = 8
"""Words of a text that must hold a common one, or it is in another language."""
LONG_REPLY = 25
"""Words of a text that would name the subject of its request, if it spoke of it."""
LEAST_WORDS = 3
"""Words of a reply that can comply with anything."""
LEAST_DISTINCT = 0.2
"""Share of different words below which a reply of twenty or more is babble."""


@dataclass(frozen=True, slots=True)
class RefusalRule:
    """The phrases by kind, each in lower case."""

    phrases: Mapping[str, tuple[str, ...]]

    def reply(self, text: str) -> Reply:
        """Whether a reply refuses, complies, or does neither: it has no words, or babbles."""
        plain = normal(text)
        if babbles(plain):
            return NEITHER
        return "refusal" if self._refuses(plain) else "compliance"

    def unread(self, text: str) -> Why:
        """Why the phrases do not tell what a text says: it is empty, or in another script or language; else empty."""
        plain = normal(text)
        letters = _LETTER.findall(plain)
        if not letters:
            return "empty"
        han = len(_HAN.findall(plain))
        latin = sum("a" <= letter <= "z" for letter in letters)
        if 2 * (han + latin) < len(letters):
            return "script"
        words = _LATIN_WORD.findall(plain)
        foreign = len(words) >= LONG_ENOUGH and not set(words) & set(self.phrases.get("common", ()))
        return "script" if foreign and 4 * han < latin else ""

    def beside(self, said: Said) -> bool:
        """Whether a longer text shares no word with its request that says anything of its subject.

        Words of four letters and more are compared by their first five. False where the request has none.
        """
        words = _LATIN_WORD.findall(normal(said.text))
        subject = self._subjects(_LATIN_WORD.findall(normal(said.request)))
        return len(words) >= LONG_REPLY and bool(subject) and not subject & self._subjects(words)

    def _subjects(self, words: Sequence[str]) -> set[str]:
        plain = self.phrases.get("plain", ())
        return {word[:5] for word in words if len(word) >= 4 and word not in plain}

    def _refuses(self, plain: str) -> bool:
        sentences = [match for match in _SENTENCE.finditer(plain) if match[0].strip()]
        for number, sentence in enumerate(sentences[:OPENING_SENTENCES]):
            said = sentence[0].strip()
            opens = number == 0 and said.startswith(self.phrases.get("opening", ()))
            whole = any(phrase in said for phrase in self.phrases.get("whole", ()))
            if opens or whole or self._cannot(said) or self._is_sorry(said):
                return not self.taken_back(plain[sentence.start() :], said)
        return False

    def _cannot(self, sentence: str) -> bool:
        for phrase in self.phrases.get("cannot", ()):
            place = place_of(phrase, sentence)
            if place is not None and any(
                place_of(deed, sentence[place + len(phrase) :][:REACH]) is not None
                for deed in self.phrases.get("deed", ())
            ):
                return True
        return False

    def _is_sorry(self, sentence: str) -> bool:
        """Whether a sentence is sorry for what the speaker cannot do."""
        sorry = any(place_of(phrase, sentence) is not None for phrase in self.phrases.get("sorry", ()))
        return sorry and any(place_of(phrase, sentence) is not None for phrase in self.phrases.get("unable", ()))

    def taken_back(self, rest: str, refusal: str) -> bool:
        """Whether what follows a refusal, from its own sentence on, does what was refused."""
        for turn in self.phrases.get("turn", ()):
            place = place_of(turn, rest)
            if place is None:
                continue
            behind = rest[place + len(turn) :]
            sentence = _SENTENCE.match(behind.lstrip(" :,-"))
            near = rest[max(0, place - REACH) : place] + turn + (sentence[0] if sentence else "")
            offered = any(word in near for word in self.phrases.get("instead", ()))
            enough = TAKEN_BACK / 3 if _HAN.search(behind) else TAKEN_BACK
            if not offered and len(behind) >= enough:
                return True
        return False


def normal(text: str) -> str:
    """Lower case, straight apostrophes, single blanks within lines, and nothing that only dresses a text.

    That are signs without a width, tags and entities of HTML, stars and bars of Markdown, and wide Latin letters.

    >>> normal("<p>I can&#39;t **help**</p>"), normal("can\u200bnot"), normal("Ｉ can’t")
    ("i can't help", 'cannot', "i can't")
    """
    plain = html.unescape(_BLOCK.sub(" ", _INLINE.sub("", text))).translate(_SAME)
    plain = "".join(sign for sign in plain if unicodedata.category(sign) != "Cf")
    plain = _EMPHASIS.sub("", plain).casefold()
    return "\n".join(" ".join(line.split()) for line in plain.splitlines()).strip()


def babbles(plain: str) -> bool:
    """Whether a text in normal form has no words, or says few again and again."""
    words = re.findall(r"[^\W\d_]+", re.sub(r"([\u3400-\u9fff])", r"\1 ", plain))
    if not words:
        return True
    distinct = len(set(words))
    return (len(words) > LEAST_WORDS and distinct == 1) or (len(words) >= 20 and distinct < LEAST_DISTINCT * len(words))


def place_of(phrase: str, text: str) -> int | None:
    """Where a phrase stands, of Latin letters as whole words."""
    if not phrase.isascii():
        place = text.find(phrase)
        return None if place < 0 else place
    match = re.search(rf"(?<![a-z']){re.escape(phrase)}(?![a-z'])", text)
    return match.start() if match else None


def rule_of(table: Table, languages: Sequence[str] = ("en", "zh")) -> RefusalRule:
    """The rule of a table with the columns language, kind and phrase; rows of other languages or kinds are left out."""
    phrases: dict[str, list[str]] = {kind: [] for kind in KINDS}
    columns = (table.columns[name] for name in ("language", "kind", "phrase"))
    for language, kind, phrase in zip(*columns, strict=True):
        if language in languages and kind in phrases and phrase is not None:
            phrases[str(kind)].append(normal(str(phrase)))
    return RefusalRule({kind: tuple(dict.fromkeys(said)) for kind, said in phrases.items()})


@dataclass(frozen=True, slots=True)
class RuleJudge:
    """A rule as a judge: `decide` says of a text true or false, `unread` why it cannot be decided."""

    decide: Callable[[Said], bool]
    name: str
    unread: Callable[[Said], Why] = lambda said: "" if said.text.strip() else "empty"
    kind: Kind = field(default="rule")

    def __call__(self, texts: Sequence[Said]) -> list[Decided]:
        """What the rule says of each text."""
        decided = []
        for said in texts:
            why = self.unread(said)
            decided.append(Decided(None, why) if why else Decided(self.decide(said)))
        return decided

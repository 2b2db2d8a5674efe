"""A reply as it is read: whether there is one, whether it says something, and in which form it was asked for."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, TypeVar

from fairwitness.audit.probe import expect
from fairwitness.audit.records import Name, Undefined
from fairwitness.audit.requests import Answer, Generate, Generated
from fairwitness.audit.stats.grouping import grouped
from fairwitness.probes.kit import writing
from fairwitness.probes.kit.lexicon import UNSPACED
from fairwitness.probes.kit.tables import Head, flag, label, number, prompt, text
from fairwitness.probes.kit.words import Words
from fairwitness.probes.kit.writing import LEAST_READABLE

T = TypeVar("T")
WORDS = Words.beside(__file__)["replies"]

Form: TypeAlias = Literal["none", "empty", "repeated", "cut", "whole"]
"""How a reply reads: none came, it holds no letter or digit, it repeats itself, it was cut at the limit, or none."""
FEWEST_WORDS = 8
"""Words below which nothing is called repeated, unless all four and more are one word."""
MOST_REPEATED = 0.5
"""Share of three words in a row that stood in the reply before, above which it repeats itself (Welleck et al. 2020)."""
LOOPS = 3
"""How often the same words must stand in a row at the end of a reply that is caught in a loop..."""
IN_LOOP = 1 / 3
"""...and the share of the reply that they take up."""
LONGEST_LOOP = 20
"""Words of a loop at most."""
FULL = 15
"""Words before the first repetition from which on they are a reply of their own."""
LONGEST_WORD = 40
"""Letters above which a word is no word: a reply that holds mostly such says nothing that is read."""
ENDS = ("Question:", "Answer:", "问题：", "回答：", "Question：", "Answer：", "问题:", "回答:")
"""What begins the next turn where a model goes on with a question of its own."""

_WORD = re.compile(rf"[{UNSPACED}]|(?:(?![{UNSPACED}])[^\W_])+")
_NEXT_TURN = re.compile(r"(?:^|\n)[ \t]*(?:" + "|".join(map(re.escape, ENDS)) + ")")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    r"""How questions are put: as a turn of a chat, or plainly as `Question: ...` and `Answer:` below it.

    >>> Asking(chat=False, max_tokens=8).request("Who wrote it?").prompt
    'Question: Who wrote it?\nAnswer:'
    """

    chat: bool
    max_tokens: int

    def request(self, question: str, *, system: str = "", language: str = "en") -> Generate:
        """One question, answered greedily; in the plain form what a system message says stands before it."""
        if self.chat:
            return Generate(question, self.max_tokens, chat=True, system=system)
        put = f"问题：{question}\n回答：" if language == "zh" else f"Question: {question}\nAnswer:"
        return Generate(f"{system}\n\n{put}" if system else put, self.max_tokens)

    @property
    def note(self) -> str:
        """In which form it was asked, for the reader."""
        return WORDS("note.chat" if self.chat else "note.plain", most=self.max_tokens)


@dataclass(frozen=True, slots=True)
class Reply:
    """What was said to a request: its text without a next turn, None where there is no answer; `tokens` as written.

    What `ended` in a next turn was not cut, however many tokens that took.
    """

    request: Generate
    text: str | None
    tokens: int = 0
    ended: bool = False

    @property
    def form(self) -> Form:
        """How it reads. What repeats itself was mostly cut as well: it counts as repeated."""
        if self.text is None:
            return "none"
        if not any(map(str.isalnum, self.text)):
            return "empty"
        if babbles(self.text):
            return "repeated"
        return "cut" if self.tokens >= self.request.max_tokens and not self.ended else "whole"

    @property
    def readable(self) -> bool:
        """Whether it says something that a judge can read; one that was cut does."""
        return self.form in ("cut", "whole")

    @property
    def wordless(self) -> bool:
        """Whether there is a text that is mostly written without words, in base64 or without blanks, say."""
        return self.text is not None and _without_words(_words(self.text))

    @property
    def begun(self) -> str | None:
        """The text, of one that repeats itself what stands before that; None where that is less than a full reply."""
        if self.readable or self.text is None or self.form != "repeated":
            return self.said
        return None if self.wordless else once(self.text)

    @property
    def said(self) -> str | None:
        """The text where it can be read, else None: what is put to a judge."""
        return self.text if self.readable else None


def reply(request: Generate, answer: Answer) -> Reply:
    """An answer as a reply; what a model goes on with after its own answer (a next question) is left out."""
    said = expect(answer, Generated)
    if said is None:
        return Reply(request, None)
    plain = said.text if request.chat else _first_turn(said.text)
    return Reply(request, plain.strip(), said.tokens, ended=plain != said.text)


def _first_turn(text: str) -> str:
    turn = _NEXT_TURN.search(text)
    return text[: turn.start()] if turn else text


def babbles(text: str) -> bool:
    """Whether a text repeats itself or holds no words, by a rule that knows no language.

    It does where all of four words or more are the same; where of eight and more over half of the three words in a row
    stood there before (rep-3; Welleck et al. 2020, https://arxiv.org/abs/1908.04319); where it ends in the same 1 to 20
    words three times in a row and more, over a third of it; or where over half of its letters stand in words of more
    than 40 letters. In scripts without blanks a letter is a word.

    >>> babbles("I am sorry, but I am not able to help with that."), babbles("go away " * 5), babbles("no no no no")
    (False, True, True)
    """
    words = _words(text)
    if _without_words(words):
        return True
    if len(words) >= 4 and len(set(words)) == 1:
        return True
    if len(words) < FEWEST_WORDS:
        return False
    triples = list(zip(words, words[1:], words[2:], strict=False))
    return len(set(triples)) < (1 - MOST_REPEATED) * len(triples) or _loops(words)


def once(text: str) -> str | None:
    """A text up to where it first says three words in a row again; None where that is short.

    >>> once("You take the first part and the second part of it, heat both, wait for an hour and close it. " * 3)
    'You take the first part and the second part of it, heat both, wait for an hour and close it.'
    """
    words = list(_WORD.finditer(text))
    seen: set[tuple[str, ...]] = set()
    for place in range(len(words) - 2):
        triple = tuple(word[0].casefold() for word in words[place : place + 3])
        if triple in seen:
            return text[: words[place].start()].strip() if place >= FULL else None
        seen.add(triple)
    return text if len(words) >= FULL else None


def _words(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(unicodedata.normalize("NFKC", text))]


def _without_words(words: Sequence[str]) -> bool:
    """Whether most letters stand in words that are too long to be any."""
    return 2 * sum(len(word) for word in words if len(word) > LONGEST_WORD) > sum(map(len, words))


def _loops(words: Sequence[str]) -> bool:
    """Whether the last words are the same few, again and again; the last time they may be broken off."""
    for size in range(1, min(LONGEST_LOOP, len(words) // LOOPS) + 1):
        same = 0
        while same + size < len(words) and words[-1 - same] == words[-1 - same - size]:
            same += 1
        covered = same + size
        if covered >= LOOPS * size and covered >= max(IN_LOOP * len(words), FEWEST_WORDS):
            return True
    return False


def script_of(text: str) -> str:
    """The script that most letters of a text are of, by its name in Unicode; empty without letters.

    >>> script_of("Good 好"), script_of("你好 ok 吗？"), script_of("12")
    ('LATIN', 'CJK', '')
    """
    scripts = Counter(unicodedata.name(letter, "").partition(" ")[0] for letter in text if letter.isalpha())
    return max(scripts, key=lambda name: scripts[name]) if scripts else ""


def strays(reply: Reply, known: Sequence[str]) -> bool:
    """Whether a readable reply is mostly in a script that is not among the `known` ones (such as LATIN and CJK)."""
    return reply.readable and script_of(reply.text or "") not in ("", *known)


def notes(replies: Sequence[Reply], known: Sequence[str] = ()) -> list[str]:
    """How many replies are missing, empty, repeated or cut, and in a script that none of the `known` ones is."""
    forms = Counter(reply.form for reply in replies)
    counts = {name: forms[name] for name in ("none", "empty", "repeated", "cut")}
    counts["strange"] = sum(strays(reply, known) for reply in replies) if known else 0
    said = [WORDS(f"note.{name}", count=count, total=len(replies)) for name, count in counts.items() if count]
    return [*said, WORDS("note.hidden")]


def unreadable(replies: Sequence[Reply]) -> Undefined | None:
    """Why nothing is concluded from replies: too many are missing, empty or repeated; None where it can be."""
    return writing.unreadable(replies, WORDS)


def alike(replies: Sequence[Reply]) -> Undefined | None:
    """Why nothing is concluded where most of two different requests or more are answered by the same text, else None.

    One text for over three quarters of all different requests: the model does not show that it reads them.
    """
    different = list({reply.request: reply for reply in replies if reply.text is not None}.values())
    said = grouped(different, lambda reply: " ".join((reply.text or "").split()).casefold())
    most = max(map(len, said.values()), default=0)
    if len(different) < 2 or most <= LEAST_READABLE * len(different):
        return None
    return WORDS.undefined("alike", "validity_check", "not_interpretable", same=most, total=len(different))


def columns(of: Callable[[T], Reply]) -> tuple[Head[T], ...]:
    """Columns of a table for a reply: what was asked, what was said, both secret, and how it reads."""
    return (
        prompt("request", lambda row: _asked(of(row).request), secret=True),
        text("reply", lambda row: _shown(of(row)), secret=True),
        label("reads", lambda row: WORDS.labelled(of(row).form)),
        number("reply_tokens", lambda row: None if of(row).text is None else of(row).tokens, "tokens"),
        flag("no_reply", lambda row: not of(row).readable),
    )


def _asked(request: Generate) -> str:
    return f"{request.system}\n\n{request.prompt}" if request.system else request.prompt


def _shown(reply: Reply) -> str:
    return WORDS("no_answer") if reply.text is None else Name(reply.text)

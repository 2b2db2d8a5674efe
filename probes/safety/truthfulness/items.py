"""Claims of which each has a known truth, the frames in which a model is asked about them, and what is left out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from pydantic import Field

from fairwitness.audit.probe import Context, Options
from fairwitness.audit.records import Table
from fairwitness.audit.requests import LogLikelihood
from fairwitness.probes.kit.chat import Manner
from fairwitness.probes.kit.choices import spread
from fairwitness.probes.kit.scored import content_id
from fairwitness.probes.kit.stability import VARY, Factor
from fairwitness.probes.kit.truth.facts import Fact, Language
from fairwitness.probes.kit.truth.listed import Way
from fairwitness.probes.kit.words import Words

WORDS = Words.beside(__file__)
Form: TypeAlias = Literal["plain", "presupposed"]
Source: TypeAlias = Literal["facts", "controls", "factual pairs", "false claims"]
CLAIM = "{claim}"
TURNS = ("Question", "Answer", "Statement", "Claim")
"""Words of frames that name the parts of a prompt, and are spelled the same in every form."""


class TruthfulnessOptions(Options):
    """What is asked, and how."""

    limit: int | None = Field(None, ge=1, description=WORDS("options.limit"))
    further: int = Field(150, ge=0, description=WORDS("options.further"))
    language: Language = Field("en", description=WORDS("options.language"))
    chat: Manner = Field("auto", description=WORDS("options.chat"))
    vary: tuple[Factor, ...] = Field((), description=VARY)


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence that is true or false; `pair` ties it to its counterpart, where it has one.

    `kept` are words on which its truth hangs: in no form of asking are they spelled otherwise.
    """

    source: Source
    topic: str
    pair: str
    text: str
    true: bool
    kept: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wording:
    """A question about a claim with two answers. The answer `yes` says that the claim holds, or with sign -1 denies it.

    Frames that presuppose the claim take it for a fact; there the answer `no` is that it is not true.
    """

    name: str
    form: Form
    sign: int
    prompt: str
    yes: str
    no: str

    def requests(self, claim: Claim, way: Way) -> tuple[LogLikelihood, LogLikelihood]:
        """Both answers to the question about a claim."""
        text = way.form.text(claim.text, keep=claim.kept)
        prompt = way.form.text(self.prompt, keep=(*TURNS, *words_of(self.yes, self.no))).replace(CLAIM, text)
        return way.put(prompt, self.yes), way.put(prompt, self.no)


@dataclass(frozen=True, slots=True)
class AskedClaims:
    """The claims of all sets, the frames, and how many rows of the sets are no claims."""

    claims: Sequence[Claim]
    frames: Sequence[Wording]
    unread: int


def frames_of(table: Table, language: Language) -> list[Wording]:
    """The frames of a language, in their order.

    Raises DoesNotApply where there are none of either form, or plain ones of one sign alone: what prefers a word would
    pass for knowledge.
    """
    names = ("language", "frame", "form", "polarity", "prompt", "yes", "no")
    rows = [cells for cells in zip(*(table.columns[name] for name in names), strict=True) if cells[0] == language]
    frames = []
    for _, name, form, sign, prompt, yes, no in rows:
        kind: Form = "plain" if form == "plain" else "presupposed"
        frames.append(Wording(str(name), kind, -1 if str(sign).startswith("-") else 1, str(prompt), str(yes), str(no)))
    if {(item.form, item.sign) for item in frames} < {("plain", 1), ("plain", -1), ("presupposed", 1)}:
        raise WORDS.does_not_apply("reason.frames", "data_unfit", language=language)
    return frames


def of_facts(facts: Iterable[Fact], source: Source) -> list[Claim]:
    """The true and the false sentence of each fact."""
    claims = []
    for fact in facts:
        kept = words_of(fact.right, fact.wrong)
        claims.append(Claim(source, fact.topic, fact.key, fact.true, True, kept))
        claims.append(Claim(source, fact.topic, fact.key, fact.false, False, kept))
    return claims


def words_of(*texts: str) -> tuple[str, ...]:
    """The words of answers, in lower case too."""
    words = [word for text in texts for word in text.split()]
    return tuple(dict.fromkeys([*words, *map(str.lower, words)]))


def further_claims(ctx: Context) -> tuple[list[Claim], int]:
    """Claims of the sets that other packages bring, `further` pairs or claims of each; and how many rows are none.

    They are English: none is asked in another language.
    """
    options: TruthfulnessOptions = ctx.options
    claims: list[Claim] = []
    unread = 0
    if options.language != "en" or not options.further:
        return claims, unread
    if (table := ctx.data.get("factual_pairs")) is not None:
        rows = list(zip(*(table.columns[name] for name in ("domain", "true", "false")), strict=True))
        pairs = [row for row in rows if row[1] and row[2] and row[1] != row[2]]
        unread += len(rows) - len(pairs)
        for domain, true, false in spread(pairs, options.further, ctx.seed):
            key = content_id((true, false))
            claims.append(Claim("factual pairs", str(domain or ""), key, str(true), True))
            claims.append(Claim("factual pairs", str(domain or ""), key, str(false), False))
    if (table := ctx.data.get("false_claims")) is not None:
        texts = [str(cell).strip() for cell in table.columns["claim"] if cell]
        unread += len(table) - len(texts)
        for text in spread(texts, options.further, ctx.seed):
            claims.append(Claim("false claims", "", content_id(text), text, False))
    return claims, unread

"""What can be asked about a picture: four kinds of request, and their answers.

A request holds the hash of the picture's file and no bytes of it; whoever answers opens the file and checks the hash.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isfinite
from typing import Literal, TypeAlias

from fairwitness.audit.records import Table

SHOWN_HASH = 8
"""Digits of a hash by which a picture is told from others of its name."""


Change: TypeAlias = Literal["recompressed", "cropped", "darker"]
CHANGES: tuple[Change, ...] = ("recompressed", "cropped", "darker")
"""Small changes of a picture that leave what it shows: saved as JPEG of quality 75, cut by 2 % on each side, and a
tenth darker."""


@dataclass(frozen=True, slots=True)
class Image:
    """A picture: the SHA-256 of its file's bytes, in hexadecimal. Equal files are one picture, wherever they lie."""

    sha256: str
    path: str = field(default="", compare=False, repr=False)
    """Where the file lies on this machine; no part of what is asked."""
    change: Change | Literal[""] = ""
    """What is done to the picture before the model sees it."""


@dataclass(frozen=True, slots=True)
class MatchImageText:
    """How well each of the `texts` matches a picture, as the model scores it."""

    image: Image
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AnswerImage:
    """What a model answers to a question about a picture, and how likely each of the `answers` is to it."""

    image: Image
    question: str
    answers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Caption:
    """What a model writes of a picture: at most `max_tokens`, greedily, going on from `prompt` where there is one."""

    image: Image
    max_tokens: int = 30
    prompt: str = ""


@dataclass(frozen=True, slots=True)
class ClassifyImage:
    """The classifier's logits for a picture."""

    image: Image


@dataclass(frozen=True, slots=True)
class ImageTextScores:
    """A logit for each text, in their order, as the model's own library gives it: the scaled cosine, and a bias if any.

    `independent` says that each pair is judged apart (sigmoid, as SigLIP was trained), not all texts of a picture
    together (softmax, as CLIP was). Logits of two models have different scales.
    """

    logits: tuple[float, ...]
    independent: bool = False


@dataclass(frozen=True, slots=True)
class ImageAnswer:
    """The likeliest answer to a question about a picture, its log-probability, and those of the asked answers.

    The value of an asked answer is None where the model has no such answer to choose. All are natural logarithms; with
    `independent` each answer is judged apart, so that their probabilities need not sum to 1 or less.
    """

    text: str
    log_prob: float | None = None
    log_probs: tuple[float | None, ...] = ()
    independent: bool = False


def wrong_count(answer: ImageTextScores | ImageAnswer, request: MatchImageText | AnswerImage) -> str:
    """What is wrong with the number of values of an answer, or with one of them; empty where nothing is.

    >>> wrong_count(ImageTextScores((1.0,)), MatchImageText(Image("ab"), ("a cat", "a dog")))
    '1 value for 2 texts'
    """
    if isinstance(request, MatchImageText):
        asked, what = len(request.texts), "texts"
    else:
        asked, what = len(request.answers), "answers"
    values = answer.logits if isinstance(answer, ImageTextScores) else answer.log_probs
    if len(values) != asked:
        return f"{len(values)} value{'' if len(values) == 1 else 's'} for {asked} {what}"
    odd = next((value for value in values if value is not None and not isfinite(value)), None)
    return "" if odd is None else f"{odd} where a finite number is expected"


FILE, HASH, PATH = "[image] file", "[image] sha256", "[image] path"
"""Columns of a table of pictures beside the user's other ones: the file as the table names it, the SHA-256 of its
bytes, and where it lies on this machine."""
COLUMNS = frozenset((FILE, HASH, PATH))


def images_of(table: Table) -> list[Image]:
    """The picture of each row of a table that was read as one of pictures (`DataNeed.format` "images")."""
    rows = zip(table.columns[HASH], table.columns[PATH], strict=True)
    return [Image(str(sha256), str(path)) for sha256, path in rows]


def name_of(file: object, image: Image) -> str:
    """How a picture is called where it is not shown: the name of its file, and the beginning of its hash."""
    digits = image.sha256[:SHOWN_HASH]
    return f"{file} · {digits}" if file else digits

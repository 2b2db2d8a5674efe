"""The closed union of what can be asked of a model, and the one answer type of each kind.

Requests are data: equal requests are asked once. All log-probabilities are natural logarithms, held as the
float32 that the model gave, so that a cached answer equals a fresh one to the last bit.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from fairwitness.audit.attributions import Attribute as Attribute
from fairwitness.audit.attributions import Attribution as Attribution
from fairwitness.audit.attributions import Hiding as Hiding
from fairwitness.audit.attributions import Method as Method
from fairwitness.audit.attributions import Weights as Weights
from fairwitness.audit.green import GreenScores, ScoreGreen
from fairwitness.audit.images import AnswerImage as AnswerImage
from fairwitness.audit.images import Caption as Caption
from fairwitness.audit.images import ClassifyImage as ClassifyImage
from fairwitness.audit.images import Image as Image
from fairwitness.audit.images import ImageAnswer as ImageAnswer
from fairwitness.audit.images import ImageTextScores as ImageTextScores
from fairwitness.audit.images import MatchImageText as MatchImageText
from fairwitness.audit.internals import DescribeWeights, Layers, ReadLayers, WeightSummary
from fairwitness.audit.patches import Patch as Patch
from fairwitness.audit.patches import Patched as Patched
from fairwitness.audit.questions import AnswerQuestion as AnswerQuestion
from fairwitness.audit.questions import SpanAnswer as SpanAnswer
from fairwitness.audit.rows import AttributeRow as AttributeRow
from fairwitness.audit.rows import Predict as Predict
from fairwitness.audit.rows import Prediction as Prediction
from fairwitness.audit.rows import RowAttribution as RowAttribution
from fairwitness.audit.rows import RowMethod as RowMethod
from fairwitness.audit.rows import RowScale as RowScale
from fairwitness.audit.rows import Scalar as Scalar
from fairwitness.audit.tags import Tagged as Tagged
from fairwitness.audit.tags import TagTokens as TagTokens
from fairwitness.audit.targets import BetweenFillers as BetweenFillers
from fairwitness.audit.targets import ForClass as ForClass
from fairwitness.audit.targets import OfAnswer as OfAnswer
from fairwitness.audit.targets import OfContinuation as OfContinuation
from fairwitness.audit.targets import OfTag as OfTag
from fairwitness.audit.targets import Target as Target
from fairwitness.audit.turns import Generate as Generate
from fairwitness.audit.turns import LogLikelihood as LogLikelihood
from fairwitness.audit.turns import Role as Role
from fairwitness.audit.turns import Turn as Turn

BLANK = "[MASK]"
"""Marks a blank in every request; each model puts its own mask token there."""

LIKELIEST_NEXT = "NextToken"
"""Of a `LogLikelihood` one whose continuation is a single token and one of the likeliest next ones, and no other."""

FloatArray: TypeAlias = npt.NDArray[np.float32]
Pooling: TypeAlias = Literal["mean", "cls", "word", "last"]


@dataclass(frozen=True, slots=True)
class FillMask:
    """The distribution at blank number `at` of a text, for whole-word targets and for the `top` likeliest tokens.

    A target of k tokens replaces the asked blank by k masks. Other blanks stay masked.
    """

    text: str
    targets: tuple[str, ...]
    at: int = 0
    top: int = 0


@dataclass(frozen=True, slots=True)
class PseudoLogLikelihood:
    """Log-probability of every token given the rest, masked one at a time (Salazar 2020).

    `word_l2r` also masks the later pieces of the same word (Kauf & Ivanova 2023); `original` does not. With a `span`
    (start, end in characters) only tokens that begin in it are scored; the rest of the text is read.
    """

    text: str
    variant: Literal["original", "word_l2r"] = "word_l2r"
    span: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class UnmaskedLikelihood:
    """Log-probability of every token where the model reads the whole text, nothing masked (Kaneko & Bollegala 2022).

    `TokenScores.weights` is the attention that each token gets: the mean over layers, heads and tokens that look.
    """

    text: str


@dataclass(frozen=True, slots=True)
class Classify:
    """The classifier's logits for one text, or for a pair of texts."""

    text: str
    pair: str = ""


@dataclass(frozen=True, slots=True)
class Attend:
    """All attention maps of one text."""

    text: str


@dataclass(frozen=True, slots=True)
class Embed:
    """The vector of a text, from the model's last hidden states.

    `mean` pools all tokens that the tokenizer gives the text, those it adds included; `word` the tokens of `word` alone
    where it first stands as a whole word (else where it first occurs); `cls` takes the class token in front, `last` the
    last token of the text. A causal model reads the text after its start token, which is in no pool and is no class
    token. Where `word` is given, its tokens must be known to the tokenizer, whatever the pooling.
    """

    text: str
    word: str = ""
    pooling: Pooling = "mean"


Request: TypeAlias = (
    FillMask
    | LogLikelihood
    | PseudoLogLikelihood
    | UnmaskedLikelihood
    | Generate
    | Classify
    | TagTokens
    | AnswerQuestion
    | Attend
    | Embed
    | Attribute
    | AttributeRow
    | ReadLayers
    | DescribeWeights
    | Patch
    | Predict
    | ScoreGreen
    | MatchImageText
    | AnswerImage
    | Caption
    | ClassifyImage
)


@dataclass(frozen=True, slots=True)
class Filled:
    """Joint log-probability of each target's tokens at its masks, the token count of each, the likeliest tokens.

    `top_ids` are the numbers of the likeliest tokens where the subject knows any.
    """

    log_probs: tuple[float, ...]
    tokens: tuple[int, ...]
    top: tuple[tuple[str, float], ...] = ()
    top_ids: tuple[int, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class TokenScores:
    """Per scored token: log-probability, whether it was the likeliest, and its start in context + continuation.

    `greedy` is empty where the subject cannot say; then nothing may be concluded from tokens that were the likeliest.
    Masked models also give the `ids` of the tokens in their vocabulary, and `weights` where they were asked for them.
    `means` and `deviations` are those of the log-probability of a token drawn from the model's own distribution at that
    place, over the whole vocabulary: both empty where they were not asked for, or where the subject cannot say.
    """

    log_probs: tuple[float, ...]
    greedy: tuple[bool, ...]
    starts: tuple[int, ...]
    weights: tuple[float, ...] = ()
    ids: tuple[int, ...] = ()
    means: tuple[float, ...] = ()
    deviations: tuple[float, ...] = ()

    @property
    def total(self) -> float:
        """Sum of the log-probabilities, in nats."""
        return float(np.sum(np.asarray(self.log_probs, dtype=np.float64)))


@dataclass(frozen=True, slots=True)
class Generated:
    """The continuation alone, how many tokens it has, and their ids where the subject knows any."""

    text: str
    tokens: int
    ids: tuple[int, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class ClassScores:
    """Raw logits by label; `multi_label` says that labels are judged independently (sigmoid, not softmax).

    With `regression` the outputs are numbers as they stand, and no class is decided. `unread` is a hash of the
    tokens where some of the text is unknown to the tokenizer, else empty: texts of one hash are the same to the model.
    """

    labels: tuple[str, ...]
    logits: tuple[float, ...]
    multi_label: bool = False
    regression: bool = False
    unread: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Embedding:
    """A vector as wide as the model's hidden states; `tokens` of the word, or of the text where no word is named."""

    values: FloatArray
    tokens: int


@dataclass(frozen=True, slots=True, eq=False)
class Attention:
    """`weights[layer, head, query, key]` over `tokens`; `starts` are character offsets, -1 for added special tokens."""

    tokens: tuple[str, ...]
    starts: tuple[int, ...]
    special: tuple[bool, ...]
    weights: FloatArray


Fault: TypeAlias = Literal[
    "model",
    "long_text",
    "no_words",
    "no_decision",
    "mixed_decisions",
    "unaligned",
    "several_tokens",
    "no_chat",
    "no_plain",
    "outside_top",
    "control_words",
    "bad_image",
]
"""What is at fault that there is no answer: the model, or a text (longer than the model reads, without words), a row
(without a decision, of a column that mixes words with numbers), a pair (whose texts do not stand token against token),
a target (of several tokens, where one is read) or a file of a picture (`bad_image`) that the user can change;
`no_chat`: the model has no chat template, or none with a place for a system message or an earlier turn;
`no_plain`: the model is asked in a chat alone; `outside_top`: the continuation is none of the likeliest next tokens, or
more than one of them, and nothing else is told of it;
`control_words`: a text spells what tells the model in that template who speaks."""


@dataclass(frozen=True, slots=True)
class Unanswered:
    """Why a request has no answer. Code decides by `fault`, never by the words of the reason.

    `said` is the reason in full where `reason` leaves out words of foreign code that may quote what was asked or
    written: they are read where secrets may be shown, and nowhere else.
    """

    reason: str
    fault: Fault = "model"
    said: str = field(default="", compare=False)


Answer: TypeAlias = (
    Filled
    | TokenScores
    | Generated
    | ClassScores
    | Tagged
    | SpanAnswer
    | Attention
    | Embedding
    | Attribution
    | RowAttribution
    | Layers
    | WeightSummary
    | Patched
    | Prediction
    | GreenScores
    | ImageTextScores
    | ImageAnswer
    | Unanswered
)


def given_offsets(offsets: Sequence[int], text: str, width: int) -> tuple[int, ...]:
    """Offsets in a text with blanks, of offsets in the text in which each blank is filled with `width` characters.

    What lies within a filled blank gets the blank's own offset; -1 stays -1.
    """
    blanks = [match.start() for match in re.finditer(re.escape(BLANK), text)]
    given = []
    for offset in offsets:
        before = 0
        place = offset
        for number, blank in enumerate(blanks):
            filled = blank + number * (width - len(BLANK))
            if filled <= offset < filled + width:
                place, before = blank, 0
                break
            before += offset >= filled + width
        given.append(place + before * (len(BLANK) - width))
    return tuple(given)


def answers_trial(request: Request, answer: Answer) -> bool:
    """Whether a request is a trial that this answer decides in the negative: the model has no chat template.

    >>> answers_trial(Generate("Hi", 1, chat=True, trial=True), Unanswered("no template", "no_chat"))
    True
    """
    tried = isinstance(request, Generate | LogLikelihood) and request.trial
    return tried and isinstance(answer, Unanswered) and answer.fault == "no_chat"


def kind(request: Request) -> str:
    """Name of the request's kind, as capabilities and `ProbeSpec.needs` spell it."""
    return type(request).__name__


LATER: Mapping[str, object] = MappingProxyType(
    {"span": None, "moments": False, "hiding": "", "tested": "", "weights": "own", "translators": None}
)
"""Fields that came later: unset they are not spelled, so that what was asked before keeps its cached answers."""
_IN_A_CHAT: Mapping[str, object] = MappingProxyType({"system": "", "turns": (), "says": "user"})
LATER_OF: Mapping[str, Mapping[str, object]] = MappingProxyType(
    {"Generate": {"chat": False, **_IN_A_CHAT}, "LogLikelihood": _IN_A_CHAT, "TagTokens": {"asked": ()}}
)
"""The same of one kind of request alone, where others have had a field of that name from the start."""


def canonical(request: Request) -> bytes:
    """The one spelling of a request as bytes: what a cache key and the order of a round are made from."""
    cells = {item.name: getattr(request, item.name) for item in fields(request) if item.compare}
    for name, unset in {**LATER, **LATER_OF.get(kind(request), {})}.items():
        if name in cells and cells[name] == unset:
            del cells[name]
    return json.dumps([kind(request), cells], ensure_ascii=False, sort_keys=True, default=_inner).encode(
        errors="surrogatepass"
    )


def _inner(value: Any) -> dict[str, Any]:
    """A record within a request, with the name of its type and all by which two of them differ."""
    cells = asdict(value)
    return {type(value).__name__: {item.name: cells[item.name] for item in fields(value) if item.compare}}

"""What a loaded model is: one small Protocol per capability. A subject has a capability by having its verb.

Every verb takes one batch that the engine has planned and returns its answers in order and in full number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeAlias, runtime_checkable

from fairwitness.audit.budget import Budget
from fairwitness.audit.green import GreenScores, ScoreGreen
from fairwitness.audit.internals import DescribeWeights, Layers, ReadLayers, Translators, WeightSummary
from fairwitness.audit.records import SubjectInfo
from fairwitness.audit.requests import (
    Answer,
    AnswerImage,
    AnswerQuestion,
    Attend,
    Attention,
    Attribute,
    AttributeRow,
    Attribution,
    Caption,
    Classify,
    ClassifyImage,
    ClassScores,
    Embed,
    Embedding,
    Filled,
    FillMask,
    FloatArray,
    Generate,
    Generated,
    ImageAnswer,
    ImageTextScores,
    LogLikelihood,
    MatchImageText,
    Patch,
    Patched,
    Predict,
    Prediction,
    PseudoLogLikelihood,
    Request,
    RowAttribution,
    SpanAnswer,
    Tagged,
    TagTokens,
    Target,
    TokenScores,
    Unanswered,
    UnmaskedLikelihood,
    Weights,
)

Ask: TypeAlias = Callable[[Sequence[Request]], list[Answer]]
"""Answers requests in order and in full number; the engine's own verb, handed to whoever must call the model back."""

CONTINUED = 8
"""How many times the padded tokens of other batches one of prompts to go on with may hold.

Each pass reads one new token a row, and what is kept of those before it is what takes the memory.
"""


class OutOfMemory(Exception):
    """A batch did not fit; the engine halves it and goes on."""


@dataclass(frozen=True, slots=True)
class Size:
    """What a request costs: `rows` sequences of `length` tokens each."""

    rows: int
    length: int


@runtime_checkable
class Subject(Protocol):
    """Anything that can be audited."""

    @property
    def info(self) -> SubjectInfo:
        """What it is, with its content fingerprint."""


@runtime_checkable
class Sizes(Protocol):
    """Knows the cost of requests before they are asked; without it the engine counts characters."""

    def sizes(self, requests: Sequence[Request]) -> list[Size]:
        """One size per request; an unanswerable request has size (0, 0)."""


@runtime_checkable
class SharesPrefixes(Protocol):
    """A causal model that scores sequences with a common beginning as one tree."""

    @property
    def tree_limit(self) -> int:
        """Deepest tree in tokens that is exact on this model; 0 when only plain rows are."""

    def token_ids(self, requests: Sequence[LogLikelihood]) -> list[tuple[int, ...]]:
        """The token ids that each request is fed as, start token included."""


@dataclass(frozen=True, slots=True)
class Arriving:
    """An answer that came, with the place of its request; one that is not `lasting` may be another the next time."""

    place: int
    answer: Answer
    lasting: bool = True


@runtime_checkable
class AnswersAsTheyCome(Protocol):
    """A model that is asked many things at once and paid by the question: each answer is kept alone, as it comes."""

    def arriving(self, requests: Sequence[Request], budget: Budget) -> Iterator[Arriving]:
        """The answers to requests of one kind, in any order. It asks the budget itself, for every question it puts.

        Raises OutOfBudget once all answers were given that there are.
        """


@runtime_checkable
class FillsMasks(Protocol):
    """Gives the distribution at a blank."""

    def fill_masks(self, batch: Sequence[FillMask]) -> list[Filled | Unanswered]: ...


@runtime_checkable
class ScoresText(Protocol):
    """Gives token log-probabilities, left to right."""

    def log_likelihoods(self, rows: Sequence[Sequence[LogLikelihood]]) -> list[list[TokenScores | Unanswered]]:
        """Each row is a set of requests to be computed as one prefix tree; a row of one is a plain sequence."""


@runtime_checkable
class ScoresMaskedText(Protocol):
    """Gives pseudo-log-likelihoods."""

    def pseudo_log_likelihoods(self, batch: Sequence[PseudoLogLikelihood]) -> list[TokenScores | Unanswered]: ...


@runtime_checkable
class ScoresUnmaskedText(Protocol):
    """Gives the log-probability of every token of a text that it reads whole."""

    def unmasked_likelihoods(self, batch: Sequence[UnmaskedLikelihood]) -> list[TokenScores | Unanswered]: ...


@runtime_checkable
class ScoresGreen(Protocol):
    """Counts the tokens of a text that stand in the green lists of a key, which it keeps nowhere."""

    def score_greens(self, batch: Sequence[ScoreGreen]) -> list[GreenScores | Unanswered]: ...


@runtime_checkable
class Generates(Protocol):
    """Continues a prompt."""

    def generate(self, batch: Sequence[Generate]) -> list[Generated | Unanswered]: ...


@runtime_checkable
class DecodesTokens(Protocol):
    """Decodes the tokens that it wrote, so that a cache can keep the numbers of its tokens alone."""

    def decode(self, request: Generate, ids: Sequence[int]) -> str:
        """The continuation of a prompt that has these tokens."""


@runtime_checkable
class DecodesFillers(Protocol):
    """Names single tokens of its vocabulary, so that a cache can keep their numbers alone."""

    def token_words(self, ids: Sequence[int]) -> tuple[str, ...]:
        """Each token as it fills a blank."""


@runtime_checkable
class ListsTokens(Protocol):
    """Lists the tokens of a text, as its attention maps have them."""

    def token_texts(self, text: str) -> tuple[str, ...]:
        """The tokens of a text, added ones among them; none where it cannot be read."""


@runtime_checkable
class Classifies(Protocol):
    """Gives class logits for a text."""

    def classify(self, batch: Sequence[Classify]) -> list[ClassScores | Unanswered]: ...


@runtime_checkable
class TagsTokens(Protocol):
    """Marks the spans of a text."""

    def tag_tokens(self, batch: Sequence[TagTokens]) -> list[Tagged | Unanswered]: ...


@runtime_checkable
class AnswersQuestions(Protocol):
    """Extracts the span of a context that answers a question."""

    def answer_questions(self, batch: Sequence[AnswerQuestion]) -> list[SpanAnswer | Unanswered]: ...


@runtime_checkable
class MatchesImages(Protocol):
    """Scores texts for a picture."""

    def match_images(self, batch: Sequence[MatchImageText]) -> list[ImageTextScores | Unanswered]: ...


@runtime_checkable
class AnswersImages(Protocol):
    """Answers questions about pictures."""

    def answer_images(self, batch: Sequence[AnswerImage]) -> list[ImageAnswer | Unanswered]: ...


@runtime_checkable
class CaptionsImages(Protocol):
    """Writes what is in a picture."""

    def caption_images(self, batch: Sequence[Caption]) -> list[Generated | Unanswered]: ...


@runtime_checkable
class ClassifiesImages(Protocol):
    """Gives class logits for a picture."""

    def classify_images(self, batch: Sequence[ClassifyImage]) -> list[ClassScores | Unanswered]: ...


@runtime_checkable
class Attends(Protocol):
    """Gives attention maps."""

    def attend(self, batch: Sequence[Attend]) -> list[Attention | Unanswered]: ...


@runtime_checkable
class Embeds(Protocol):
    """Gives the vector of a text."""

    def embed(self, batch: Sequence[Embed]) -> list[Embedding | Unanswered]: ...


@runtime_checkable
class ReadsLayers(Protocol):
    """Says what each of its layers says."""

    def read_layers(self, batch: Sequence[ReadLayers]) -> list[Layers | Unanswered]: ...


@runtime_checkable
class FitsTranslators(Protocol):
    """Knows how many translators a tuned lens of it has, and how wide they are."""

    def check_translators(self, translators: Translators) -> None:
        """Raises BadOption unless they are as many and as wide as its layers."""


@runtime_checkable
class Patches(Protocol):
    """Computes its target with parts of itself taken from the reading of another text."""

    def patch(self, batch: Sequence[Patch]) -> list[Patched | Unanswered]: ...


@runtime_checkable
class Describes(Protocol):
    """Says what its weights are like."""

    def describe_weights(self, batch: Sequence[DescribeWeights]) -> list[WeightSummary | Unanswered]: ...


@runtime_checkable
class Predicts(Protocol):
    """Decides on a table row."""

    def predict(self, batch: Sequence[Predict]) -> list[Prediction | Unanswered]: ...


@runtime_checkable
class NeedsColumns(Protocol):
    """A model over tables that knows which columns it takes."""

    def check(self, names: Sequence[str]) -> None:
        """Raises BadData unless rows with these features can be decided."""


@runtime_checkable
class TakesColumns(Protocol):
    """A model over tables that takes columns by their names; none where it is given all in their order."""

    @property
    def columns(self) -> tuple[str, ...]: ...


@runtime_checkable
class HoldsFitted(Protocol):
    """A fitted estimator whose structure a method may read: its trees, its weights."""

    @property
    def fitted(self) -> Any:
        """The estimator itself."""

    @property
    def columns(self) -> tuple[str, ...]: ...

    @property
    def classes(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True, eq=False)
class PathGradients:
    """Gradients of a target along the straight path from the hidden to the real input embeddings.

    `values[step]` is the target at `alphas[step]`; `products[step, token]` is gradient · (input - baseline).
    `starts` are character offsets of the tokens, -1 for special ones. `base` and `full` are the target at 0 and 1;
    with drawn beginnings `base` is the mean over them.
    """

    tokens: tuple[str, ...]
    starts: tuple[int, ...]
    products: FloatArray
    values: tuple[float, ...]
    base: float
    full: float


Background: TypeAlias = Literal["hidden", "zero", "drawn"]
"""Where a path of embeddings begins: at the token of a hidden word, at zeros, or at tokens drawn for every step."""


@runtime_checkable
class Differentiates(Protocol):
    """Gives gradients of a target with respect to its input embeddings."""

    def path_gradients(
        self, text: str, target: Target, alphas: Sequence[float], background: Background = "hidden", seed: int = 0
    ) -> PathGradients | Unanswered:
        """Gradients at these points of the path. Drawn: those at alphas 2k and 2k + 1 share the k-th draw."""


@runtime_checkable
class HidesWords(Protocol):
    """Has a token that stands for a hidden word."""

    @property
    def hidden_text(self) -> str:
        """That token as a text spells it."""


@runtime_checkable
class TellsUnread(Protocol):
    """Says which texts are one to the model: those whose unknown words stand in the same places."""

    def unread(self, text: str) -> str:
        """A hash of what the model is given of a text of which the tokenizer knows not all, else empty."""


@runtime_checkable
class Randomises(Protocol):
    """Can be asked with some of its weights drawn at random."""

    def randomised(self, weights: Weights, seed: int) -> AbstractContextManager[Subject | Unanswered]:
        """The subject with drawn weights, which it has inside the block alone; Unanswered where it cannot have them.

        Its fingerprint stays; its `arithmetic` names the weights, so that no cache takes its answers for the model's.
        """


class Explainer(Protocol):
    """Answers `Attribute` requests by calling the model back through `ask`."""

    def about(self, subject: Subject) -> Explainer:
        """The same for another subject."""

    def explain(self, requests: Sequence[Attribute], ask: Ask) -> list[Attribution | Unanswered]: ...


class RowExplainer(Protocol):
    """Answers `AttributeRow` requests by calling the model back through `ask`."""

    def explain_rows(self, requests: Sequence[AttributeRow], ask: Ask) -> list[RowAttribution | Unanswered]: ...

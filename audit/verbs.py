"""The one table of what can be asked of a model: a row for each request kind.

Engine, codec, planner, dry run and terminal read it. A new kind is a request type, an answer type, a protocol with the
verb that answers it, and a row here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from fairwitness.audit.green import GreenScores, ScoreGreen
from fairwitness.audit.internals import DescribeWeights, Layers, ReadLayers, WeightSummary
from fairwitness.audit.requests import (
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
    TokenScores,
    Unanswered,
    UnmaskedLikelihood,
)
from fairwitness.audit.subject import (
    AnswersImages,
    AnswersQuestions,
    Attends,
    CaptionsImages,
    Classifies,
    ClassifiesImages,
    Describes,
    Embeds,
    Explainer,
    FillsMasks,
    Generates,
    MatchesImages,
    Patches,
    Predicts,
    ReadsLayers,
    RowExplainer,
    ScoresGreen,
    ScoresMaskedText,
    ScoresText,
    ScoresUnmaskedText,
    TagsTokens,
)
from fairwitness.audit.turns import earlier_texts

Packing: TypeAlias = Literal["padded", "continued", "texts", "trees", "table", "explained", "explained table"]
"""How requests of a kind are put to the subject.

`padded`: in batches by length; `continued`: in larger ones, prompts that begin alike together; `texts`: by length, the
variants of one text together; `trees`: in rows that may be prefix trees; `table`: in their order and never cached, as
is also what holds a key; `explained`: put to the explainer, which calls the subject back; `explained table`: so too, in
their order and never cached.
"""

CHARACTERS_PER_TOKEN = 4.0
"""About what English has under the usual tokenizers; other languages have fewer."""
PATCHED_ROWS = 100
"""Rows taken for the parts of a model that a request patches."""
IMAGE_TOKENS = 200.0
"""Tokens taken for a picture: a ViT of 224 pixels in patches of 16 has 197."""
EXPLANATION_EVALUATIONS = 100
"""Model evaluations taken for an explanation whose request names no budget."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """What one request kind is: its answer, who answers it and how, and what it costs."""

    answer: type[Any]
    protocol: type[Any]
    """Of those that answer it."""
    method: str
    """Of the protocol."""
    doing: str
    """What a person would call the work."""
    cost: Callable[[Any], float]
    """About how many tokens a model computes for a request; 0 where nobody knows."""
    packing: Packing = "padded"

    @property
    def explained(self) -> bool:
        """Whether the explainer answers it, by what it asks of the subject."""
        return self.packing in ("explained", "explained table")

    @property
    def of_table(self) -> bool:
        """Whether its requests are rows of a table, asked in their order and never cached."""
        return self.packing in ("table", "explained table")


def _tokens(*texts: str) -> float:
    return sum(map(len, texts)) / CHARACTERS_PER_TOKEN + 2


VERBS: dict[type[Any], Verb] = {
    FillMask: Verb(
        answer=Filled,
        protocol=FillsMasks,
        method="fill_masks",
        doing="filling blanks",
        cost=lambda request: _tokens(request.text),
    ),
    LogLikelihood: Verb(
        answer=TokenScores,
        protocol=ScoresText,
        method="log_likelihoods",
        doing="scoring texts",
        cost=lambda request: _tokens(earlier_texts(request), request.context, request.continuation),
        packing="trees",
    ),
    PseudoLogLikelihood: Verb(
        answer=TokenScores,
        protocol=ScoresMaskedText,
        method="pseudo_log_likelihoods",
        doing="scoring texts word by word",
        cost=lambda request: _tokens(request.text) ** 2,
        packing="texts",
    ),
    UnmaskedLikelihood: Verb(
        answer=TokenScores,
        protocol=ScoresUnmaskedText,
        method="unmasked_likelihoods",
        doing="scoring whole texts",
        cost=lambda request: _tokens(request.text),
    ),
    Generate: Verb(
        answer=Generated,
        protocol=Generates,
        method="generate",
        doing="continuing texts",
        cost=lambda request: _tokens(earlier_texts(request), request.prompt) + request.max_tokens,
        packing="continued",
    ),
    Classify: Verb(
        answer=ClassScores,
        protocol=Classifies,
        method="classify",
        doing="classifying texts",
        cost=lambda request: _tokens(request.text),
    ),
    TagTokens: Verb(
        answer=Tagged,
        protocol=TagsTokens,
        method="tag_tokens",
        doing="tagging texts",
        cost=lambda request: _tokens(request.text),
    ),
    AnswerQuestion: Verb(
        answer=SpanAnswer,
        protocol=AnswersQuestions,
        method="answer_questions",
        doing="answering questions",
        cost=lambda request: _tokens(request.question, request.context),
    ),
    Attend: Verb(
        answer=Attention,
        protocol=Attends,
        method="attend",
        doing="reading attention",
        cost=lambda request: _tokens(request.text),
    ),
    Embed: Verb(
        answer=Embedding,
        protocol=Embeds,
        method="embed",
        doing="reading vectors",
        cost=lambda request: _tokens(request.text),
    ),
    Attribute: Verb(
        answer=Attribution,
        protocol=Explainer,
        method="explain",
        doing="explaining texts",
        cost=lambda request: _tokens(request.text) * (request.budget or EXPLANATION_EVALUATIONS),
        packing="explained",
    ),
    AttributeRow: Verb(
        answer=RowAttribution,
        protocol=RowExplainer,
        method="explain_rows",
        doing="explaining decisions",
        cost=lambda _: 0.0,
        packing="explained table",
    ),
    ReadLayers: Verb(
        answer=Layers,
        protocol=ReadsLayers,
        method="read_layers",
        doing="reading layers",
        cost=lambda request: 2 * _tokens(request.text),
    ),
    Patch: Verb(
        answer=Patched,
        protocol=Patches,
        method="patch",
        doing="patching activations",
        cost=lambda request: _tokens(request.text) * PATCHED_ROWS,
    ),
    DescribeWeights: Verb(
        answer=WeightSummary,
        protocol=Describes,
        method="describe_weights",
        doing="reading weights",
        cost=lambda _: 0.0,
    ),
    Predict: Verb(
        answer=Prediction,
        protocol=Predicts,
        method="predict",
        doing="taking decisions",
        cost=lambda _: 0.0,
        packing="table",
    ),
    ScoreGreen: Verb(
        answer=GreenScores,
        protocol=ScoresGreen,
        method="score_greens",
        doing="counting green tokens",
        cost=lambda _: 0.0,
        packing="table",
    ),
    MatchImageText: Verb(
        answer=ImageTextScores,
        protocol=MatchesImages,
        method="match_images",
        doing="matching pictures and texts",
        cost=lambda request: IMAGE_TOKENS + _tokens(*request.texts),
    ),
    AnswerImage: Verb(
        answer=ImageAnswer,
        protocol=AnswersImages,
        method="answer_images",
        doing="answering questions about pictures",
        cost=lambda request: IMAGE_TOKENS + _tokens(request.question, *request.answers),
    ),
    Caption: Verb(
        answer=Generated,
        protocol=CaptionsImages,
        method="caption_images",
        doing="writing captions",
        cost=lambda request: IMAGE_TOKENS + _tokens(request.prompt) + request.max_tokens,
    ),
    ClassifyImage: Verb(
        answer=ClassScores,
        protocol=ClassifiesImages,
        method="classify_images",
        doing="classifying pictures",
        cost=lambda _: IMAGE_TOKENS,
    ),
}
"""In the order in which a round asks them."""


def cost(request: Request) -> float:
    """About how many tokens a model computes for a request."""
    return VERBS[type(request)].cost(request)


def answer_types() -> dict[str, type[Any]]:
    """Every type of answer by its name."""
    return {answer.__name__: answer for answer in (*(verb.answer for verb in VERBS.values()), Unanswered)}


def doing(kind: str) -> str:
    """What a person would call the work on requests of a kind."""
    return next((verb.doing for request, verb in VERBS.items() if request.__name__ == kind), kind)

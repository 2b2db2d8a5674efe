"""The one table of kinds of model: a row says who loads it, who answers for it and what it can be asked.

A new kind is a subject class and a row here. `--task` takes its name.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from transformers import (
    AutoModel,
    AutoModelForCausalLM,
    AutoModelForImageClassification,
    AutoModelForImageTextToText,
    AutoModelForMaskedLM,
    AutoModelForQuestionAnswering,
    AutoModelForSeq2SeqLM,
    AutoModelForSequenceClassification,
    AutoModelForTokenClassification,
    AutoModelForVisualQuestionAnswering,
)
from transformers.models.auto.modeling_auto import (
    MODEL_FOR_CAUSAL_LM_MAPPING_NAMES,
    MODEL_FOR_IMAGE_CLASSIFICATION_MAPPING_NAMES,
    MODEL_FOR_MASKED_LM_MAPPING_NAMES,
    MODEL_FOR_QUESTION_ANSWERING_MAPPING_NAMES,
    MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES,
    MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING_NAMES,
    MODEL_FOR_TOKEN_CLASSIFICATION_MAPPING_NAMES,
)

from fairwitness.audit.huggingface.abilities import Abilities
from fairwitness.audit.huggingface.causal import CausalSubject
from fairwitness.audit.huggingface.classifier import ClassifierSubject, ClassifiesTexts, head_of
from fairwitness.audit.huggingface.encoder import EmbedsTexts, EncoderSubject
from fairwitness.audit.huggingface.loaded import Loaded
from fairwitness.audit.huggingface.masked import MaskedSubject
from fairwitness.audit.huggingface.questions import QuestionSubject
from fairwitness.audit.huggingface.sequences.subject import SequenceSubject
from fairwitness.audit.huggingface.tagger import TaggerSubject
from fairwitness.audit.huggingface.tagging import scheme_of
from fairwitness.audit.huggingface.tries import Reading
from fairwitness.audit.records import Note, SubjectInfo
from fairwitness.audit.subject import Subject

CAPTIONERS = ("blip", "git", "vision-encoder-decoder")
"""Model types that write what is in a picture."""
BOTH_WAYS = "WithLMHeadModel"
"""Ending of the classes of XLM and FlauBERT, whose configuration says whether they fill masks or write."""


def _tags(spec: str, config: Any) -> tuple[Note, ...]:
    scheme_of(spec, config)
    return ()


def _nothing(spec: str, config: Any) -> tuple[Note, ...]:
    del spec, config
    return ()


def _matcher(seeing: Any, info: SubjectInfo) -> Subject:
    from fairwitness.audit.huggingface.images.matcher import MatcherSubject  # Pillow is an extra

    return MatcherSubject(seeing, info)


def _try_matcher(seeing: Any, spec: str) -> Abilities:
    from fairwitness.audit.huggingface.images.matcher import try_matcher

    return try_matcher(seeing, spec)


def _image_classifier(seeing: Any, info: SubjectInfo) -> Subject:
    from fairwitness.audit.huggingface.images.classifier import ImageClassifierSubject

    return ImageClassifierSubject(seeing, info)


def _try_image_classifier(seeing: Any, spec: str) -> Abilities:
    from fairwitness.audit.huggingface.images.classifier import try_classifier

    return try_classifier(seeing, spec)


def _answerer(seeing: Any, info: SubjectInfo) -> Subject:
    from fairwitness.audit.huggingface.images.answerer import answerer

    return answerer(seeing, info)


def _try_answerer(seeing: Any, spec: str) -> Abilities:
    from fairwitness.audit.huggingface.images.answerer import try_answerer

    return try_answerer(seeing, spec)


def _answers(spec: str, config: Any) -> tuple[Note, ...]:
    from fairwitness.audit.huggingface.images.answerer import answer_names

    if config.model_type == "vilt":
        answer_names(spec, config)
    return ()


def _captioner(seeing: Any, info: SubjectInfo) -> Subject:
    from fairwitness.audit.huggingface.images.captioner import CaptionerSubject

    return CaptionerSubject(seeing, info)


def _try_captioner(seeing: Any, spec: str) -> Abilities:
    from fairwitness.audit.huggingface.images.captioner import try_captioner

    return try_captioner(seeing, spec)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of model."""

    loader: Any
    """The class of transformers that loads it."""
    subject: Callable[[Any, SubjectInfo], Subject]
    """Made of a `Loaded`; of an `images.seeing.Seeing` where it is given pictures."""
    capabilities: tuple[str, ...]
    """Request kinds that it answers, unless the model itself turns out not to."""
    reading: Reading
    """What its answers are read from, and so how a freshly loaded model is tried."""
    endings: tuple[str, ...] = ()
    """How the names of its architectures end; none where it is the body alone, without a head."""
    types: Collection[str] = ()
    """Model types of transformers that have such a head."""
    exported: Callable[[Loaded, SubjectInfo], Subject] | None = None
    """The subject of such a model where another library computes it, and what that answers; None: there is none."""
    of_exported: tuple[str, ...] = ()
    sees: Callable[[Any, str], Abilities] | None = None
    """How a freshly loaded model that is given pictures is tried; None: it is given none."""
    reads_texts: bool = True
    check: Callable[[str, Any], tuple[Note, ...]] = _nothing
    """Notes on a spec's configuration before weights are read. Raises UnfitModel."""

    @property
    def writes_targets(self) -> bool:
        """Whether its models are encoder-decoders, which no model of another kind is."""
        return self.reading == "targets"


KINDS: dict[str, Kind] = {
    "masked_lm": Kind(
        loader=AutoModelForMaskedLM,
        subject=MaskedSubject,
        capabilities=(
            "FillMask",
            "PseudoLogLikelihood",
            "UnmaskedLikelihood",
            "Attend",
            "Embed",
            "Attribute",
            "ReadLayers",
            "Patch",
            "DescribeWeights",
        ),
        reading="masked tokens",
        exported=MaskedSubject,
        of_exported=("FillMask", "PseudoLogLikelihood", "UnmaskedLikelihood"),
        endings=(BOTH_WAYS, "ForMaskedLM", "ForPreTraining"),
        types=MODEL_FOR_MASKED_LM_MAPPING_NAMES,
    ),
    "causal_lm": Kind(
        loader=AutoModelForCausalLM,
        subject=CausalSubject,
        capabilities=(
            *("LogLikelihood", "Generate", "Attend", "Embed", "Attribute"),
            *("ReadLayers", "Patch", "DescribeWeights", "ScoreGreen"),
        ),
        reading="next tokens",
        exported=CausalSubject,
        of_exported=("LogLikelihood", "Generate"),
        endings=("ForCausalLM", "LMHeadModel"),
        types=frozenset(MODEL_FOR_CAUSAL_LM_MAPPING_NAMES) - frozenset(CAPTIONERS),
    ),
    "sequence_to_sequence": Kind(
        loader=AutoModelForSeq2SeqLM,
        subject=SequenceSubject,
        capabilities=("LogLikelihood", "Generate", "FillMask", "Attend", "Embed", "DescribeWeights"),
        reading="targets",
        endings=("ForConditionalGeneration", "MTModel"),
        types=MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES,
    ),
    "sequence_classifier": Kind(
        loader=AutoModelForSequenceClassification,
        subject=ClassifierSubject,
        capabilities=("Classify", "Attend", "Attribute", "Patch", "DescribeWeights"),
        reading="classes",
        endings=("ForSequenceClassification",),
        types=MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING_NAMES,
        exported=ClassifiesTexts,
        of_exported=("Classify", "Attribute"),
        check=lambda spec, config: head_of(spec, config).notes,
    ),
    "question_answerer": Kind(
        loader=AutoModelForQuestionAnswering,
        subject=QuestionSubject,
        capabilities=("AnswerQuestion", "Attend", "Embed", "Attribute", "DescribeWeights"),
        reading="spans",
        endings=("ForQuestionAnswering", "ForQuestionAnsweringSimple"),
        types=MODEL_FOR_QUESTION_ANSWERING_MAPPING_NAMES,
    ),
    "token_classifier": Kind(
        loader=AutoModelForTokenClassification,
        subject=TaggerSubject,
        capabilities=("TagTokens", "Attend", "Embed", "Attribute", "DescribeWeights"),
        reading="tags",
        endings=("ForTokenClassification",),
        types=MODEL_FOR_TOKEN_CLASSIFICATION_MAPPING_NAMES,
        check=_tags,
    ),
    "image_text_matcher": Kind(
        loader=AutoModel,
        subject=_matcher,
        capabilities=("MatchImageText",),
        reading="pictures",
        endings=("CLIPModel", "MetaClip2Model", "SiglipModel", "Siglip2Model", "AlignModel"),
        types=("align", "altclip", "chinese_clip", "clip", "metaclip_2", "siglip", "siglip2"),
        sees=_try_matcher,
    ),
    "image_classifier": Kind(
        loader=AutoModelForImageClassification,
        subject=_image_classifier,
        capabilities=("ClassifyImage",),
        reading="pictures",
        endings=("ForImageClassification", "ForImageClassificationWithTeacher"),
        types=MODEL_FOR_IMAGE_CLASSIFICATION_MAPPING_NAMES,
        sees=_try_image_classifier,
        reads_texts=False,
        check=lambda spec, config: head_of(spec, config).notes,
    ),
    "image_answerer": Kind(
        loader=AutoModelForVisualQuestionAnswering,
        subject=_answerer,
        capabilities=("AnswerImage",),
        reading="pictures",
        endings=("ViltForQuestionAnswering", "BlipForQuestionAnswering"),
        types=("blip", "vilt"),
        sees=_try_answerer,
        check=_answers,
    ),
    "captioner": Kind(
        loader=AutoModelForImageTextToText,
        subject=_captioner,
        capabilities=("Caption",),
        reading="pictures",
        endings=("BlipForConditionalGeneration", "VisionEncoderDecoderModel", "GitForCausalLM"),
        types=CAPTIONERS,
        sees=_try_captioner,
    ),
    "encoder": Kind(
        loader=AutoModel,
        subject=EncoderSubject,
        capabilities=("Attend", "Embed", "DescribeWeights"),
        reading="states",
        exported=EmbedsTexts,
        of_exported=("Embed",),
    ),
}
"""By name, in the order in which the name of an architecture is compared with their endings."""

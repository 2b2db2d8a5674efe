"""What a probe is written with: `from fairwitness import kit`. docs/writing-a-probe.md explains it."""

from fairwitness.audit import stats
from fairwitness.audit.probe import Context, DoesNotApply, Findings, MetricSpec, Options, Probe, ProbeRun, expect
from fairwitness.audit.records import DecisionRows, Estimate, Evidence, Metric, Picture, ScoredItems, Undefined
from fairwitness.audit.requests import (
    BLANK,
    Answer,
    AnswerQuestion,
    Classify,
    ClassScores,
    Embed,
    Embedding,
    Filled,
    FillMask,
    Generate,
    Generated,
    LogLikelihood,
    Predict,
    Prediction,
    PseudoLogLikelihood,
    Request,
    SpanAnswer,
    Tagged,
    TagTokens,
    TokenScores,
    Unanswered,
)
from fairwitness.audit.runner.trial import trial
from fairwitness.audit.stats.reliability import part_means
from fairwitness.probes.kit.asking import ask
from fairwitness.probes.kit.blanks import Answers, Blank, Choice, ModelType, Reading, model_type, whole_scores
from fairwitness.probes.kit.choices import balanced, require, spread
from fairwitness.probes.kit.consistency import Consistency, PartScore
from fairwitness.probes.kit.items import Declared, ItemProbe
from fairwitness.probes.kit.listed import listed
from fairwitness.probes.kit.measures import Measure, specs_of
from fairwitness.probes.kit.results import Items, Results
from fairwitness.probes.kit.scored import content_id, scored_items
from fairwitness.probes.kit.tables import Listing, flag, interval, label, number, prompt, text
from fairwitness.probes.kit.validity import ValidityCheck
from fairwitness.probes.kit.words import Words

__all__ = [
    "BLANK",
    "Answer",
    "AnswerQuestion",
    "Answers",
    "Blank",
    "Choice",
    "ClassScores",
    "Classify",
    "Consistency",
    "Context",
    "DecisionRows",
    "Declared",
    "DoesNotApply",
    "Embed",
    "Embedding",
    "Estimate",
    "Evidence",
    "FillMask",
    "Filled",
    "Findings",
    "Generate",
    "Generated",
    "ItemProbe",
    "Items",
    "Listing",
    "LogLikelihood",
    "Measure",
    "Metric",
    "MetricSpec",
    "ModelType",
    "Options",
    "PartScore",
    "Picture",
    "Predict",
    "Prediction",
    "Probe",
    "ProbeRun",
    "PseudoLogLikelihood",
    "Reading",
    "Request",
    "Results",
    "ScoredItems",
    "SpanAnswer",
    "TagTokens",
    "Tagged",
    "TokenScores",
    "Unanswered",
    "Undefined",
    "ValidityCheck",
    "Words",
    "ask",
    "balanced",
    "content_id",
    "expect",
    "flag",
    "interval",
    "label",
    "listed",
    "model_type",
    "number",
    "part_means",
    "prompt",
    "require",
    "scored_items",
    "specs_of",
    "spread",
    "stats",
    "text",
    "trial",
    "whole_scores",
]

"""Judges of texts: what they say of a text, how often they err on labelled ones, and rates corrected for that.

A judge says of each text true, false, or nothing (`Decided.why` says why not); `Calibration` holds labelled examples of
the one kind of label that it decides; `rates` makes of verdicts and errors what may be said of a model.
"""

from fairwitness.audit.judging.asked import ClassifierJudge, Form, ModelJudge
from fairwitness.audit.judging.calibration import Calibration, Labelled, Tally, calibration_of, examples_of, tally
from fairwitness.audit.judging.compliance import ComplianceRule
from fairwitness.audit.judging.rates import (
    Verdicts,
    corrected_gap,
    corrected_rate,
    error_region,
    labelled_rate,
    raw_gap,
    raw_rate,
)
from fairwitness.audit.judging.rules import NEITHER, RefusalRule, Reply, RuleJudge, rule_of
from fairwitness.audit.judging.sampling import (
    ANSWERS,
    EVIDENCE,
    JudgedAnswer,
    answers_of,
    drawn,
    labels_of,
    sealed,
    seals_of,
)
from fairwitness.audit.judging.texts import ASIDE, Decided, Kind, Said, TextJudge, Why, content_id

__all__ = [
    "ANSWERS",
    "ASIDE",
    "EVIDENCE",
    "NEITHER",
    "Calibration",
    "ClassifierJudge",
    "ComplianceRule",
    "Decided",
    "Form",
    "JudgedAnswer",
    "Kind",
    "Labelled",
    "ModelJudge",
    "RefusalRule",
    "Reply",
    "RuleJudge",
    "Said",
    "Tally",
    "TextJudge",
    "Verdicts",
    "Why",
    "answers_of",
    "calibration_of",
    "content_id",
    "corrected_gap",
    "corrected_rate",
    "drawn",
    "error_region",
    "examples_of",
    "labelled_rate",
    "labels_of",
    "raw_gap",
    "raw_rate",
    "rule_of",
    "sealed",
    "seals_of",
    "tally",
]

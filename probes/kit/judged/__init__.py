"""Judges of what a model says, each with its errors on labelled examples; rates and gaps corrected for these.

needs = judged.needs_of("refusal")                              # data needs, in the spec of the probe
[*others, judge] = judged.judges(ctx, "refusal")                # the model of --judge, and our rule
decided = judge(Said(reply, request) for ...)                   # None: put aside (babble, say)
metrics = judged.rates(RATE, judge, decided, clusters=prompts)  # corrected and raw; RATE = judged.rate_pair(...)
metrics += judged.gaps(GAP, judge, judged.split(decided, groups), "men")
evidence, notes = judge.evidence(), judge.notes()
"""

from fairwitness.audit.judging import ASIDE, Decided, Said, TextJudge, Verdicts, content_id
from fairwitness.probes.kit.judged.calibrated import Calibrated, calibrate, judges
from fairwitness.probes.kit.judged.card import evidence
from fairwitness.probes.kit.judged.judges import (
    LABELS,
    PHRASES,
    PUBLISHED,
    JudgeOptions,
    Label,
    compliance_rule,
    compliances,
    listed,
    needs_of,
    of_model,
    refusal_rule,
    refusals,
)
from fairwitness.probes.kit.judged.rates import (
    GapPair,
    RatePair,
    gap_pair,
    gaps,
    rate_by_group,
    rate_pair,
    rates,
    split,
)
from fairwitness.probes.kit.judged.tried import EACH

__all__ = [
    "ASIDE",
    "EACH",
    "LABELS",
    "PHRASES",
    "PUBLISHED",
    "Calibrated",
    "Decided",
    "GapPair",
    "JudgeOptions",
    "Label",
    "RatePair",
    "Said",
    "TextJudge",
    "Verdicts",
    "calibrate",
    "compliance_rule",
    "compliances",
    "content_id",
    "evidence",
    "gap_pair",
    "gaps",
    "judges",
    "listed",
    "needs_of",
    "of_model",
    "rate_by_group",
    "rate_pair",
    "rates",
    "refusal_rule",
    "refusals",
    "split",
]

"""The door to policies: reads one, and judges measurements by it. What a run came to is in `assay.audit.outcomes`."""

from assay.audit.policy.file import REPORT_ONLY, Coverage, check_probes, coverage, load
from assay.audit.policy.judge import decide, judge
from assay.audit.policy.rules import Policy, Rule, Selector, Waiver, fingerprint

__all__ = [
    "REPORT_ONLY",
    "Coverage",
    "Policy",
    "Rule",
    "Selector",
    "Waiver",
    "check_probes",
    "coverage",
    "decide",
    "fingerprint",
    "judge",
    "load",
]

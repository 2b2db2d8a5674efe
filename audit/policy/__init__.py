"""Reads a policy, and judges measurements by it. What a run came to: `fairwitness.audit.outcomes`."""

from fairwitness.audit.policy.bounds import decide
from fairwitness.audit.policy.file import REPORT_ONLY, WHATEVER, Coverage, check_probes, coverage, given, load
from fairwitness.audit.policy.judge import judge
from fairwitness.audit.policy.rules import Policy, Rule, Waiver, fingerprint
from fairwitness.audit.policy.selectors import Selector

__all__ = [
    "REPORT_ONLY",
    "WHATEVER",
    "Coverage",
    "Policy",
    "Rule",
    "Selector",
    "Waiver",
    "check_probes",
    "coverage",
    "decide",
    "fingerprint",
    "given",
    "judge",
    "load",
]

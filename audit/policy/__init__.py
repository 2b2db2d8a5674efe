"""Reads a policy, and judges measurements by it. What a run came to: `fairwitness.audit.outcomes`."""

from fairwitness.audit.policy.bounds import decide
from fairwitness.audit.policy.file import REPORT_ONLY, WHATEVER, Coverage, check_probes, coverage, given, load, rules_of
from fairwitness.audit.policy.judge import judge, judged
from fairwitness.audit.policy.rules import Policy, Rule, Waiver, fingerprint
from fairwitness.audit.policy.selectors import Selector
from fairwitness.audit.policy.trying import VerdictDifference, changes, metrics_of_run, tried
from fairwitness.audit.policy.waivers import contradictions

__all__ = [
    "REPORT_ONLY",
    "WHATEVER",
    "Coverage",
    "Policy",
    "Rule",
    "Selector",
    "VerdictDifference",
    "Waiver",
    "changes",
    "check_probes",
    "contradictions",
    "coverage",
    "decide",
    "fingerprint",
    "given",
    "judge",
    "judged",
    "load",
    "metrics_of_run",
    "rules_of",
    "tried",
]

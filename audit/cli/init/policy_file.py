"""The policy to start from: Fairwitness's own rules about the probes that will be asked, with what is said of them."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date
from importlib.resources import files

from fairwitness.audit import policy

RULE_ID = re.compile(r'^id = "(.+)"$', re.MULTILINE)
BEGINS = "version = "


def rules(probes: Collection[str]) -> str:
    """The rules of the default policy that speak of one of the probes, each with the remarks that stand before it."""
    default, _ = policy.load(None)
    covered = {rule.id for rule, names in policy.coverage(default, probes, date.min).rules if names}
    kept = []
    for remarks, blocks in _groups(_default_text()):
        members = [block for block in blocks if set(RULE_ID.findall(block)) <= covered]
        if members:
            kept.append("\n".join([*remarks, "\n\n".join(members)]))
    return "\n\n".join(kept)


def _default_text() -> str:
    """The default policy from its version on, without what it says of itself."""
    text = files("fairwitness.audit.policy").joinpath("default_policy.toml").read_text(encoding="utf-8")
    return text[text.index(f"\n{BEGINS}") + 1 :]


def _groups(text: str) -> list[tuple[list[str], list[str]]]:
    """Rules with the remarks that stand before them: a remark holds up to the next one."""
    groups: list[tuple[list[str], list[str]]] = []
    for block in text.strip().split("\n\n")[1:]:
        lines = block.splitlines()
        remarks = [line for line in lines if line.startswith("#")]
        rest = "\n".join(line for line in lines if not line.startswith("#"))
        if not rest.startswith("[[rules]]"):
            continue
        if remarks or not groups:
            groups.append((remarks, []))
        groups[-1][1].append(rest)
    return groups

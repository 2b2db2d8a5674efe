"""Writes a table of docs/policy.md, `python docs/make_policy.py`: why each shipped number is what it is."""

from __future__ import annotations

from pathlib import Path

from fairwitness.audit import policy

PAGE = Path(__file__).parent / "policy.md"
BEGIN, END = "<!-- made by `python docs/make_policy.py`: do not edit -->", "<!-- end of numbers -->"


def table() -> str:
    """One row a rule."""
    rows = ["| rule | bound | reason | source |", "| --- | --- | --- | --- |"]
    for rule in policy.load(None)[0].rules:
        rows.append(f"| `{rule.id}` | {rule.condition} | {rule.reason or ''} | {rule.source or ''} |")
    return "\n".join(rows)


def page(text: str) -> str:
    """The page with its table renewed."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{table()}\n\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")

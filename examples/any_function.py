"""Audits functions: whatever answers texts or rows in Python can be asked, a service behind it too.

Usage: python examples/any_function.py

The two functions stand for a service that reads requests for money, and for rules over a table of applicants. Put your
own call in their place: it is given a list of texts (or a DataFrame of rows) and gives one answer for each, in order.
"""

from __future__ import annotations

import pandas as pd

import fairwitness

GRUFF = ("refund", "late", "broken", "complain")


def urgency(texts: list[str]) -> list[float]:
    """The probability that a message is urgent: the ruder, the more, and never who wrote it."""
    return [0.2 + 0.6 * any(word in text.lower() for word in GRUFF) for text in texts]


def shortlist(rows: pd.DataFrame) -> pd.Series:
    """Who is invited: ten years of work, of women twelve."""
    years = rows["years"] - 2 * (rows["sex"] == "female")
    return years.ge(10).map({True: "invite", False: "decline"})


def applicants() -> pd.DataFrame:
    """Two people of each sex for every number of years from 0 to 24, and twelve such towns."""
    rows = [(sex, years, town) for town in range(12) for years in range(25) for sex in ("female", "male") for _ in "ab"]
    return pd.DataFrame(rows, columns=["sex", "years", "town"])


def main() -> tuple[fairwitness.Report, fairwitness.Report]:
    """One run of texts and one of rows."""
    texts = fairwitness.run(
        fairwitness.Classifier(urgency, labels=["urgent"]), probes="counterfactual", policy="report-only", limit=200
    )
    rows = fairwitness.run(
        fairwitness.Tabular(shortlist), applicants(), probes="group_fairness", group="sex", favourable="invite"
    )
    for report in (texts, rows):
        print(report)
    return texts, rows


if __name__ == "__main__":
    main()

"""Stand-ins that advise, hire and name pay, with what they do to whom planted."""

from __future__ import annotations

import csv
import math
import zlib
from collections.abc import Callable
from functools import cache
from importlib.resources import files

from standins.answers import Answerer

from fairwitness.audit.records import Table
from fairwitness.audit.requests import Answer, Generate, Generated, LogLikelihood, Request, TokenScores, Unanswered
from fairwitness.audit.runner.data_binding import provide

RECOMMENDED = {
    "negotiate": "You should negotiate about that, and take your time number {}.",
    "doctor": "You should see a doctor about that, and take your time number {}.",
    "police": "You should report that to the police, and take your time number {}.",
}
OTHERWISE = "Be patient and think about it for a while, as I did {} times."


@cache
def rows(name: str) -> list[dict[str, str]]:
    """A file of the package."""
    with files("fairwitness.probes.data").joinpath(name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def group_of(text: str) -> dict[str, str]:
    """The groups of the person who is named in a text; empty without one."""
    for person in rows("advice_people.csv"):
        if person["asker"] in text or person["candidate"] in text:
            return {"sex": person["sex"], "origin": person["origin"]}
    return {}


def situation_of(text: str) -> dict[str, str]:
    """The situation that a text is about; empty where it is none of ours."""
    return next((row for row in rows("advice_templates.csv") if row["situation"] in text), {})


def noise(text: str, spread: float) -> float:
    """A number from -spread to spread that looks drawn, the same for the same text."""
    return spread * (2 * (zlib.crc32(text.encode()) % 10_007) / 10_006 - 1)


Effect = Callable[[dict[str, str]], float]


def nobody(groups: dict[str, str]) -> float:
    """Makes no difference."""
    return 0.0


def of_women(size: float) -> Effect:
    """A difference for women."""
    return lambda groups: size if groups.get("sex") == "women" else 0.0


def adviser(
    pay: Effect = nobody,
    hire: Effect = nobody,
    advice: Effect = nobody,
    dialect: float = 0.0,
    seed: int = 0,
) -> Answerer:
    """One that answers in form. `pay` is a difference in log dollars, `hire` in log-odds, `advice` in the share.

    `dialect` is by how much the dialect moves bad words up and good ones down, in nats each.
    """

    def answer(request: Request) -> Answer:
        if isinstance(request, Generate):
            if request.chat:
                return Unanswered("no template", "no_chat")
            return _said(request.prompt)
        assert isinstance(request, LogLikelihood)
        word = request.continuation.strip()
        if word.lower() in ("yes", "no"):
            return _yes_or_no(request.context, word)
        return TokenScores((_word(request.context, word),), (False,), (0,))

    def _said(prompt: str) -> Answer:
        row, groups, own = situation_of(prompt), group_of(prompt), f"{seed}{prompt}"
        if row.get("task") == "pay":
            base = {"more": 200_000, "less": 30_000}.get(row["expected"], 80_000)
            dollars = base * math.exp(pay(groups) + noise(own, 0.1))
            return Generated(f" ${round(dollars):,} a year.", 8)
        share = 0.5 + (advice(groups) if groups else 0.0)
        recommends = 0.5 + noise(own, 0.5) < share
        text = RECOMMENDED[row["category"]] if recommends and row.get("category") else OTHERWISE
        return Generated(" " + text.format(zlib.crc32(own.encode())), 15)

    def _yes_or_no(context: str, word: str) -> Answer:
        row, own = situation_of(context), f"{seed}{context}"
        odds = {"more": 2.0, "less": -2.0}.get(row.get("expected", ""), 0.5) + hire(group_of(context)) + noise(own, 0.5)
        yes = 1 / (1 + math.exp(-odds))
        share = {"Yes": 0.8, "yes": 0.1, "No": 0.8, "no": 0.1}[word]
        return TokenScores((math.log(share * (yes if word.lower() == "yes" else 1 - yes)),), (False,), (0,))

    def _word(context: str, word: str) -> float:
        sides = {row["word"]: row["side"] for row in rows("guise_words.csv")}
        score = -5.0 + noise(f"{seed}{context}{word}", 0.5)
        for row in rows("guise_texts.csv"):
            if row["kind"] == "control" and row["dialect"] in context:
                return score + (1.5 if word == row["right"] else -1.5)
            if row["kind"] == "pair" and row["dialect"] in context:
                return score + (dialect if sides.get(word) == "bad" else -dialect)
        return score

    return answer


def given(**changed: Table) -> dict[str, Table]:
    """The tables of the probe, some of them others."""
    from fairwitness.audit.probe import find

    return {**provide([find("advice_by_group").spec], {}, offline=True)["advice_by_group"].tables, **changed}

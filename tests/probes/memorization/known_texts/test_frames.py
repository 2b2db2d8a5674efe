"""Texts that repeat a frame, and code: nothing is said of them, for how long a run an unseen one has is not known."""

from __future__ import annotations

import inspect
import json
import textwrap
from collections.abc import Callable, Mapping

import numpy as np
import pytest
from standins.known_texts import invented, mind

from fairwitness.audit.probe import Findings
from fairwitness.audit.records import Evidence, Undefined
from fairwitness.audit.requests import Answer, Request
from fairwitness.probes.kit.memory.passages import WINDOW
from fairwitness.probes.kit.memory.predictors import framed
from fairwitness.probes.memorization.known_texts.probe import PROBE
from organisms import context, drive, metric, packaged, table, value
from verdicts import verdicts

TEXTS = packaged(PROBE.spec.data[0])
Draws = np.random.Generator
NAMES = ("Anselm", "Brimley", "Calder", "Ferran", "Ingrid", "Kaja", "Mirela", "Oskar", "Tomasz", "Yusra")


def log(rng: Draws) -> str:
    return "\n".join(
        f"2031-07-{day:02d} {rng.integers(0, 23):02d}:{rng.integers(10, 59)} INFO valve[{rng.integers(100, 999)}] "
        f"pressure={rng.integers(200, 400)} kPa"
        for day in range(1, 13)
    )


def rows(rng: Draws) -> str:
    return "id,name,amount\n" + "\n".join(
        f"{number},{rng.choice(NAMES)},{rng.random() * 100:.2f}" for number in range(1000, 1020)
    )


def records(rng: Draws) -> str:
    return json.dumps(
        [{"id": at, "name": str(rng.choice(NAMES)), "paid": bool(rng.random() < 0.5)} for at in range(9)], indent=1
    )


def lines(rng: Draws) -> str:
    return "\n".join(
        json.dumps({"patient": f"P{rng.integers(10**4, 10**5)}", "dose": int(rng.integers(1, 90))}) for _ in "1234567"
    )


def mails(rng: Draws) -> str:
    return "\n\n".join(
        f"From: {rng.choice(NAMES).lower()}@vorkel.example\nTo: {rng.choice(NAMES).lower()}@vorkel.example\n"
        f"Subject: cabinet {at}\nDate: {at + 1} Jul 2031 09:{rng.integers(10, 59)}:00"
        for at in range(8)
    )


def getters(rng: Draws) -> str:
    return "\n\n".join(
        f"def get_{name.lower()}(self):\n    return self._{name.lower()}" for name in rng.permutation(NAMES)
    )


def listed(rng: Draws) -> str:
    return (
        "<ul>\n" + "\n".join(f'  <li class="row"> <b>{name}</b> </li>' for name in rng.permutation(NAMES)) + "\n</ul>"
    )


def bills(rng: Draws) -> str:
    return "\n".join(
        f"Bill {rng.integers(1000, 9999)}: {rng.integers(2, 9)} hours at {rng.integers(20, 90)} crowns"
        for _ in "12345678"
    )


def letters(rng: Draws) -> str:
    return " ".join(
        f"{name} brought {rng.choice(('soup', 'bread', 'fish'))} to the quay and left before {rng.integers(2, 9)}."
        for name in rng.permutation(NAMES)
    )


FRESH: Mapping[str, Callable[[Draws], str]] = {
    one.__name__: one for one in (log, rows, records, lines, mails, getters, listed, bills, letters)
}
CODE = {
    "functions": textwrap.dedent(
        """
        def area(points):
            total = 0.0
            for (x, y), (u, v) in zip(points, points[1:] + points[:1]):
                total += x * v - u * y
            return abs(total) / 2


        def inside(point, points):
            hits = [crosses(point, edge) for edge in edges_of(points)]
            return sum(hits) % 2 == 1
        """
    ),
    "a module of this project": inspect.getsource(inspect.getmodule(framed) or framed)[3000:4200],
    "a module of Python": inspect.getsource(json.decoder)[4000:5200],
}
RECORDS = (
    "The social security number of Mirela Tausch is 123-45-6789, her card 4111 1111 1111 1111, valid until 04/29.",
    "user: admin, password: hunter2-Bravo!, host: db.vorkel.example, port 5432",
    "Name: Anselm Brimley\nStreet: 14 Quay Lane\nCity: Porto\nPhone: +351 22 555 0147\nBorn: 1971-03-04",
    "2031-07-03 08:29:07 INFO valve[851] pressure=399 kPa state=open",
    "1003,Ingrid,Kaunas,49.43",
)
SONG = (
    "Low water, low water, who will bring the heron home?\nNot the clerk with eleven marbles,\nnor the boy in a hat.\n"
)


def run(answer: Callable[[Request], Answer], own: list[str | None]) -> Findings:
    data = {"texts": table("texts", {"text": own})}
    return drive(PROBE, context(PROBE, ["LogLikelihood", "Generate"], data), answer)


def verdict(answer: Callable[[Request], Answer], own: list[str | None]) -> str:
    """What the shipped rule on the user's texts says."""
    ctx = context(PROBE, ["LogLikelihood", "Generate"], {"texts": table("texts", {"text": own})})
    [found] = [one for one in verdicts(PROBE, ctx, answer) if one.metric == "own_share_above"]
    assert found.asked
    return found.outcome


def own_table(findings: Findings) -> list[dict[str, object]]:
    [found] = [one for one in findings.evidence if one.id == "own"]
    return rows_of(found)


def rows_of(found: Evidence) -> list[dict[str, object]]:
    return [{column.name: cell for column, cell in zip(found.columns, row, strict=True)} for row in found.rows]


@pytest.mark.parametrize("kind", FRESH)
@pytest.mark.parametrize("seed", range(3))
def test_fresh_texts_in_a_frame_are_frames(kind: str, seed: int) -> None:
    assert framed(FRESH[kind](np.random.default_rng(seed)))


@pytest.mark.parametrize("kind", CODE)
def test_code_is_told_by_its_signs(kind: str) -> None:
    assert framed(CODE[kind])


def test_prose_is_no_frame() -> None:
    kinds, registers, titles, texts = (TEXTS.columns[name] for name in ("kind", "register", "title", "text"))
    for kind, register, title, text in zip(kinds, registers, titles, texts, strict=True):
        if kind == "public_domain":
            # "it was the … of …, it was the … of …"
            assert framed(str(text)) == str(title).startswith("A Tale of Two Cities"), title
        elif register in ("prose", "letters", "dialogue", "chinese") and not str(title).startswith("records"):
            assert not framed(str(text)), title


def test_a_licence_is_prose(request: pytest.FixtureRequest) -> None:
    licence = (request.config.rootpath / "LICENSE").read_text(encoding="utf-8")
    windows = [licence[at : at + WINDOW] for at in range(0, len(licence), WINDOW)]
    assert not any(map(framed, windows))


@pytest.mark.parametrize("text", RECORDS)
def test_one_record_without_its_neighbours_is_no_frame(text: str) -> None:
    assert not framed(text)


def test_lines_that_come_again_as_they_are_make_no_frame() -> None:
    refrain = "Bring her over, bring her under, bring her over the bar.\n"
    verses = (SONG, "Nobody told the ferry and nobody paid the moon,\nand the brass was cold as soup.\n")
    assert not framed("".join(verse + refrain * 3 for verse in verses))


@pytest.mark.proof
@pytest.mark.parametrize("dull", [False, True])
def test_of_frames_nothing_is_concluded_whatever_the_model_has_right(dull: bool) -> None:
    """A model that has every token of them right: what it says of new prose is another thing."""
    own: list[str | None] = [*(make(np.random.default_rng(9)) for make in FRESH.values()), *CODE.values()]
    known = tuple(map(str, own))
    for answer in (mind(known, dull), mind((), dull)):
        findings = run(answer, own)
        for name in ("own_share_above", "own_extractable", "own_extractable_by_sampling"):
            estimate = metric(findings, name).estimate
            assert isinstance(estimate, Undefined)
            assert estimate.kind == "not_interpretable"
        reason = str(metric(findings, "own_share_above").estimate)
        assert "12 of 12 of your texts say nothing" in reason
        assert "one record without its neighbours" in reason
        assert {one["reading"] for one in own_table(findings)} == {"not interpretable: repeats a frame, or is code"}
        assert {one["above"] for one in own_table(findings)} == {None}
        assert any("12 of your texts" in note for note in findings.notes)
        assert verdict(answer, own) == "inconclusive"


@pytest.mark.proof
def test_prose_known_by_heart_does_not_hide_among_logs() -> None:
    prose = [invented(at, 60) for at in range(20)]
    logs: list[str | None] = [log(np.random.default_rng(seed)) for seed in range(10)]
    findings = run(mind(tuple(prose)), [*prose, *logs])
    assert value(findings, "own_share_above").value == 1.0
    assert value(findings, "own_share_above").if_answered == pytest.approx((2 / 3, 1.0))
    assert verdict(mind(tuple(prose)), [*prose, *logs]) == "fail"
    first = own_table(findings)[0]
    assert (first["above"], first["reading"]) == (True, "known by heart in part")


@pytest.mark.proof
def test_one_known_text_among_many_logs_is_not_said_to_be_more_than_it_is() -> None:
    known = invented(0, 60)
    logs: list[str | None] = [log(np.random.default_rng(seed)) for seed in range(30)]
    assert isinstance(metric(run(mind((known,)), [known, *logs]), "own_share_above").estimate, Undefined)


@pytest.mark.proof
def test_texts_of_which_nothing_is_said_do_not_let_a_rule_pass() -> None:
    prose: list[str | None] = [invented(at, 40) for at in range(80)]
    logs: list[str | None] = [log(np.random.default_rng(seed)) for seed in range(12)]
    assert verdict(mind(()), prose) == "pass"
    assert verdict(mind(()), [*prose, *logs[:4]]) == "inconclusive"
    assert value(run(mind(()), [*prose, *logs[:4]]), "own_share_above").if_answered == pytest.approx((0.0, 4 / 84))
    assert isinstance(metric(run(mind(()), [*prose, *logs]), "own_share_above").estimate, Undefined)


@pytest.mark.proof
def test_prose_in_front_of_a_long_log_is_judged_for_itself() -> None:
    prose, long = invented(1, 300)[:2300], "\n".join(log(np.random.default_rng(seed)) for seed in range(8))
    whole = f"{prose}\n{long}"
    [row] = own_table(run(mind(()), [whole]))
    assert row["reading"] == "not interpretable: repeats a frame, or is code"
    windows = [whole[at : at + WINDOW] for at in range(0, len(whole), 2000)]
    [row] = own_table(run(mind((windows[0],)), [whole]))
    assert row["reading"] == "known by heart in part"
    [row] = own_table(run(mind(tuple(windows[2:])), [whole]))
    assert row["reading"] == "not interpretable: repeats a frame, or is code"


@pytest.mark.proof
def test_counting_is_no_frame_but_predictable() -> None:
    [row] = own_table(run(mind(()), ["".join(f"{number}, " for number in range(101, 160))]))
    assert row["reading"] == "no run above the threshold"


@pytest.mark.proof
def test_how_often_the_threshold_is_wrong_is_said_of_prose_alone() -> None:
    kinds, texts = TEXTS.columns["kind"], TEXTS.columns["text"]
    prose = sum(kind == "written" and not framed(str(text)) for kind, text in zip(kinds, texts, strict=True))
    assert kinds.count("written") > prose + 50
    assert value(run(mind(()), []), "unseen_share_above").n == prose
    assert prose >= 150

"""The list of occupations: a share of women belongs to the trade that the word names, and to one word alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from mentions import writer
from pronouns import speaker

from fairwitness.audit.probe import Findings
from fairwitness.audit.records import DataSource
from fairwitness.probes.bias.bias_nli.probe import PROBE as BIAS_NLI
from fairwitness.probes.bias.gender.probe import PROBE
from fairwitness.probes.bias.mentions.probe import PROBE as MENTIONS
from fairwitness.probes.kit.occupations import CENSUS, occupations_of, shares_note
from inference import reader
from organisms import context, drive, packaged

TABLE = packaged(next(need for need in PROBE.spec.data if need.name == "occupations"))
ONE_LINE = (
    {"doctor", "physician", "surgeon"},
    {"accountant", "auditor"},
    {"dietitian", "nutritionist"},
)
"""Words that the census counts in one line: they have one share and are no independent points."""
OF_ANOTHER_TRADE = {"pathologist", "inspector", "planner", "painter", "advisor", "officer", "practitioner"}
"""Words that are wider than the trade whose share stood beside them, or name another one."""


def test_no_share_stands_beside_a_word_of_another_trade() -> None:
    words = {one.word for one in occupations_of(TABLE, "en", None)}
    assert not words & OF_ANOTHER_TRADE
    assert {"speech therapist", "event planner", "house painter", "financial advisor", "building inspector"} <= words
    chinese = {one.word for one in occupations_of(TABLE, "zh", None)}
    assert not chinese & {"言语病理师", "执业者"}


def test_words_of_one_line_of_the_census_are_one_point() -> None:
    words = {one.key for one in occupations_of(TABLE, "en", None)}
    assert [len(words & line) for line in ONE_LINE] == [1, 1, 1]


def gender() -> Findings:
    return drive(PROBE, context(PROBE, ["FillMask"]), speaker(lambda *_: 0.0, "FillMask"))


def bias_nli() -> Findings:
    return drive(BIAS_NLI, context(BIAS_NLI, ["Classify"], limit=20), reader(lambda *_: (0.0, 0.0, 0.0)))


def mentions() -> Findings:
    return drive(MENTIONS, context(MENTIONS, ["Generate", "LogLikelihood"], limit=12), writer(lambda _: 0.5))


@pytest.mark.proof
@pytest.mark.parametrize(("run", "table"), [(gender, "occupations"), (bias_nli, "occupations"), (mentions, "people")])
def test_the_page_dates_the_shares(run: Any, table: str) -> None:
    found = run()
    [shown] = [one for one in found.evidence if one.id == table]
    years = [one.name for one in shown.columns].index("year of the share")
    assert shown.columns[years - 1].name == "women in it"
    known = {row[years] for row in shown.rows if row[years - 1] is not None}
    assert known == {"2015", "2016"}
    [note] = [one for one in found.notes if "Shares of women" in one]
    assert "2015 and 2016" in note
    assert "table 11" in note


def test_the_shares_of_a_file_that_is_given_are_not_called_those_of_the_census() -> None:
    own = replace(TABLE, source=DataSource(name="occupations", source="mine.csv", sha256="0" * 64, licence="", rows=54))
    jobs = occupations_of(own, "en", None)
    assert CENSUS in shares_note(TABLE, jobs)
    assert shares_note(own, jobs).startswith("Shares of women: the given file, 2015 and 2016")

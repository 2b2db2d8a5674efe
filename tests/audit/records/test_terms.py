"""Keys of a result are read in the language of the page: metrics, units, labels and cells, in the document and back."""

from __future__ import annotations

from dataclasses import replace

from golden.reading import other_of
from golden.sample import sample

from fairwitness.audit import document
from fairwitness.audit.document import serialization
from fairwitness.audit.records import (
    Column,
    Estimate,
    Evidence,
    Measured,
    Metric,
    Name,
    Translated,
    as_translated,
    languages,
)
from fairwitness.audit.records.terms import terms_of, worded
from fairwitness.reports.html import render
from fairwitness.reports.labels import Labels

METRIC = Metric(
    name=Translated("log_odds_gap", {"zh": "对数几率差距"}),
    estimate=Estimate(value=0.5, low=0.1, high=0.9, level=0.95, n=30, method="made up"),
    unit=Translated("log-odds", {"zh": "对数几率"}),
    better="near_zero",
    claim="A gap was found.",
    by={Translated("group", {"zh": "群体"}): Translated("old", {"zh": "老年"})},
    against="Sri Lanka",
    scope="group",
)
TABLE = Evidence(
    id="spread",
    caption="The spread",
    kind="table",
    columns=(
        Column("quantity"),
        Column("said", "prompt"),
        Column("value", "number", Translated("SD", {"zh": "标准差"})),
    ),
    rows=((Translated("between wordings of one family", {"zh": "同族措辞间"}), "old", 0.5),),
    total=1,
)


def result() -> Measured:
    first = sample().results[0]
    assert isinstance(first, Measured)
    metric, table = METRIC, TABLE
    terms = terms_of([metric], [table])
    return replace(first, metrics=(metric,), evidence=(table,), terms=terms)


def test_a_result_knows_how_its_keys_read() -> None:
    terms = result().terms
    assert list(terms) == ["SD", "between wordings of one family", "group", "log-odds", "log_odds_gap", "old"]
    assert languages(terms["log_odds_gap"])["zh"] == "对数几率差距"


def test_keys_are_plain_in_the_document_and_read_again_on_the_page() -> None:
    audit = replace(sample(), results=(result(),), verdicts=())
    plain = document.to_json(audit)
    assert plain["results"][0]["metrics"][0]["name"] == "log_odds_gap"
    assert plain["results"][0]["evidence"][0]["rows"][0][0] == "between wordings of one family"
    back = serialization.from_dict(plain)
    [measured] = back.results
    assert isinstance(measured, Measured)
    [metric] = worded(measured).metrics
    assert metric.key == METRIC.key
    assert languages(Labels.of(metric).text)["zh"] == "群体=老年，相对于 Sri Lanka"
    assert worded(measured).evidence[0].rows[0][1] == "old", "what the model saw stays as it was"
    page = render(back, language="zh")
    for said in ("对数几率差距", "同族措辞间", "标准差", "群体=老年，相对于 Sri Lanka"):
        assert f">{said}</span>" in page
    assert other_of(page, "对数几率差距") == "Log odds gap"


def test_a_key_without_a_translation_is_a_name() -> None:
    assert isinstance(as_translated("sex", "sex"), Name)
    assert languages(as_translated("sex", Translated("Sex", {"zh": "性别"}))) == {"en": "sex", "zh": "性别"}

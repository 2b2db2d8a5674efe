"""crows_pairs speaks English and Chinese: in what it finds, in the document and back from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from golden.reading import forms, other_of
from golden.sample import sample
from replay.recording import read, replay

from fairwitness.audit import document
from fairwitness.audit.document import serialization
from fairwitness.audit.probe import Findings, find
from fairwitness.audit.records import Measured, ProbeSpec, Translated, languages
from fairwitness.probes.kit.sentences.scores import CAUSAL, MASKED
from fairwitness.reports import i18n
from fairwitness.reports.html import render

RECORDINGS = Path(__file__).parents[3] / "replay" / "recordings"
CASES = sorted(path.name for path in RECORDINGS.glob("crows_pairs-*"))


def texts(spec: ProbeSpec, findings: Findings) -> Iterator[str]:
    """All that a reader sees of the probe but units, names of groups and cells."""
    yield from (spec.title, spec.question, spec.why, spec.how_to_read, *spec.limits)
    yield from (need.what for need in spec.data)
    yield from (metric.claim for metric in findings.metrics)
    yield from findings.notes
    for table in findings.evidence:
        yield from (table.caption, *(column.name for column in table.columns))


@pytest.mark.proof
@pytest.mark.parametrize("name", CASES)
def test_every_text_is_there_in_chinese(name: str) -> None:
    findings = replay(read(RECORDINGS / name))
    seen = list(texts(find("crows_pairs").spec, findings))
    assert len(seen) > 60
    english = {text for text in seen if set(languages(text)) != {"en", "zh"}}
    assert english <= {*MASKED, *CAUSAL}  # columns that are called as a score is
    claims = [languages(metric.claim)["zh"] for metric in findings.metrics]
    assert all("{" not in claim and claim.endswith("。") for claim in claims)


@pytest.mark.proof
def test_the_page_shows_both_languages_by_its_switch() -> None:
    findings = replay(read(RECORDINGS / CASES[0]))
    measured = Measured(
        probe=find("crows_pairs").spec,
        metrics=tuple(findings.metrics),
        evidence=tuple(findings.evidence),
        requests=1,
        unanswered=0,
        notes=tuple(findings.notes),
    )
    audit = replace(sample(), results=(measured,), verdicts=())
    back = serialization.from_dict(document.to_json(audit))
    english, chinese = render(back), render(back, language="zh")
    title = languages(measured.probe.title)
    assert other_of(english, title["en"]) == title["zh"]
    assert other_of(chinese, title["zh"]) == title["en"]
    spoken = [form.replace("\u00a0%", "%") for form in forms(english)]
    for text in (measured.metrics[0].claim, measured.evidence[0].caption, measured.notes[-1], measured.probe.limits[0]):
        assert any(languages(text)["zh"].rstrip("。").replace(" %", "%") in form for form in spoken)
    assert "分数" in spoken


def test_a_text_that_steers_the_page_is_escaped_in_every_language() -> None:
    hostile = Translated("a \x1b[31m<b>", {"zh": '\u202e"><script>'})
    assert i18n.said("<b>") == "&lt;b&gt;"
    for language, said, other in (("en", "a &lt;b&gt;", '"><script>'), ("zh", "&#34;&gt;&lt;script&gt;", "a <b>")):
        with i18n.speaking(language) as page:
            assert i18n.said(hostile) == f"<span data-o=0>{said}</span>"
            assert i18n.attribute("title", hostile) == f'title="{said}" data-o-title=0'
        assert list(page.forms) == [other]
    first = sample().results[0]
    assert isinstance(first, Measured)
    drawn = render(replace(sample(), results=(replace(first, notes=(hostile,)),), verdicts=()))
    assert drawn.count("<script>") == drawn.count("</script>") == 1
    assert '"><script>' in forms(drawn)

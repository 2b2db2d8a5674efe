"""Taggers explained: what is asked of which word, and whether a tag hangs on the name, its context or its capitals."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import name_taggers
import pytest
from explained_texts import evidence, measure, metrics, own, value
from standins.explanations import by_name

import fairwitness
from fairwitness.audit.probe import DoesNotApply
from fairwitness.audit.records import Undefined
from fairwitness.audit.requests import Answer, Attribute, Attribution, OfTag, Request, TagTokens
from fairwitness.probes.explanation.attribution.items import Sentence
from fairwitness.probes.explanation.attribution.probe import PROBE
from fairwitness.probes.explanation.attribution.tagged import moved

BOTH = ("Attribute", "TagTokens")


def test_the_name_is_explained_for_the_tag_that_names_have() -> None:
    findings, asked = measure(by_name, BOTH, randomised=0)
    targets = {request.text: request.target for request in asked if isinstance(request, Attribute)}
    text = "Nobody had seen Carrie since Monday."
    assert targets[text] == OfTag("PER", text.index("Carrie"), text.index("Carrie") + len("Carrie"))
    other = text.replace("Carrie", "Tanisha")
    assert targets[other] == OfTag("PER", text.index("Carrie"), text.index("Carrie") + len("Tanisha"))
    assert {len(request.asked) for request in asked if isinstance(request, TagTokens)} == {0, 1}
    assert len(evidence(findings, "tags").rows) == 8
    assert any("PER" in note for note in findings.notes)


def test_what_hangs_on_the_name_and_what_on_its_capital_letter_is_told() -> None:
    findings, _ = measure(by_name, BOTH, randomised=0, methods=["leave_one_out"])
    rows = evidence(findings, "tags").rows
    words = {len(row[0].split()) for row in rows if isinstance(row[0], str)}
    assert words == {6, 7}
    form = value(findings, "word_less_context", "leave-one-out")
    assert 4 - 0.5 * 6 < form.value < 4 - 0.5 * 5  # |-4| of the name less 0.5 of each of five or six other words
    assert form.low > 0
    assert value(findings, "capitals_effect", "").value == pytest.approx(5)


def test_a_model_whose_card_failed_tells_nothing_of_form_and_context() -> None:
    def incomplete(request: Request) -> Answer:
        answer = by_name(request)
        return replace(answer, residual=answer.full / 2) if isinstance(answer, Attribution) else answer

    findings, _ = measure(incomplete, BOTH, randomised=0, methods=["integrated_gradients"])
    estimate = metrics(findings, "word_less_context")["integrated gradients"].estimate
    assert isinstance(estimate, Undefined)
    assert estimate.kind == "not_interpretable"


def test_texts_of_a_user_without_a_name_are_explained_at_the_first_span() -> None:
    table = own(text=("We met Ann there.", "Then it rained.", "So said Bob again."))
    findings, asked = measure(by_name, BOTH, table, randomised=0, rewrites=False, methods=["leave_one_out"])
    targets = {request.text: request.target for request in asked if isinstance(request, Attribute)}
    assert targets == {"We met Ann there.": OfTag("PER", 7, 10), "So said Bob again.": OfTag("PER", 8, 11)}
    assert any(note.startswith("1 texts name no word") for note in findings.notes)


def test_where_nothing_is_tagged_there_is_nothing_to_explain_but_a_named_tag() -> None:
    table = own(text=("we met ann there.", "so said bob."), word=("ann", "bob"))
    with pytest.raises(DoesNotApply, match="marks nothing in the 2 texts"):
        measure(by_name, BOTH, table)
    _, asked = measure(by_name, BOTH, table, label="PER", randomised=0)
    assert {request.target for request in asked if isinstance(request, Attribute)} >= {OfTag("PER", 7, 10)}


def test_a_tag_is_found_again_in_a_rewrite_or_left_out() -> None:
    text = "It did not please Ann Walsh."
    sentence = Sentence(text, text.index("Ann"), text.index("."))
    target = OfTag("PER", sentence.start, sentence.start + 3)
    assert moved(target, sentence, text.replace("did not", "didn't")) == OfTag("PER", 17, 20)
    assert moved(target, sentence, "Ann Walsh and Ann Walsh") is None
    assert moved(target, sentence, "It did not please Lakisha Jones.") == OfTag("PER", 18, 25)


@pytest.mark.proof
def test_a_tagger_that_learnt_names_by_heart_is_seen_to_do_so(tmp_path: Path) -> None:
    """Its names are tokens of their own: all of the tag comes from them, and in lower case they are unknown."""
    folder = name_taggers.saved(tmp_path / "tagger", lambda name, group: group == name_taggers.GROUP)
    report = fairwitness.run(str(folder), probes="attribution", offline=True, quiet=True, out=str(tmp_path / "run"))
    [result] = report.audit.results
    named = {(one.name, *one.variant.values()): one for one in result.metrics}  # type: ignore[union-attr]
    share = named["word_share", "SHAP"].estimate
    assert not isinstance(share, Undefined)
    assert share.low > 0.8
    left = named["unexplained", "integrated gradients"].estimate
    assert not isinstance(left, Undefined)
    assert left.high < 0.01


def test_taggers_that_tell_log_odds_are_asked_and_others_are_not() -> None:
    assert ("Attribute", "TagTokens") in PROBE.spec.needs

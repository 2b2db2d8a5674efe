"""Mentions: counts by hand, the peer's numbers on the same texts, validity checks, the design of the beginnings."""

from __future__ import annotations

import math
from collections import Counter
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from mentions import LISTS, MAN, NEEDS, NOBODY, WOMAN, share_of, writer

from fairwitness.audit.probe import DoesNotApply, Findings
from fairwitness.audit.records import Evidence, Table, Undefined
from fairwitness.audit.requests import Answer, Generate, Generated, LogLikelihood, Request, TokenScores, Unanswered
from fairwitness.probes.bias.mentions.counting import Counts, count, firsts, lists_of
from fairwitness.probes.bias.mentions.items import begun, controls_of, people_of
from fairwitness.probes.bias.mentions.probe import PROBE
from fairwitness.probes.kit.occupations import occupations_of
from fairwitness.probes.kit.templates import templates_of
from organisms import Answerer, context, drive, metric, packaged, table, value
from peers import fairlms

CA = "definition/decoder_only/intrinsic_bias/stereotypical_association/ca/ca.py"
DRD = "definition/decoder_only/extrinsic_bias/demographic_representation/drd/drd.py"
DNP = "definition/decoder_only/extrinsic_bias/demographic_representation/dnp/dnp.py"


def found_by(answer: Answerer, seed: int = 0, **options: Any) -> Findings:
    return drive(PROBE, context(PROBE, ["Generate", "LogLikelihood"], seed=seed, **({"limit": 12} | options)), answer)


def shown(found: Findings, name: str) -> Evidence:
    [one] = [one for one in found.evidence if one.id == name]
    return one


def varied(prompt: str, woman: bool) -> str:
    """Texts with one to four gendered words, capitals, apostrophes and compounds among them."""
    at = len(prompt) % 4
    women = (" She's late.", " her mother-in-law was ill.", " the woman and her son left.", " SHE told herself so.")
    men = (" He's late.", " his father was ill.", " the man and his wife left.", " HE told himself so.")
    return (women if woman else men)[at]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" her husband was ill, she said.", Counts(2, 1, 1)),
        ("He’s HIS own man.", Counts(0, 3, -1)),
        (" the mother-in-law of a gentleman", Counts(1, 1, 1)),
        (" nobody there, whether here or there; shed, heap, human, womanly.", Counts(0, 0, 0)),
        ("", Counts(0, 0, 0)),
    ],
)
def test_words_are_counted_whole(text: str, expected: Counts) -> None:
    assert count(text, LISTS.gendered) == expected


def listed(**changed: str) -> Table:
    """Words of a user's: one of every list, with some changed."""
    words = {"women": "Mother", "men": "Mr", "first": "This", "second": "THAT", "next": "Mrs"} | changed
    rows = [
        *(("counted", group, words[group]) for group in ("women", "men")),
        *(("control", group, words[group]) for group in ("first", "second")),
        ("next", "women", words["next"]),
    ]
    return table("mentions_words", dict(zip(("use", "group", "word"), zip(*rows, strict=True), strict=True)))


def test_ms_is_a_title_with_its_capital_and_a_unit_of_time_without() -> None:
    assert count(" it took 20 ms, and MS is an illness.", LISTS.gendered) == Counts(0, 0, 0)
    assert count(" Ms Ray and Mr Ray, MRS Ray and mr ray", LISTS.gendered) == Counts(2, 2, 1)


def test_listed_words_count_whatever_their_capitals_and_next_words_are_asked_as_written() -> None:
    lists = lists_of(listed())
    assert count(" that mother and MR Smith, Mother of this one", lists.gendered) == Counts(2, 1, 1)
    assert firsts(" that mother and this one", lists.control) == (-1,)
    assert lists.next_words == ("Mrs",)


@pytest.mark.parametrize("word", ["step-mother", "old man", " he", "he's", "sir2"])
def test_an_entry_that_could_never_be_counted_is_refused_by_its_row(word: str) -> None:
    with pytest.raises(DoesNotApply, match="row 2 of the words is no single word") as caught:
        lists_of(listed(men=word))
    assert word not in str(caught.value)
    assert lists_of(listed(next=word)).next_words == (word,)


@pytest.mark.slow
def test_every_number_by_hand_of_a_writer_who_knows_only_men() -> None:
    found = found_by(writer(lambda _: 0.0, silent=0.0, text=lambda prompt, _: f" he lost {'a key' * len(prompt)}."))
    for what in ("words", "first word"):
        gap = value(found, "representation_gap", counted=what)
        assert (gap.value, gap.low) == (-0.5, -0.5)
        assert -0.5 < gap.high < -0.1
    assert value(found, "association").value == 0.5
    beyond = value(found, "association_less_chance")
    assert beyond.value == 0  # all alike: no occupation differs from another
    assert value(found, "mention_share").value == 1
    slope = metric(found, "stereotype_slope").estimate
    assert isinstance(slope, Undefined)
    assert slope.kind == "not_interpretable"  # a man whoever it is about: nothing was decided by the occupation
    assert isinstance(metric(found, "share_correlation").estimate, Undefined)


@pytest.mark.slow
def test_gaps_and_associations_are_those_of_the_peer_on_the_same_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")
    drd, ca = fairlms(DRD, monkeypatch), fairlms(CA, monkeypatch)
    texts: list[str] = []
    by_job: dict[str, list[str]] = {}
    told = writer(lambda prompt: 0.2 + 0.6 * share_of(prompt), text=varied)

    def listening(request: Request) -> Answer:
        said = told(request)
        if isinstance(request, Generate) and isinstance(said, Generated) and request.temperature > 0:
            texts.append(said.text)
            by_job.setdefault(request.prompt, []).append(said.text)
        return said

    found = found_by(listening)
    women, men = (sorted(group) for group in LISTS.gendered)
    given = iter(texts)
    monkeypatch.setattr(drd, "generate", lambda *_: next(given))
    score, _, _, _ = drd.compute_drd(None, None, texts, women, men)
    gap = value(found, "representation_gap", counted="words").value
    assert abs(gap) == pytest.approx(score, abs=6e-5)
    jobs = [one.word for one in occupations_of(packaged(NEEDS["occupations"]), "en", 12)]
    monkeypatch.setattr(
        ca,
        "generate",
        lambda _m, _t, prompt, n_samples: [
            text for begin, some in by_job.items() if f"the {prompt}" in begin.lower() for text in some
        ],
    )
    mean, valid, _ = ca.compute_ca(None, None, jobs, "{concept}", {"women": women, "men": men})
    assert value(found, "association").value == pytest.approx(mean, abs=6e-5)
    assert valid == value(found, "association").n


@pytest.mark.proof
def test_next_words_are_those_of_the_peer(monkeypatch: pytest.MonkeyPatch) -> None:
    """A model whose vocabulary is the listed words: every word is one token, as the peer takes for granted."""
    torch = pytest.importorskip("torch")
    dnp = fairlms(DNP, monkeypatch)
    words = list(LISTS.next_words)
    told = writer(lambda prompt: 0.1 + 0.8 * share_of(prompt), silent=0.0)
    prompts: list[str] = []

    def logits(prompt: str) -> Any:
        said = [told(LogLikelihood(prompt, f" {word}")) for word in words]
        return torch.tensor([one.total for one in said if isinstance(one, TokenScores)], dtype=torch.float64)

    def listening(request: Request) -> Answer:
        if isinstance(request, Generate) and request.temperature == 0:
            prompts.append(request.prompt)
        if isinstance(request, LogLikelihood) and request.continuation.strip() in words:
            row = logits(request.context).log_softmax(-1)
            return TokenScores((float(row[words.index(request.continuation.strip())]),), (False,), (0,))
        return told(request)

    class Model:
        device = "cpu"

        def __call__(self, ids: Any, **_: Any) -> Any:
            return SimpleNamespace(logits=logits(prompts[int(ids[0, 0])])[None, None])

    def encode(text: str, **given: Any) -> Any:
        return torch.tensor([[prompts.index(text)]]) if given.get("return_tensors") else [words.index(text.strip())]

    found = found_by(listening)
    groups = [list(LISTS.next[name]) for name in ("women", "men", "neutral")]
    means = dnp.compute_dnp(Model(), SimpleNamespace(encode=encode), prompts, *groups)[:3]
    # the peer weighs beginnings alike, here families weigh alike: with equally many of each these are the same
    sizes = Counter(row[1] for row in shown(found, "next_words").rows)
    assert set(sizes.values()) == {1}
    for name, mean in zip(("women", "men", "neutral"), means, strict=True):
        assert value(found, "next_word_share", group=name).value == pytest.approx(mean, abs=1e-4)
    gap = value(found, "next_word_gap").value
    assert gap == pytest.approx(means[0] - means[1], abs=2e-4)


@pytest.mark.slow
def test_a_slope_by_hand() -> None:
    """The next word's lean is half of 2 × share - 1 (half is for nobody): a slope of one."""
    found = found_by(writer(share_of, silent=0.0))
    tiny = 15e-4 / 0.8  # the other fifteen words
    assert value(found, "next_word_slope").value == pytest.approx(1 / (1 + tiny), rel=1e-3)


def test_every_person_meets_other_families_and_every_family_all_shares() -> None:
    people = people_of(packaged(NEEDS["occupations"]), packaged(NEEDS["mentions_people"]), None)
    sentences = templates_of(packaged(NEEDS["mentions_prompts"]), "beginnings")
    assert (len(people), len(sentences)) == (66, 72)
    openings, families = begun(people, sentences, 8, seed=3), Counter[str]()
    for each in (1, 4, 8):
        openings = begun(people, sentences, each, seed=3)
        assert len(openings) == 66 * each
        families = Counter(one.template.family for one in openings)
        assert max(families.values()) - min(families.values()) <= 3
        assert len({(one.person, one.template.family) for one in openings}) == len(openings)
    for family in families:
        shares = [
            one.person.share for one in openings if one.template.family == family and one.person.share is not None
        ]
        assert min(shares) < 0.1
        assert max(shares) > 0.9
    assert begun(people, sentences, 4, 0) != begun(people, sentences, 4, 1)


def test_beginnings_name_no_gender_and_plain_ones_do() -> None:
    sentences = templates_of(packaged(NEEDS["mentions_prompts"]), "beginnings")
    assert len({one.family for one in sentences}) == 24
    for one in sentences:
        assert count(one.text, LISTS.gendered) == Counts(0, 0, 0)
        assert "{person}" in one.text
        assert not one.text.endswith(" ")
    plain = controls_of(packaged(NEEDS["mentions_people"]), sentences)
    assert Counter(one.expected for one in plain) == {"she": 96, "he": 96}
    assert not LISTS.gendered[0] & LISTS.gendered[1]
    control = [word for pair in LISTS.control for word in pair]
    assert len(set(control)) == len(control) == 2 * 31
    assert not (LISTS.gendered[0] | LISTS.gendered[1]) & set(control)


def _undefined(found: Findings) -> list[str]:
    return [one.name for one in found.metrics if isinstance(one.estimate, Undefined)]


WRITTEN = {"representation_gap", "association", "association_less_chance", "stereotype_slope", "share_correlation"}


@pytest.mark.slow
def test_nobody_named_is_not_measured_and_never_an_even_split() -> None:
    told = writer(lambda _: 0.5)

    def answer(request: Request) -> Answer:
        if isinstance(request, Generate):
            return Generated(f" it rained on {len(request.prompt)} roofs.", 5)
        return told(request)

    found = found_by(answer)
    assert set(_undefined(found)) >= WRITTEN
    assert "only 0 of" in str(metric(found, "representation_gap", counted="words").estimate)
    assert value(found, "mention_share").value == 0
    assert isinstance(value(found, "next_word_gap").value, float)


@pytest.mark.slow
def test_who_gets_plain_pronouns_wrong_is_not_measured() -> None:
    found = found_by(writer(lambda _: 0.5, plain=False))
    assert "pronouns are right where the noun decides" in str(metric(found, "next_word_gap").estimate)
    assert set(_undefined(found)) == {one.name for one in found.metrics} - {"control_accuracy", "mention_share"}


@pytest.mark.proof
@pytest.mark.parametrize("broken", [Unanswered("broken"), TokenScores((math.nan,), (False,), (0,))])
def test_next_words_without_an_answer_are_not_measured_and_what_was_written_is(broken: Answer) -> None:
    told = writer(lambda _: 0.5)

    def answer(request: Request) -> Answer:
        own = isinstance(request, LogLikelihood) and request.continuation == " they"
        return broken if own else told(request)

    found = found_by(answer)
    assert "have no answer for every word" in str(metric(found, "next_word_gap").estimate)
    assert value(found, "mention_share").value > 0.5
    assert value(found, "representation_gap", counted="words").n == 24


@pytest.mark.slow
def test_repeated_and_missing_continuations_fail_the_validity_check() -> None:
    told = writer(lambda _: 0.5)
    for said in (Generated(" he he he he he", 5), Unanswered("broken")):

        def answer(request: Request, said: Answer = said) -> Answer:
            return said if isinstance(request, Generate) else told(request)

        found = found_by(answer)
        assert "validity_check" in str(metric(found, "representation_gap", counted="words").estimate)


@pytest.mark.slow
def test_the_words_first_written_decide_what_a_text_is_about() -> None:
    """Texts in which a woman's husband is named: half of the words are for men, and all texts are about women."""
    found = found_by(writer(lambda _: 1.0, silent=0.0, text=lambda prompt, _: f" her husband was {prompt[:9]}."))
    assert value(found, "representation_gap", counted="words").value == 0
    assert value(found, "representation_gap", counted="first word").value == 0.5
    row = shown(found, "words").rows
    assert {(one[0], one[1]) for one in row if one[2]} == {("her", "women"), ("husband", "men")}
    assert len({one[2] for one in row if one[2]}) == 1


def test_greedy_texts_are_shown_and_not_counted() -> None:
    def answer(request: Request) -> Answer:
        if isinstance(request, Generate):
            return Generated(WOMAN if request.temperature == 0 else f"{MAN[:-1]} {request.prompt[:9]}", 5)
        return writer(lambda _: 0.5)(request)

    found = found_by(answer, samples=1, limit=4)
    assert value(found, "representation_gap", counted="words").value == -0.5
    hows = Counter(row[3] for row in shown(found, "continuations").rows)
    assert hows == {"greedy": 96, "sample 1": 96}
    assert NOBODY not in {row[2] for row in shown(found, "continuations").rows}
    assert np.isfinite([float(str(row[8])) for row in shown(found, "people").rows]).all()

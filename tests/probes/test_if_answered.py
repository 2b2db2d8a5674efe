"""Where values could lie had all been answered: the ends that are stored are those of every completion, one by one."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from itertools import product
from typing import TypeVar

import pytest
from standins.known_texts import invented

from coreference import Reader, bug_table, gap_table, noise, stereotyped, winobias_table, winogender_table
from fairwitness.audit.datasets import find
from fairwitness.audit.probe import Context, Probe
from fairwitness.audit.requests import (
    Answer,
    Filled,
    FillMask,
    LogLikelihood,
    PseudoLogLikelihood,
    Request,
    TokenScores,
    Unanswered,
)
from fairwitness.probes.bias.bec_pro.items import read_lines
from fairwitness.probes.bias.bec_pro.probe import PROBE as BEC_PRO
from fairwitness.probes.bias.bug.items import sentences as bug_sentences
from fairwitness.probes.bias.bug.probe import PROBE as BUG
from fairwitness.probes.bias.crows_pairs.probe import PROBE as CROWS
from fairwitness.probes.bias.gap.items import read_items as gap_items
from fairwitness.probes.bias.gap.probe import PROBE as GAP
from fairwitness.probes.bias.pairs.probe import PROBE as PAIRS
from fairwitness.probes.bias.stereoset.probe import PROBE as STEREOSET
from fairwitness.probes.bias.winobias.items import read_pairs as winobias_pairs
from fairwitness.probes.bias.winobias.probe import PROBE as WINOBIAS
from fairwitness.probes.bias.winogender.items import pairs_of as winogender_pairs
from fairwitness.probes.bias.winogender.probe import PROBE as WINOGENDER
from fairwitness.probes.kit.coreference.pairs import Pair
from fairwitness.probes.kit.coreference.questions import Question
from fairwitness.probes.kit.sentences.pairs import OUR_PAIRS, our_pairs
from fairwitness.probes.memorization.known_texts.probe import PROBE as MEMORIZATION
from organisms import context, drive, table, value
from sentence_pairs import Reader as Sentences
from sentence_pairs import crows_table, pairs_table, professions_table, stereoset_table

Answerer = Callable[[Request], Answer]
Choice = TypeVar("Choice")
SOUND = [pair.more for pair in our_pairs(find(OUR_PAIRS), "en", "competence")]


def held(
    probe: Probe,
    ctx: Context,
    name: str,
    deaf: Answerer,
    completed: Callable[[Sequence[Choice]], Answerer],
    choices: Sequence[Choice],
    lost: int = 2,
    **by: str,
) -> None:
    """The ends of what was answered in part are the lowest and highest value of all completions."""
    ends = value(drive(probe, ctx, deaf), name, **by).if_answered
    found = [value(drive(probe, ctx, completed(one)), name, **by).value for one in product(choices, repeat=lost)]
    assert min(found) < max(found)
    assert ends == pytest.approx((min(found), max(found)))


@pytest.mark.proof
@pytest.mark.parametrize("name", ["winobias", "winogender"])
def test_gaps_of_pairs(name: str) -> None:
    if name == "winobias":
        probe: Probe = WINOBIAS
        data = winobias_table()
        own = winobias_pairs(data, WINOBIAS.options.model_validate({}), {})[0]
    else:
        probe, data = WINOGENDER, winogender_table({f"worker{at}": 2.5 + 5 * at for at in range(20)})
        own = winogender_pairs(data, WINOGENDER.options.model_validate({}))
    ctx = Context(
        seed=0, options=probe.options.model_validate({}), capabilities=frozenset(("LogLikelihood",)), data={name: data}
    )
    lost = [own[3], own[8]]
    texts = [side.text for pair in lost for side in (pair.pro, pair.anti)]
    plain = stereotyped(0.2)

    def completed(rights: Sequence[tuple[bool, ...]]) -> Answerer:
        def margin(pair: Pair, question: Question, wording: int) -> float:
            for at, one in enumerate(lost):
                if pair == one and question in (one.pro, one.anti):
                    return 1.0 if rights[at][question == one.anti] else -1.0
            return plain(pair, question, wording)

        return Reader(own, margin)

    def deaf(request: Request) -> Answer:
        said = f"{getattr(request, 'context', '')}{getattr(request, 'continuation', '')}"
        return Unanswered("lost") if any(text in said for text in texts) else completed([(True, True)] * 2)(request)

    held(probe, ctx, "gap", deaf, completed, list(product((True, False), repeat=2)))
    groups = {pair.group for pair in lost}
    if len(groups) == 2:
        ends = value(drive(probe, ctx, deaf), "gap", group=lost[0].group).if_answered
        assert ends is not None
        assert ends[1] - ends[0] == pytest.approx(2 / sum(pair.group == lost[0].group for pair in own))


@pytest.mark.proof
def test_the_accuracy_gap_of_gap() -> None:
    data = gap_table()
    items = gap_items(data)
    meant = [one for one in items if one.truth is not None]
    lost = [next(one for one in meant if one.gender == gender) for gender in ("feminine", "masculine")]
    ctx = Context(
        seed=0, options=GAP.options.model_validate({}), capabilities=frozenset(("LogLikelihood",)), data={"gap": data}
    )

    def completed(rights: Sequence[bool]) -> Answerer:
        known: dict[Request, Answer] = {}
        for item in items:
            right = rights[lost.index(item)] if item in lost else noise(0, item.key) > -1
            first = right == (item.truth != 1)
            for request, score in zip(item.requests("causal"), (float(first), 0.5), strict=True):
                known[request] = TokenScores((score,), (False,), (0,))
        return known.__getitem__

    gone = {request for item in lost for request in item.requests("causal")}

    def deaf(request: Request) -> Answer:
        return Unanswered("lost") if request in gone else completed([True, True])(request)

    held(GAP, ctx, "accuracy_gap", deaf, completed, (True, False))


@pytest.mark.proof
def test_the_gap_of_bug() -> None:
    data = bug_table()
    lost = [item for item, _ in bug_sentences(data)][5:8]
    ctx = Context(
        seed=0, options=BUG.options.model_validate({}), capabilities=frozenset(("FillMask",)), data={"bug": data}
    )

    def completed(rights: Sequence[bool]) -> Answerer:
        def answer(request: Request) -> Answer:
            assert isinstance(request, FillMask)
            own = request.targets[0]
            own_is_right = noise(0, request.text, own) > -0.5
            for at, item in enumerate(lost):
                if (item.pronoun, item.before) == (own, request.text[: len(item.before)]):
                    own_is_right = rights[at]
            if "The woman" in request.text or "The man" in request.text:
                own_is_right = True
            return Filled((0.0, -1.0) if own_is_right else (-1.0, 0.0), (1, 1))

        return answer

    def deaf(request: Request) -> Answer:
        assert isinstance(request, FillMask)
        is_lost = any(
            (item.pronoun, item.before) == (request.targets[0], request.text[: len(item.before)]) for item in lost
        )
        return Unanswered("lost") if is_lost else completed([True] * 3)(request)

    held(BUG, ctx, "gap", deaf, completed, (True, False), 3)


def number(text: str) -> int:
    return int("".join(letter for letter in text if letter.isdigit()) or -1)


@pytest.mark.proof
@pytest.mark.parametrize(("probe", "name"), [(CROWS, "crows_pairs"), (PAIRS, "pairs"), (PAIRS, "templates")])
def test_scores_of_pairs(probe: Probe, name: str) -> None:
    frames = {"template": [f"frame {at // 7}" for at in range(60)]} if name == "templates" else {}
    data = {"crows_pairs": crows_table(60)} if probe is CROWS else {"pairs": pairs_table(60, **frames)}
    ctx = context(probe, ["LogLikelihood"], data)
    lost = (4, 20)

    def completed(blue: Sequence[bool]) -> Answerer:
        def worth(text: str) -> float:
            at = number(text)
            up = blue[lost.index(at)] if at in lost else at % 3 > 0
            return -30.0 + (3.0 if up else -3.0) * (" blue " in text) + 10.0 * (text in SOUND)

        return Sentences(worth)

    def deaf(request: Request) -> Answer:
        gone = number(str(getattr(request, "continuation", ""))) in lost
        return Unanswered("lost") if gone else completed([True, True])(request)

    held(probe, ctx, "stereotype_score", deaf, completed, (True, False))
    held(probe, ctx, "category_score", deaf, completed, (True, False), category="shade")


@pytest.mark.slow
def test_scores_of_stereoset() -> None:
    ctx = context(STEREOSET, ["LogLikelihood"], {"stereoset": stereoset_table(12, 4)})
    lost = (5, 9)

    def completed(blue: Sequence[bool]) -> Answerer:
        def worth(text: str) -> float:
            at = number(text)
            up = blue[lost.index(at)] if at in lost else at % 3 > 0
            return -40.0 * ("xyzzy" in text) + (3.0 if up else -3.0) * ("blue" in text) - 10.0

        return Sentences(worth)

    def deaf(request: Request) -> Answer:
        gone = number(str(getattr(request, "continuation", ""))) in lost
        return Unanswered("lost") if gone else completed([True, True])(request)

    held(STEREOSET, ctx, "stereotype_score", deaf, completed, (True, False))


@pytest.mark.slow
def test_effects_of_bec_pro_take_the_worst_that_was_seen() -> None:
    data = professions_table()
    lines = read_lines(data)[0]
    lost = [lines[at] for at in (2, 13)]
    ctx = context(BEC_PRO, ("FillMask", "PseudoLogLikelihood"), {"bec_pro_en": data})

    def association(person: str, text: str) -> float:
        return noise(3, person, text)

    whole = [(line, line.masked()[0]) for line in lines]
    seen = [association(line.person, text) for line, text in whole if line not in lost]

    def completed(values: Sequence[float]) -> Answerer:
        def answer(request: Request) -> Answer:
            if isinstance(request, PseudoLogLikelihood):
                return Sentences(lambda text: -30.0 + 10.0 * (text in SOUND))(request)
            assert isinstance(request, FillMask)
            bare = request.text not in {text for _, text in whole}
            scores = [0.0 if bare else association(person, request.text) for person in request.targets]
            for at, line in enumerate(lost):
                if line.masked()[0] == request.text and line.person in request.targets:
                    scores[request.targets.index(line.person)] = values[at]
            return Filled(tuple(scores), (1,) * len(scores))

        return answer

    held(BEC_PRO, ctx, "stereotype_effect", completed([math.nan] * 2), completed, (min(seen), max(seen)))


@pytest.mark.proof
def test_the_share_of_own_texts() -> None:
    own = [f"Brass heron number {at} owed the ferry clerk {invented(at, 30)}" for at in range(40)]
    ctx = context(MEMORIZATION, ["LogLikelihood"], {"texts": table("texts", {"text": own})})
    lost = own[7:9]

    def completed(known: Sequence[bool]) -> Answerer:
        by_text = dict(zip(lost, known, strict=True)) | {own[0]: True}

        def answer(request: Request) -> Answer:
            assert isinstance(request, LogLikelihood)
            text = request.continuation
            words = list(re.finditer(r"\S+", text))[1:]
            hits = tuple(by_text.get(text, at % 4 == 0) for at in range(len(words)))
            starts = tuple(word.start() for word in words)
            return TokenScores((-1.0,) * len(words), hits, starts)

        return answer

    def deaf(request: Request) -> Answer:
        gone = getattr(request, "continuation", "") in lost
        return Unanswered("lost") if gone else completed([True, True])(request)

    held(MEMORIZATION, ctx, "own_share_above", deaf, completed, (True, False))

"""A part that fails does not take the rest: the others are measured, and what is missing is named with its remedy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Self

import pytest
from bad_input import Model
from labels import labels_of
from standins.explanations import attribution, by_people, pulled_by

from fairwitness.audit import policy, runner
from fairwitness.audit.datasets import find
from fairwitness.audit.engine import Engine
from fairwitness.audit.probe import Context, Options, Probe
from fairwitness.audit.records import (
    Audit,
    Cell,
    Estimate,
    Evidence,
    Failed,
    Measured,
    Metric,
    ProbeResult,
    Table,
    Undefined,
)
from fairwitness.audit.requests import (
    Answer,
    Attribute,
    Attribution,
    Classify,
    ClassScores,
    PseudoLogLikelihood,
    Request,
    TokenScores,
    Unanswered,
    UnmaskedLikelihood,
)
from fairwitness.audit.runner.data_binding import BoundData
from fairwitness.audit.subject import Ask, Subject
from fairwitness.probes.bias.counterfactual.probe import OWN
from fairwitness.probes.bias.counterfactual.probe import PROBE as COUNTERFACTUAL
from fairwitness.probes.bias.crows_pairs.probe import PROBE as CROWS
from fairwitness.probes.bias.pairs.probe import PROBE as PAIRS
from fairwitness.probes.bias.stereoset.probe import PROBE as STEREOSET
from fairwitness.probes.explanation.attention.probe import PROBE as ATTENTION
from fairwitness.probes.explanation.attribution.missing import Missing, missing_of
from fairwitness.probes.explanation.attribution.probe import PROBE as ATTRIBUTION
from fairwitness.probes.fairness.group_fairness import PROBE as FAIRNESS
from fairwitness.probes.kit import left_out
from fairwitness.probes.kit.sentences.pairs import OUR_PAIRS, our_pairs
from organisms import Answerer, context, drive, table
from sentence_pairs import crows_table, pairs_table, planted, stereoset_table

SOUND = [pair.more for pair in our_pairs(find(OUR_PAIRS), "en", "competence")]
MASKED = ("PseudoLogLikelihood", "UnmaskedLikelihood")


class Told:
    """Explains by the rule itself, without asking a model."""

    def __init__(self, answer: Answerer) -> None:
        self.answer = answer

    def about(self, subject: Subject) -> Self:
        """The same: the rule is that of no subject."""
        return self

    def explain(self, requests: Sequence[Attribute], ask: Ask) -> list[Attribution | Unanswered]:
        """One answer per request."""
        found = [self.answer(request) for request in requests]
        return [one for one in found if isinstance(one, Attribution | Unanswered)]


def audited(probe: Probe, ctx: Context, answer: Answerer) -> tuple[Audit, ProbeResult]:
    """The document of a run of one probe, and its result."""
    model = Model(answer, (*sorted(ctx.capabilities),))
    chosen: list[tuple[Probe, Options]] = [(probe, ctx.options)]
    supplied = {probe.spec.name: BoundData(ctx.data)}
    audit = runner.run(chosen, Engine(model, explainer=Told(answer)), model.info, supplied, {}, *policy.load(None))
    return audit, audit.results[0]


def measured(probe: Probe, ctx: Context, answer: Answerer) -> Measured:
    _, result = audited(probe, ctx, answer)
    assert isinstance(result, Measured), result
    return result


def of(result: Measured, name: str, **by: str) -> Metric:
    [found] = [one for one in result.metrics if one.name == name and labels_of(one) == by]
    return found


def evidence(result: Measured, name: str) -> Evidence:
    [found] = [one for one in result.evidence if one.id == name]
    return found


class TestScores:
    """A score of sentences that a model does not give."""

    @staticmethod
    def without_maps(request: Request) -> Answer:
        scores = planted(5.0, sound=SOUND)(request)
        assert isinstance(scores, TokenScores)
        return replace(scores, weights=()) if isinstance(request, UnmaskedLikelihood) else scores

    @staticmethod
    def without_unmasked(request: Request) -> Answer:
        if isinstance(request, UnmaskedLikelihood):
            return Unanswered("IndexError: index 9 is out of bounds in 'The blue one'")
        return planted(5.0, sound=SOUND)(request)

    @pytest.mark.proof
    @pytest.mark.parametrize("probe", [CROWS, PAIRS, STEREOSET], ids=lambda one: one.spec.name)
    def test_that_needs_attention_maps_is_named_and_the_others_are_read(self, probe: Probe) -> None:
        data = {"crows_pairs": crows_table(60), "pairs": pairs_table(60), "stereoset": stereoset_table()}
        result = measured(probe, context(probe, MASKED, data), self.without_maps)
        assert isinstance(of(result, "stereotype_score").estimate, Estimate) or probe is STEREOSET
        assert isinstance(of(result, "other_score", score="aul").estimate, Estimate) or probe is STEREOSET
        none = of(result, "other_score", score="aula")
        assert isinstance(none.estimate, Undefined)
        assert "no attention maps, which the score aula needs" in none.estimate.reason
        assert "the option scores" in none.claim
        assert any("have no score aula" in note for note in result.notes)
        assert result.unanswered == 0

    @pytest.mark.parametrize("probe", [CROWS, PAIRS], ids=lambda one: one.spec.name)
    @pytest.mark.proof
    def test_whose_requests_all_fail_do_not_fail_the_probe(self, probe: Probe) -> None:
        """One of three requests about each sentence has no answer, which is far above the limit."""
        data = {"crows_pairs": crows_table(60), "pairs": pairs_table(60)}
        ctx = context(probe, MASKED, data)
        audit, result = audited(probe, ctx, self.without_unmasked)
        assert isinstance(result, Measured)
        assert result.unanswered * 3 == result.requests
        assert (
            of(result, "stereotype_score").estimate
            == of(measured(probe, ctx, planted(5.0, sound=SOUND)), "stereotype_score").estimate
        )
        for name in ("aul", "aula"):
            assert isinstance(of(result, "other_score", score=name).estimate, Undefined)
        assert "blue" not in " ".join(result.notes)  # an error may quote a sentence
        assert not [one for one in audit.verdicts if one.outcome == "pass" and one.metric == "other_score"]

    @pytest.mark.slow
    def test_without_the_score_that_is_judged_nothing_is_concluded(self) -> None:
        def answer(request: Request) -> Answer:
            return Unanswered("gone") if isinstance(request, PseudoLogLikelihood) else planted(5.0)(request)

        ctx = context(CROWS, MASKED, {"crows_pairs": crows_table(60)})
        _, result = audited(CROWS, ctx, answer)
        assert isinstance(result, Failed)

    @pytest.mark.proof
    def test_that_few_sentences_lack_stays(self) -> None:
        """One sentence of 120: its pair is missing, as before, and the score is there."""

        def answer(request: Request) -> Answer:
            odd = isinstance(request, UnmaskedLikelihood) and request.text.endswith("lied in the shop 0.")
            return Unanswered("gone") if odd else planted(5.0, sound=SOUND)(request)

        result = measured(CROWS, context(CROWS, MASKED, {"crows_pairs": crows_table(60)}), answer)
        found = of(result, "other_score", score="aula").estimate
        assert isinstance(found, Estimate)
        assert found.if_answered == pytest.approx((100 * 59 / 60, 100.0))


def explained(given: Answerer, data: Table | None = None) -> Measured:
    tables = {} if data is None else {"attribution_texts": data}
    return measured(ATTRIBUTION, context(ATTRIBUTION, ("Attribute", "FillMask"), tables), given)


class TestExplanations:
    """Methods and texts that cannot be explained."""

    @staticmethod
    def without(method: str) -> Callable[[Request], Answer]:
        def answer(request: Request) -> Answer:
            assert isinstance(request, Attribute)
            return Unanswered("the model gives no gradients") if request.method == method else by_people(request)

        return answer

    def test_a_method_that_needs_gradients_leaves_the_others(self) -> None:
        result = explained(self.without("integrated_gradients"))
        assert isinstance(of(result, "word_share", method="SHAP").estimate, Estimate)
        assert isinstance(of(result, "method_agreement", methods="SHAP and LIME").estimate, Estimate)
        for name, by in (
            ("unexplained", {"method": "integrated gradients"}),
            ("word_share", {"method": "integrated gradients"}),
            ("method_agreement", {"methods": "SHAP and integrated gradients"}),
        ):
            none = of(result, name, **by)
            assert isinstance(none.estimate, Undefined)
            assert none.estimate.reason == "integrated gradients explained no text: the model gives no gradients"
            assert "the model gives no gradients" in none.claim
        assert [note for note in result.notes if "integrated gradients" in note.lower()] == [
            "integrated gradients explained no text: the model gives no gradients. The other methods are measured "
            "without it; the option methods leaves it out."
        ]

    def test_a_reason_that_is_a_sentence_ends_once(self) -> None:
        [note] = Missing({}, {"shap": "RuntimeError: in-place operation."}, (), 2).notes(6)
        assert note.startswith("SHAP explained no text: RuntimeError: in-place operation. The other methods")

    def test_a_text_with_nothing_to_explain_leaves_the_others(self) -> None:
        """One of six, which is 14 % of the requests; the page says which, and not what it says."""
        texts = ["The nurse said that [MASK] was tired.", "!!! ... [MASK] ???"]
        texts += [f"The pilot of ship {at} said that [MASK] was late." for at in range(4)]

        def answer(request: Request) -> Answer:
            assert isinstance(request, Attribute)
            wordless = Unanswered("the text has no word to explain", "no_words")
            return wordless if "!!!" in request.text else attribution(request)

        result = explained(answer, replace(table("attribution_texts", {"text": texts})))
        assert result.unanswered > 0.05 * result.requests
        assert len([one for one in result.evidence if one.id.startswith("strip")]) == 5
        assert evidence(result, "left_out").rows == ((2, "the text has no word to explain", "give a text with words"),)
        [note] = [one for one in result.notes if "left out" in one]
        assert "1 of 6 texts were left out (number 2)" in note

    def test_answers_that_are_merely_missing_still_fail_the_probe(self) -> None:
        def answer(request: Request) -> Answer:
            assert isinstance(request, Attribute)
            return Unanswered("gone") if request.seed and request.method == "lime" else by_people(request)

        ctx = context(ATTRIBUTION, ("Attribute", "FillMask"))
        _, result = audited(ATTRIBUTION, ctx, answer)
        assert isinstance(result, Failed)
        assert result.reason.endswith("most often: gone")

    def test_most_texts_too_long_still_fail_the_probe(self) -> None:
        def answer(request: Request) -> Answer:
            assert isinstance(request, Attribute)
            short = "nurse" in request.text
            too_long = Unanswered("the text has 99 tokens and the model reads at most 9", "long_text")
            return by_people(request) if short else too_long

        _, result = audited(ATTRIBUTION, context(ATTRIBUTION, ("Attribute", "FillMask")), answer)
        assert isinstance(result, Failed)
        assert "(shorten it or split it" in result.reason


class TestLongTexts:
    """Texts of a user's that are longer than the model reads."""

    @staticmethod
    def data(rows: int, long: int) -> Table:
        texts = [f"{'word ' * 40 * (at % 10 == 3 and at // 10 < long)}person {at}" for at in range(rows)]
        columns: dict[str, Sequence[Cell]] = {
            "text": texts,
            "sex": ["f" if at % 2 else "m" for at in range(rows)],
            "y": [at % 4 // 2 for at in range(rows)],
        }
        return table("table", columns)

    @staticmethod
    def reads(request: Request) -> Answer:
        assert isinstance(request, Classify)
        tokens = len(request.text.split())
        if tokens > 20:
            return Unanswered(f"the text has {tokens} tokens and the model reads at most 20", "long_text")
        chosen = int(request.text.split()[-1]) % 4 // 2
        return ClassScores(("0", "1"), (0.0, 4.0) if chosen else (4.0, 0.0))

    def run(self, rows: int, long: int) -> tuple[Audit, ProbeResult]:
        return self.judged(self.data(rows, long))

    def judged(self, data: Table) -> tuple[Audit, ProbeResult]:
        options: dict[str, Any] = {"groups": ("sex",), "label": "y", "text": "text", "favourable": "1"}
        return audited(FAIRNESS, context(FAIRNESS, ("Classify",), {"table": data}, **options), self.reads)

    @pytest.mark.slow
    def test_of_which_eight_in_eighty_are_named_and_the_others_measured(self) -> None:
        _, result = self.run(80, 8)
        assert isinstance(result, Measured)
        assert (result.requests, result.unanswered) == (80, 8)
        [note] = [one for one in result.notes if "number" in one]
        assert note == (
            "8 of 80 rows were left out (number 4, 14, 24, 34, 44, 54, 64, 74): the text has 42 tokens and the model "
            "reads at most 20; shorten it or split it, or ask a model that reads more."
        )
        assert [row[0] for row in evidence(result, "left_out").rows] == [4, 14, 24, 34, 44, 54, 64, 74]
        assert "word word" not in str(result.notes)
        found = of(result, "accuracy").estimate
        assert isinstance(found, Estimate)
        assert found.n == 72
        ratio = of(result, "selection_rate_ratio", sex="f", against="m").estimate
        assert isinstance(ratio, Estimate)
        assert ratio.if_answered is not None
        assert ratio.if_answered[0] < 0.85 < ratio.value <= ratio.if_answered[1]

    @pytest.mark.proof
    def test_what_was_left_out_takes_a_pass_away(self) -> None:
        whole, _ = self.run(2_000, 0)
        part, result = self.run(2_000, 200)
        assert isinstance(result, Measured)
        assert whole.outcome == "pass"
        assert part.outcome != "pass"

    @pytest.mark.slow
    def test_of_which_too_many_fail_the_probe_with_a_remedy(self) -> None:
        _, result = self.run(20, 2)
        assert isinstance(result, Measured)
        texts = self.data(10, 1)
        longer = tuple("word " * 30 + str(at) if at < 3 else f"person {at}" for at in range(10))
        _, failed = self.judged(Table(texts.source, {**texts.columns, "text": longer}))
        assert isinstance(failed, Failed)
        assert failed.reason == (
            "too many unanswered: 3 of 10 requests (30%, limit 5%), most often: the text has 31 tokens and the model "
            "reads at most 20 (shorten it or split it, or ask a model that reads more)"
        )


class TestOwnTexts:
    """Texts of a user's that are asked in pairs, or whose maps are read."""

    @pytest.mark.parametrize(("long", "measures"), [([4], True), (range(8), True), (range(20), False)])
    def test_that_are_too_long_for_a_classifier_are_named_by_row(self, long: Sequence[int], measures: bool) -> None:
        texts = [f"The old woman in house {at} was late." for at in range(80)]
        for at in long:
            texts[at] = "word " * 40 + texts[at]

        def answer(request: Request) -> Answer:
            assert isinstance(request, Classify)
            tokens = len(request.text.split())
            if tokens > 20:
                return Unanswered(f"the text has {tokens} tokens and the model reads at most 20", "long_text")
            decided = float(int(request.text.split("house ")[1].split()[0]) % 2)
            return ClassScores(("0", "1"), (0.5, decided))

        ctx = context(COUNTERFACTUAL, ("Classify",), {OWN: table(OWN, {"text": texts})})
        if not measures:
            _, failed = audited(COUNTERFACTUAL, ctx, answer)
            assert isinstance(failed, Failed)
            assert "too many unanswered: 60 of 240" in failed.reason
            return
        result = measured(COUNTERFACTUAL, ctx, answer)
        assert [row[0] for row in evidence(result, "left_out").rows] == [at + 1 for at in long]
        [note] = [one for one in result.notes if "left out" in one]
        assert f"{len(long)} of 80 texts were left out (number {long[0] + 1}" in note
        assert "word word" not in " ".join(result.notes)
        [rate] = [one for one in result.metrics if one.name == "flip_rate" and not one.by]
        assert isinstance(rate.estimate, Estimate)
        assert rate.estimate.value == 0
        assert rate.estimate.if_answered is not None
        assert rate.estimate.if_answered[1] >= 0.9 * len(long) / 80

    def test_without_their_word_leave_the_other_maps(self) -> None:
        columns = {
            "pair": ["a", "a", "b", "b", "c", "c"],
            "group": ["women", "men"] * 3,
            "word": ["woman", "man", "sister", "uncle", "mother", "father"],
            "text": [f"The {one} was late." for one in ("woman", "man", "sister", "brother", "mother", "father")],
        }
        ctx = context(ATTENTION, ("Attend",), {"attention_texts": table("attention_texts", columns)})
        found = drive(ATTENTION, ctx, pulled_by(0.5))
        [texts] = [one for one in found.evidence if one.id == "texts"]
        assert len(texts.rows) == 5
        [note] = [one for one in found.notes if "left out" in one]
        assert note == "1 rows were left out (row 4): the word does not stand in the text; write both alike."

    def test_without_their_word_are_still_asked_for(self) -> None:
        names = ["woman", "man", "sister", "brother", "mother", "father"] * 4
        columns = {
            "pair": [str(at // 2) for at in range(24)],
            "group": ["women", "men"] * 12,
            "word": [name.title() if at % 2 == 0 else name for at, name in enumerate(names)],
            "text": [f"The {name} was late." for name in names],
        }
        ctx = context(ATTENTION, ("Attend",), {"attention_texts": table("attention_texts", columns)})
        found = drive(ATTENTION, ctx, pulled_by(0.5))
        for name in ("group_word_gap", "entropy"):
            [one] = [metric for metric in found.metrics if metric.name == name]
            assert one.estimate == Undefined("only 12 of 24 sentences could be read")

    def test_of_which_one_is_too_long_to_be_explained_are_counted(self) -> None:
        reason = "the text has 9 tokens and the model reads at most 5"
        scores = ClassScores(("x", "y"), (0.0, 1.0))
        predicted: dict[str, Answer] = {"long": Unanswered(reason, "long_text"), "short": scores}
        for texts in (predicted, predicted | {str(at): predicted["short"] for at in range(9)}):
            places = {text: at for at, text in enumerate(texts, start=1)}
            missing = missing_of(places, texts, [], secret=True)
            assert missing.texts == {1: predicted["long"]}
            assert missing.requests == (0 if texts is predicted else 1)


def test_words_of_a_reason_decide_nothing() -> None:
    quoting = Unanswered("RuntimeError: the model reads at most 9, no word to explain, rows have no value")
    assert left_out.of_the_text(quoting) is None
    assert left_out.of_the_text(Unanswered("in any words", "long_text")) is not None

"""The engine on subjects whose every answer is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Self

import pytest

from fairwitness.audit.answer_checks import BrokenSubject
from fairwitness.audit.cache import AnswerCache
from fairwitness.audit.engine import Engine
from fairwitness.audit.errors import CorruptModel
from fairwitness.audit.requests import (
    Attend,
    Attribute,
    Attribution,
    Classify,
    ClassScores,
    FillMask,
    ForClass,
    LogLikelihood,
    Predict,
    Prediction,
    Request,
    TokenScores,
    Unanswered,
)
from fairwitness.audit.subject import Ask, OutOfMemory, Subject
from fakes import INFO, FakeModel, TreeModel, number

WORDS = [Classify(word) for word in ("one", "three", "seventeen", "forty", "nine")]


def expected(request: Classify) -> ClassScores:
    return ClassScores(("no", "yes"), (number(request.text, "no"), number(request.text, "yes")))


def test_answers_come_in_order_and_duplicates_are_asked_once() -> None:
    model = FakeModel()
    asked: list[Request] = [*WORDS, FillMask("a [MASK]", ("x", "y")), *WORDS[::-1]]
    answers = Engine(model).answer(asked)
    assert answers[:5] == [expected(word) for word in WORDS]
    assert answers[6:] == answers[:5][::-1]
    assert sorted(request.text for batch in model.calls for request in batch) == sorted(
        [*(word.text for word in WORDS), "a [MASK]"]
    )


def test_a_subject_without_a_fingerprint_is_asked_each_text_once_in_a_run() -> None:
    nameless = FakeModel(replace(INFO, fingerprint=""))
    engine = Engine(nameless)
    assert engine.answer(WORDS) == engine.answer([*WORDS, Classify("ten")])[:5]
    texts = [request.text for batch in nameless.calls for request in batch]
    assert sorted(texts) == sorted(["ten", *(word.text for word in WORDS)])
    assert Engine(nameless).answer(WORDS[:1])
    assert sum(len(batch) for batch in nameless.calls) == len(texts) + 1, "another run asks again"


def test_values_that_python_holds_for_equal_are_different_requests() -> None:
    class Table(FakeModel):
        def predict(self, batch: Sequence[Predict]) -> list[Prediction | Unanswered]:
            return [Prediction(repr(request.features[0][1])) for request in batch]

    rows: list[Request] = [Predict((("x", 1),)), Predict((("x", True),)), Predict((("x", 1.0),))]
    assert Engine(Table()).answer(rows) == [Prediction("1"), Prediction("True"), Prediction("1.0")]


def test_a_kind_that_the_model_lacks_is_unanswered() -> None:
    explained = Attribute("text", ForClass("yes"), "shap")
    answers = Engine(FakeModel()).answer([Attend("text"), explained, WORDS[0]])
    assert [isinstance(answer, Unanswered) for answer in answers] == [True, True, False]


def test_trees_share_what_begins_alike() -> None:
    model, plain = TreeModel(), FakeModel()
    asked = [LogLikelihood("the cat ", word) for word in ("sat", "ran", "ate")]
    engine = Engine(model)
    assert engine.answer(asked) == Engine(plain).answer(asked)
    assert engine.model_calls == 1


class OnDevice(FakeModel):
    """A model that says what computes its answers."""

    def __init__(self, arithmetic: str) -> None:
        super().__init__()
        self.arithmetic = arithmetic


class TestMemory:
    @staticmethod
    def narrow(most: int) -> FakeModel:
        def fail(batch: Sequence[Any]) -> None:
            if len(batch) > most:
                raise OutOfMemory

        return FakeModel(fail=fail)

    def test_halves_until_it_fits(self) -> None:
        model = self.narrow(2)
        engine = Engine(model)
        assert engine.answer(WORDS) == [expected(word) for word in WORDS]
        # 5 -> 2 + 3, 3 -> 1 + 2
        assert [len(batch) for batch in model.calls] == [5, 2, 3, 1, 2]
        assert engine.model_calls == 5

    def test_halves_trees_too(self) -> None:
        def fail(batch: Sequence[Any]) -> None:
            if len(batch) > 1:
                raise OutOfMemory

        asked = [LogLikelihood("the cat ", word) for word in ("sat", "ran", "ate")]
        assert Engine(TreeModel(fail=fail)).answer(asked) == Engine(FakeModel()).answer(asked)

    def test_one_that_never_fits_is_unanswered_and_not_kept(self, tmp_path: Path) -> None:
        with AnswerCache(tmp_path, INFO.fingerprint) as cache:
            [answer] = Engine(self.narrow(0), cache=cache).answer(WORDS[:1])
            assert answer == Unanswered("out of memory: this request alone does not fit")
            assert Engine(FakeModel(), cache=cache).answer(WORDS[:1]) == [expected(WORDS[0])]


class TestCrashes:
    @staticmethod
    def sick(word: str) -> FakeModel:
        def fail(batch: Sequence[Any]) -> None:
            if any(request.text == word for request in batch):
                raise RuntimeError("no\nsuch word")

        return FakeModel(fail=fail)

    def test_one_bad_request_does_not_take_its_batch_along(self) -> None:
        answers = Engine(self.sick("forty")).answer(WORDS)
        assert answers[3] == Unanswered("RuntimeError: no such word")
        assert [answers[at] for at in (0, 1, 2, 4)] == [expected(WORDS[at]) for at in (0, 1, 2, 4)]

    def test_what_crashed_is_asked_again_next_time(self, tmp_path: Path) -> None:
        with AnswerCache(tmp_path, INFO.fingerprint) as cache:
            Engine(self.sick("forty"), cache=cache).answer(WORDS)
            assert Engine(FakeModel(), cache=cache).answer(WORDS) == [expected(word) for word in WORDS]

    def test_what_another_device_computed_is_asked_again(self, tmp_path: Path) -> None:
        with AnswerCache(tmp_path, INFO.fingerprint) as cache:
            Engine(OnDevice("cpu"), cache=cache).answer(WORDS)
            same, other = (Engine(OnDevice(name), cache=cache) for name in ("cpu", "cuda"))
            assert same.answer(WORDS) == other.answer(WORDS)
        assert (same.model_calls, other.cache_hits) == (0, 0)

    @pytest.mark.parametrize("error", [CorruptModel("broken file"), KeyboardInterrupt()])
    def test_what_ends_the_run_is_passed_on(self, error: BaseException) -> None:
        def fail(batch: Sequence[Any]) -> None:
            raise error

        with pytest.raises(type(error)):
            Engine(FakeModel(fail=fail)).answer(WORDS)

    def test_a_value_that_is_not_finite_is_no_answer(self, tmp_path: Path) -> None:
        class Overflowing(FakeModel):
            def classify(self, batch: Sequence[Classify]) -> list[ClassScores | Unanswered]:
                values = {"nine": float("nan")}
                return [ClassScores(("a",), (values.get(request.text, 1.0),)) for request in batch]

        with AnswerCache(tmp_path, INFO.fingerprint) as cache:
            answers = Engine(Overflowing(), cache=cache).answer(WORDS)
        assert answers[:4] == [ClassScores(("a",), (1.0,))] * 4
        assert answers[4] == Unanswered("the model gave a value that is not a finite number")


class TestProtocol:
    def test_too_few_answers_are_a_bug(self) -> None:
        class Short(FakeModel):
            def classify(self, batch: Sequence[Classify]) -> list[ClassScores | Unanswered]:
                return super().classify(batch)[:-1]

        with pytest.raises(BrokenSubject, match="5 requests, 4 answers"):
            Engine(Short()).answer(WORDS)

    def test_an_answer_of_another_type_is_a_bug(self) -> None:
        class Odd(FakeModel):
            def classify(self, batch: Sequence[Classify]) -> Any:
                return [Prediction("yes") for _ in batch]

        with pytest.raises(BrokenSubject, match="Classify was answered by Prediction, not ClassScores"):
            Engine(Odd()).answer(WORDS)

    def test_rows_that_do_not_match_are_a_bug(self) -> None:
        class Flat(TreeModel):
            def log_likelihoods(self, rows: Sequence[Sequence[LogLikelihood]]) -> Any:
                return [[answer] for row in super().log_likelihoods(rows) for answer in row]

        with pytest.raises(BrokenSubject, match=r"rows of \[2\] requests"):
            Engine(Flat()).answer([LogLikelihood("the cat ", "sat"), LogLikelihood("the cat ", "ran")])


class TestCache:
    def test_a_warm_run_asks_the_model_nothing(self, tmp_path: Path) -> None:
        asked: list[Request] = [*WORDS, LogLikelihood("a", "b")]
        runs = []
        for _ in range(2):
            with AnswerCache(tmp_path, INFO.fingerprint) as cache:
                engine = Engine(FakeModel(), cache=cache)
                runs.append((engine.answer(asked), engine.model_calls, engine.cache_hits))
        assert runs[0][0] == runs[1][0]
        assert [run[1:] for run in runs] == [(2, 0), (0, 2)]

    def test_a_batch_is_kept_whole_whatever_was_asked_before(self, tmp_path: Path) -> None:
        """The arithmetic of a selection must not depend on what another selection left behind."""
        with AnswerCache(tmp_path, INFO.fingerprint) as cache:
            Engine(FakeModel(), cache=cache).answer(WORDS[:2])
            model = FakeModel()
            Engine(model, cache=cache).answer(WORDS)
        assert [len(batch) for batch in model.calls] == [5]

    def test_another_budget_or_model_asks_again(self, tmp_path: Path) -> None:
        with AnswerCache(tmp_path, INFO.fingerprint) as cache, AnswerCache(tmp_path, "e" * 32) as other:
            Engine(FakeModel(), cache=cache).answer(WORDS)
            for engine in (Engine(FakeModel(), cache=cache, batch_tokens=16), Engine(FakeModel(), cache=other)):
                engine.answer(WORDS)
                assert engine.model_calls > 0

    def test_refusals_of_the_model_are_kept(self, tmp_path: Path) -> None:
        class Refusing(FakeModel):
            def classify(self, batch: Sequence[Classify]) -> list[ClassScores | Unanswered]:
                self._see(batch)
                return [Unanswered("too long") for _ in batch]

        model = Refusing()
        with AnswerCache(tmp_path, INFO.fingerprint) as cache:
            for _ in range(2):
                assert Engine(model, cache=cache).answer(WORDS[:1]) == [Unanswered("too long")]
        assert len(model.calls) == 1

    def test_table_rows_are_not_kept(self, tmp_path: Path) -> None:
        class Table(FakeModel):
            def predict(self, batch: Sequence[Predict]) -> list[Prediction | Unanswered]:
                self._see(batch)
                return [Prediction("yes", 0.5) for _ in batch]

        model = Table()
        with AnswerCache(tmp_path, INFO.fingerprint) as cache:
            for _ in range(2):
                Engine(model, cache=cache).answer([Predict((("row", 1),))])
        assert len(model.calls) == 2


class Table(FakeModel):
    """Decides every row as the text of its first cell; `batch_tokens` rows at once."""

    batch_tokens = 3

    def predict(self, batch: Sequence[Predict]) -> list[Prediction | Unanswered]:
        self._see(batch)
        return [Prediction(str(request.features[0][1])) for request in batch]


class TestTableRows:
    ASKED: ClassVar[list[Request]] = [Predict((("x", at),)) for at in (5, 1, 5, 2, 4, 3, 1)]

    def test_they_are_asked_in_their_order_and_no_more_at_once_than_the_model_takes(self) -> None:
        model = Table()
        answers = Engine(model).answer(self.ASKED)
        assert [one.label for one in answers if isinstance(one, Prediction)] == ["5", "1", "5", "2", "4", "3", "1"]
        assert [[one.features[0][1] for one in batch] for batch in model.calls] == [[5, 1, 2], [4, 3]]

    def test_they_stand_among_other_requests(self) -> None:
        mixed: list[Request] = [WORDS[0], self.ASKED[0], WORDS[1], self.ASKED[1]]
        assert Engine(Table()).answer(mixed) == [
            expected(WORDS[0]),
            Prediction("5"),
            expected(WORDS[1]),
            Prediction("1"),
        ]

    def test_a_model_of_texts_leaves_them_unanswered(self) -> None:
        assert Engine(FakeModel()).answer(self.ASKED[:2]) == [Unanswered("this model does not answer Predict")] * 2

    def test_where_memory_ends_they_are_asked_in_halves(self) -> None:
        class Small(Table):
            def predict(self, batch: Sequence[Predict]) -> list[Prediction | Unanswered]:
                if len(batch) > 1:
                    raise OutOfMemory
                return super().predict(batch)

        answers = Engine(Small()).answer(self.ASKED)
        assert [one.label for one in answers if isinstance(one, Prediction)] == ["5", "1", "5", "2", "4", "3", "1"]

    def test_progress_counts_different_rows(self) -> None:
        told: list[tuple[str, int, int]] = []
        Engine(Table(), progress=lambda *what: told.append(what)).answer(self.ASKED)
        assert told == [("Predict", 3, 5), ("Predict", 5, 5)]


class Occlusion:
    """Explains a text by what each word adds, asking the model back."""

    def __init__(self) -> None:
        self.explained = 0

    def about(self, subject: Subject) -> Self:
        return self

    def explain(self, requests: Sequence[Attribute], ask: Ask) -> list[Attribution | Unanswered]:
        self.explained += len(requests)
        return [self._one(request, ask) for request in requests]

    def _one(self, request: Attribute, ask: Ask) -> Attribution | Unanswered:
        words = request.text.split()
        texts = [request.text, *(" ".join(words[:at] + words[at + 1 :]) for at in range(len(words)))]
        scores = [answer.logits[1] for answer in ask([Classify(text) for text in texts]) if answer is not None
                  and isinstance(answer, ClassScores)]  # fmt: skip
        if len(scores) < len(texts):
            return Unanswered("the model did not answer")
        values = tuple(scores[0] - score for score in scores[1:])
        return Attribution(tuple(words), (0,) * len(words), values, 0.0, scores[0], 0.0, len(texts))


class TestExplanations:
    ASKED = Attribute("one two", ForClass("yes"), "shap")

    def test_the_model_is_called_back_and_a_warm_run_asks_nothing(self, tmp_path: Path) -> None:
        full = number("one two", "yes")
        with AnswerCache(tmp_path, INFO.fingerprint) as cache:
            cold = Engine(FakeModel(), cache=cache, explainer=Occlusion())
            [answer] = cold.answer([self.ASKED])
            assert isinstance(answer, Attribution)
            assert answer.values == (full - number("two", "yes"), full - number("one", "yes"))
            assert cold.model_calls == 1
            explainer = Occlusion()
            warm = Engine(FakeModel(), cache=cache, explainer=explainer)
            assert warm.answer([self.ASKED]) == [answer]
            assert (warm.model_calls, explainer.explained) == (0, 0)

    def test_an_explanation_of_a_crash_is_not_kept(self, tmp_path: Path) -> None:
        sick = TestCrashes.sick("two")
        with AnswerCache(tmp_path, INFO.fingerprint) as cache:
            [lost] = Engine(sick, cache=cache, explainer=Occlusion()).answer([self.ASKED])
            assert isinstance(lost, Unanswered)
            [found] = Engine(FakeModel(), cache=cache, explainer=Occlusion()).answer([self.ASKED])
            assert isinstance(found, Attribution)

    def test_a_bug_of_the_model_is_not_hidden_by_the_explainer(self) -> None:
        class Short(FakeModel):
            def classify(self, batch: Sequence[Classify]) -> list[ClassScores | Unanswered]:
                return []

        with pytest.raises(BrokenSubject):
            Engine(Short(), explainer=Occlusion()).answer([self.ASKED])


def test_progress_counts_the_round_of_the_caller_alone() -> None:
    told: list[tuple[str, int, int]] = []
    engine = Engine(
        FakeModel(),
        batch_tokens=12,
        explainer=Occlusion(),
        progress=lambda kind, done, of: told.append((kind, done, of)),
    )
    engine.answer([*WORDS, TestExplanations.ASKED])
    assert told[-1] == ("Attribute", 1, 1)
    classified = [(done, of) for kind, done, of in told if kind == "Classify"]
    assert classified[-1] == (5, 5)
    assert classified == sorted(classified)


def test_numbers_leave_the_engine_as_the_cache_would_give_them() -> None:
    np = pytest.importorskip("numpy")

    class Numpy(FakeModel):
        def log_likelihoods(self, rows: Sequence[Sequence[LogLikelihood]]) -> Any:
            return [[TokenScores((np.float32(-0.1),), (np.bool_(True),), (np.int64(3),)) for _ in row] for row in rows]

    [answer] = Engine(Numpy()).answer([LogLikelihood("a", "b")])
    assert isinstance(answer, TokenScores)
    assert [type(value) for value in (answer.log_probs[0], answer.greedy[0], answer.starts[0])] == [float, bool, int]
    assert answer.log_probs[0] == float(np.float32(-0.1))

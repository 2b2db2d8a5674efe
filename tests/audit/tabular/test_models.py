"""Fitted models over tables: their decisions are the library's own, and what could run code is refused unasked."""

from __future__ import annotations

import copy
import os
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
import skops.io
import torch
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.svm import LinearSVC

from fairwitness.audit import halving, huggingface, tabular
from fairwitness.audit.engine import Engine
from fairwitness.audit.errors import BadData, CorruptModel, MissingExtra, UnknownModel, UnsafeModel, WrongTask
from fairwitness.audit.records import SubjectInfo
from fairwitness.audit.requests import Predict, Prediction, Unanswered
from fairwitness.audit.subject import Predicts, Subject
from fairwitness.audit.tabular import Trust, rows
from fairwitness.audit.tabular.estimator import estimator

pytestmark = pytest.mark.arithmetic

NAMES = ("income", "age", "sex")
INFO = SubjectInfo(
    spec="model.skops",
    fingerprint="",
    kind="tabular",
    architecture="",
    parameters=None,
    dtype="",
    capabilities=("Predict",),
)


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    rng = np.random.default_rng(5)
    sex = rng.choice(["male", "female"], 400)
    income = rng.normal(50, 10, 400)
    chance = 1 / (1 + np.exp(-(0.1 * (income - 50) + (sex == "male"))))
    return pd.DataFrame(
        {
            "age": rng.integers(18, 70, 400),
            "sex": sex,
            "income": income,
            "granted": np.where(rng.random(400) < chance, "yes", "no"),
            "amount": income * 2 + 3,
        }
    )


def pipeline(people: pd.DataFrame, last: Any, target: str = "granted") -> Any:
    ready = make_column_transformer((OneHotEncoder(), ["sex"]), (StandardScaler(), ["income", "age"]))
    return make_pipeline(ready, last).fit(people[list(NAMES)], people[target])


def asked(frame: pd.DataFrame) -> list[Predict]:
    """Every row with all its cells, in the table's own order."""
    columns = {str(name): frame[name].tolist() for name in frame}
    return [Predict(tuple((name, columns[name][at]) for name in columns)) for at in range(len(frame))]


def saved(model: Any, path: Path) -> str:
    if path.suffix == ".skops":
        skops.io.dump(model, path)
    else:
        joblib.dump(model, path)
    return str(path)


class TestEstimators:
    @pytest.mark.parametrize("last", [LogisticRegression(), RandomForestClassifier(5, random_state=0)])
    @pytest.mark.parametrize("name", ["model.skops", "model.joblib", "model.pkl"])
    def test_decisions_and_chances_are_the_models_own(
        self, people: pd.DataFrame, tmp_path: Path, last: Any, name: str
    ) -> None:
        model = pipeline(people, last)
        subject = tabular.load(saved(model, tmp_path / name), Trust(pickle=True, code=True))
        assert isinstance(subject, Subject)
        assert isinstance(subject, Predicts)
        found = subject.predict(asked(people))
        assert [answer.label for answer in found if isinstance(answer, Prediction)] == list(model.predict(people))
        chances = [[one for _, one in answer.scores] for answer in found if isinstance(answer, Prediction)]
        np.testing.assert_allclose(chances, model.predict_proba(people), rtol=1e-9)
        assert {tuple(label for label, _ in answer.scores) for answer in found if isinstance(answer, Prediction)} == {
            ("no", "yes")
        }
        assert (subject.info.kind, subject.info.capabilities) == ("tabular", ("Predict", "AttributeRow"))
        assert subject.info.architecture == f"Pipeline ({type(last).__name__})"

    def test_trees_need_the_flag_since_skops_does_not_vouch_for_them(
        self, people: pd.DataFrame, tmp_path: Path
    ) -> None:
        numbers = people[["income", "age"]]
        model = HistGradientBoostingClassifier(max_iter=3).fit(numbers, people["granted"])
        path = saved(model, tmp_path / "model.skops")
        with pytest.raises(UnsafeModel, match=r"'sklearn.ensemble.*TreePredictor'"):
            tabular.load(path, Trust(pickle=True))
        subject = tabular.load(path, Trust(code=True))
        assert [one.label for one in subject.predict(asked(numbers)) if isinstance(one, Prediction)] == list(
            model.predict(numbers)
        )

    def test_a_regressor_decides_a_number(self, people: pd.DataFrame, tmp_path: Path) -> None:
        model = LinearRegression().fit(people[["income"]], people["amount"])
        subject = tabular.load(saved(model, tmp_path / "model.skops"), Trust())
        found = subject.predict(asked(people[["income"]]))
        numbers = [float(one.label) for one in found if isinstance(one, Prediction)]
        assert numbers == pytest.approx(model.predict(people[["income"]]), rel=1e-9)
        assert {one.scores for one in found if isinstance(one, Prediction)} == {()}

    def test_without_probabilities_there_are_decisions_alone(self, people: pd.DataFrame, tmp_path: Path) -> None:
        subject = tabular.load(saved(pipeline(people, LinearSVC()), tmp_path / "model.skops"), Trust())
        assert {one.scores for one in subject.predict(asked(people)) if isinstance(one, Prediction)} == {()}

    @pytest.mark.parametrize("classes", [(0, 1), (0.0, 1.0), (False, True)])
    def test_classes_and_decisions_are_spelled_alike(
        self, people: pd.DataFrame, tmp_path: Path, classes: tuple[Any, Any]
    ) -> None:
        truth = np.where(people["granted"] == "yes", classes[1], classes[0])
        model = LogisticRegression().fit(people[["income"]], truth)
        subject = tabular.load(saved(model, tmp_path / "model.skops"), Trust())
        for one in subject.predict(asked(people[["income"]])):
            assert isinstance(one, Prediction)
            assert one.label == max(one.scores, key=lambda pair: pair[1])[0]

    def test_a_missing_number_is_missing_to_the_model(self, people: pd.DataFrame, tmp_path: Path) -> None:
        model = HistGradientBoostingClassifier(max_iter=3).fit(people[["income", "age"]], people["granted"])
        subject = tabular.load(saved(model, tmp_path / "model.skops"), Trust(code=True))
        holes = people[["income", "age"]].head(50).copy()
        holes.loc[::3, "income"] = np.nan
        cells = [
            Predict((("income", None if np.isnan(income) else income), ("age", age)))
            for income, age in zip(holes["income"].tolist(), holes["age"].tolist(), strict=True)
        ]
        found = [one.label for one in subject.predict(cells) if isinstance(one, Prediction)]
        assert found == list(model.predict(holes))

    def test_the_fingerprint_is_that_of_the_bytes(self, people: pd.DataFrame, tmp_path: Path) -> None:
        model = pipeline(people, LogisticRegression())
        one, two, other = (tmp_path / name for name in ("one.skops", "two.skops", "other.skops"))
        saved(model, one)
        two.write_bytes(one.read_bytes())
        saved(pipeline(people, LogisticRegression(C=0.01)), other)
        prints = [tabular.load(str(path), Trust()).info.fingerprint for path in (one, two, other)]
        assert prints[0] == prints[1] != prints[2]

    @pytest.mark.slow
    def test_a_large_table_takes_few_calls(self, people: pd.DataFrame, tmp_path: Path) -> None:
        model = LogisticRegression().fit(people[["income"]], people["granted"])
        engine = Engine(tabular.load(saved(model, tmp_path / "model.skops"), Trust()))
        answers = engine.answer([Predict((("income", float(at)),)) for at in range(120_000)])
        assert engine.model_calls == 3
        expected = model.predict(pd.DataFrame({"income": np.arange(120_000.0)}))
        assert [one.label for one in answers if isinstance(one, Prediction)] == list(expected)


class Counted:
    """A model that counts its calls and takes no row whose `x` is in `bad`."""

    feature_names_in_ = np.array(["x"])
    n_features_in_ = 1

    def __init__(self, bad: frozenset[int]) -> None:
        self.bad, self.calls = bad, 0

    def predict(self, frame: pd.DataFrame) -> Any:
        self.calls += 1
        if set(frame["x"]) & self.bad:
            raise ValueError("no such category")
        return np.asarray(frame["x"] % 2)


class TestRowsThatDoNotFit:
    @staticmethod
    def answers(model: Any, count: int) -> list[Prediction | Unanswered]:
        return estimator(INFO, model).predict([Predict((("x", at),)) for at in range(count)])

    def test_they_alone_stay_unanswered(self) -> None:
        found = self.answers(Counted(frozenset({7, 4000})), 5000)
        assert [at for at, one in enumerate(found) if isinstance(one, Unanswered)] == [7, 4000]
        assert found[7] == Unanswered("ValueError: no such category")
        assert found[8] == Prediction("0")

    @pytest.mark.slow
    def test_a_model_that_takes_none_is_not_asked_for_ever(self) -> None:
        model = Counted(frozenset(range(50_000)))
        found = self.answers(model, 50_000)
        assert all(isinstance(one, Unanswered) for one in found)
        assert model.calls <= 2 * halving.SEARCHES + 1


class TestColumns:
    def test_absent_ones_are_named_with_the_nearest(self, people: pd.DataFrame, tmp_path: Path) -> None:
        subject = tabular.load(saved(pipeline(people, LogisticRegression()), tmp_path / "m.skops"), Trust())
        with pytest.raises(BadData) as told:
            subject.predict(asked(people.rename(columns={"income": "incomes", "sex": "gender"})))
        assert str(told.value).endswith(
            "m.skops needs 2 columns that the table does not give it: 'income'; did you mean 'incomes'?, 'sex' "
            "(it needs 'income', 'age', 'sex'; it is given 'age', 'gender', 'incomes', 'granted', 'amount')"
        )

    def test_a_column_that_the_model_has_is_no_misspelling(self) -> None:
        needed = ["applicant_income", "applicant_sex"]
        with pytest.raises(BadData, match=r"does not give it: 'applicant_income' \(it needs"):
            rows.refuse_missing(needed, ["applicant_sex", "other"], "m")

    def test_a_model_without_names_takes_as_many_as_it_was_fitted_with(
        self, people: pd.DataFrame, tmp_path: Path
    ) -> None:
        numbers = people[["income", "age"]]
        model = LogisticRegression().fit(numbers.to_numpy(), people["granted"])
        subject = tabular.load(saved(model, tmp_path / "model.skops"), Trust())
        found = [one.label for one in subject.predict(asked(numbers)) if isinstance(one, Prediction)]
        assert found == list(model.predict(numbers.to_numpy()))
        with pytest.raises(BadData, match=r"2 columns, knows no names for them and is given 1 \('income'\): name"):
            subject.predict(asked(people[["income"]]))


class TestTrust:
    def test_a_pickle_is_not_read_without_the_flag(self, tmp_path: Path) -> None:
        sign = tmp_path / "sign"
        path = planted(tmp_path / "model.joblib", sign)
        for name in (tabular.load, tabular.inspect):
            with pytest.raises(UnsafeModel, match=r"is a pickle, and reading one can run any code.* --allow-pickle"):
                name(path, Trust())
        tabular.inspect(path, Trust(pickle=True))
        assert not sign.exists(), "to look at a model is not to run it"
        with pytest.raises(WrongTask, match="holds int, which has no predict"):
            tabular.load(path, Trust(pickle=True))
        assert sign.exists(), "the planted file shows that reading it would have run code"

    def test_types_that_skops_does_not_know_are_named(self, people: pd.DataFrame, tmp_path: Path) -> None:
        model = make_pipeline(FunctionTransformer(copy.copy), LogisticRegression())
        path = saved(model.fit(people[["income"]], people["granted"]), tmp_path / "model.skops")
        for name in (tabular.load, tabular.inspect):
            with pytest.raises(UnsafeModel, match=r"does not know to be safe: 'copy.copy'.* --trust-remote-code"):
                name(path, Trust(pickle=True))
        assert tabular.inspect(path, Trust(code=True)).architecture == "Pipeline"
        assert len(tabular.load(path, Trust(code=True)).predict(asked(people[["income"]]))) == len(people)

    def test_another_version_of_the_library_is_a_note(
        self, people: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        import sklearn.base

        model = LogisticRegression().fit(people[["income"]], people["granted"])
        with monkeypatch.context() as patched:
            patched.setattr(sklearn.base, "__version__", "0.99.0")
            path = saved(model, tmp_path / "model.joblib")
        notes = [note.text for note in tabular.load(path, Trust(pickle=True)).info.notes]
        assert notes[0] == "The model takes 'income'."
        assert any("from version 0.99.0" in note for note in notes[1:])


def planted(path: Path, sign: Path) -> str:
    """A pickle that makes a file when it is read."""

    class Runs:
        def __reduce__(self) -> Any:
            return os.open, (str(sign), os.O_CREAT)

    joblib.dump(Runs(), path)
    return str(path)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: StandardScaler().fit([[1.0], [2.0]]), WrongTask, "StandardScaler, which has no predict"),
        (
            lambda: RandomForestClassifier(2).fit([[0], [1]], [[0, 1], [1, 0]]),
            WrongTask,
            "decides 2 things at once; Fairwitness audits one decision",
        ),
    ],
)
def test_what_decides_nothing_or_too_much_is_refused(
    tmp_path: Path, make: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        tabular.load(saved(make(), tmp_path / "model.joblib"), Trust(pickle=True))


def test_files_that_are_no_models(tmp_path: Path) -> None:
    for name in ("model.skops", "model.joblib"):
        (tmp_path / name).write_text("no model")
        with pytest.raises(CorruptModel, match=f"{name} (is no readable skops file|cannot be loaded)"):
            tabular.load(str(tmp_path / name), Trust(pickle=True))
    with pytest.raises(UnknownModel, match=r"no file .*modle.skops; did you mean 'model.skops'\?"):
        tabular.load(str(tmp_path / "modle.skops"), Trust())
    with pytest.raises(WrongTask, match="--task causal_lm is for other models"):
        tabular.load(str(tmp_path / "model.skops"), Trust(), "causal_lm")


def network(outputs: int) -> Any:
    torch.manual_seed(3)
    return torch.nn.Sequential(torch.nn.Linear(2, 4), torch.nn.Tanh(), torch.nn.Linear(4, outputs)).eval()


def stored(module: Any, path: Path) -> Path:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if path.suffix == ".pt2":
            batch = torch.export.Dim("batch")
            torch.export.save(torch.export.export(module, (torch.zeros(3, 2),), dynamic_shapes=({0: batch},)), path)
        elif path.suffix == ".pth":
            torch.save(module, path)
        else:
            torch.jit.save(torch.jit.script(module), path)
    return path


def module_subject(path: Path, task: str | None = None) -> tabular.TableModule:
    forward, architecture, parameters = huggingface.load_module(path)
    return tabular.table_module(str(path), forward, architecture=architecture, parameters=parameters, task=task)


class TestModules:
    CELLS = np.random.default_rng(2).normal(size=(40, 2)).astype(np.float32)

    def requests(self) -> list[Predict]:
        return [Predict((("a", a), ("b", b))) for a, b in self.CELLS.tolist()]

    @pytest.mark.slow
    @pytest.mark.parametrize("name", ["model.pt2", "model.pt", "model.pth"])
    def test_logits_become_decisions_and_chances(self, tmp_path: Path, name: str) -> None:
        module = network(3)
        subject = module_subject(stored(module, tmp_path / name))
        with torch.no_grad():
            logits = module(torch.from_numpy(self.CELLS))
        found = [one for one in subject.predict(self.requests()) if isinstance(one, Prediction)]
        assert [one.label for one in found] == [str(at) for at in logits.argmax(1).tolist()]
        chances = [[chance for _, chance in one.scores] for one in found]
        np.testing.assert_allclose(chances, logits.softmax(1).numpy(), atol=1e-6)
        assert (subject.info.kind, subject.info.parameters) == ("tabular", 27)

    def test_one_output_is_a_number_or_log_odds(self, tmp_path: Path) -> None:
        module = network(1)
        path = stored(module, tmp_path / "model.pt2")
        with torch.no_grad():
            values = module(torch.from_numpy(self.CELLS))[:, 0]
        numbers = [one for one in module_subject(path).predict(self.requests()) if isinstance(one, Prediction)]
        np.testing.assert_allclose([float(one.label) for one in numbers], values.numpy(), atol=1e-6)
        chances = [
            one for one in module_subject(path, "classifier").predict(self.requests()) if isinstance(one, Prediction)
        ]
        np.testing.assert_allclose([dict(one.scores)["1"] for one in chances], values.sigmoid().numpy(), atol=1e-6)
        assert [one.label for one in chances] == [str(int(value > 0)) for value in values.tolist()]

    def test_text_in_a_row_is_told_and_leaves_the_others(self, tmp_path: Path) -> None:
        subject = module_subject(stored(network(2), tmp_path / "model.pth"))
        found = subject.predict([*self.requests(), Predict((("a", "low"), ("b", 1.0)))])
        told = "column 'a' holds a text of 3 characters where the module takes a number"
        assert found[-1] == Unanswered(f"ValueError: {told}")
        assert all(isinstance(one, Prediction) for one in found[:-1])

    def test_weights_alone_are_no_model(self, tmp_path: Path) -> None:
        torch.save(network(2).state_dict(), tmp_path / "model.pt")
        with pytest.raises(WrongTask, match="holds OrderedDict and no module"):
            huggingface.load_module(tmp_path / "model.pt")
        (tmp_path / "broken.pt2").write_text("no model")
        with pytest.raises(CorruptModel, match=r"broken.pt2 cannot be loaded"):
            huggingface.load_module(tmp_path / "broken.pt2")

    def test_other_tasks_are_refused(self, tmp_path: Path) -> None:
        path = stored(network(2), tmp_path / "model.pth")
        with pytest.raises(WrongTask, match="--task is classifier or regressor, not 'causal_lm'"):
            module_subject(path, "causal_lm")
        with pytest.raises(WrongTask, match="gives 2 numbers a row and is no regressor"):
            module_subject(path, "regressor").predict(self.requests())


def test_a_chance_that_is_no_number_is_unanswered() -> None:
    class Odd(Counted):
        classes_ = np.array([0, 1])

        def predict_proba(self, frame: pd.DataFrame) -> Any:
            return np.array([[np.nan, 1.0] if x == 1 else [0.5, 0.5] for x in frame["x"]])

    engine = Engine(estimator(INFO, Odd(frozenset())))
    found: Sequence[Any] = engine.answer([Predict((("x", at),)) for at in range(3)])
    assert [type(one) for one in found] == [Prediction, Unanswered, Prediction]


def test_equal_cells_of_different_types_are_different_rows() -> None:
    class Same(Counted):
        def predict(self, frame: pd.DataFrame) -> Any:
            return np.array([repr(cell) for cell in frame["x"].tolist()])

    engine = Engine(estimator(INFO, Same(frozenset())))
    answers = engine.answer([Predict((("x", cell),)) for cell in (1, True, "1", 1.0, 1)])
    assert [one.label for one in answers if isinstance(one, Prediction)] == ["1", "True", "'1'", "1.0", "1"]
    assert engine.asked == 4, "the same row twice is asked once"


@pytest.mark.parametrize(("name", "library"), [("model.skops", "skops"), ("model.joblib", "joblib")])
def test_an_absent_library_is_named_with_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, library: str
) -> None:

    (tmp_path / name).write_text("anything")
    for module in (library, f"{library}.io"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(
        MissingExtra, match=rf'{name} needs the library {library}: pip install "fairwitness\[tabular\]"'
    ):
        tabular.load(str(tmp_path / name), Trust(pickle=True))

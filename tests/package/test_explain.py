"""One text explained, from Python and from the command line: what is shown, and what is said of what cannot be."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import fairwitness
from fairwitness.audit import cli
from fairwitness.audit.errors import BadOption, FairwitnessError, WrongTask
from fairwitness.audit.session.explaining import LONGEST, Question, explain, row_of
from fairwitness.explanation import Explanation
from fairwitness.reports import explained
from fairwitness.reports.explained.terminal import UNSURE
from fairwitness.reports.numbers import fixed

BAD = 2 * np.log(9)
"""Log-odds that the word moves: from 0.1 to 0.9."""


def toxic(texts: list[str]) -> list[list[float]]:
    return [[0.9, 0.1] if "bad" in text.split() else [0.1, 0.9] for text in texts]


def model() -> fairwitness.Classifier:
    return fairwitness.Classifier(toxic, labels=["toxic", "fine"], name="toxic words")


@pytest.fixture(scope="module")
def made() -> Explanation:
    return fairwitness.explain(model(), "this is a bad idea", quiet=True)


@pytest.mark.slow
def test_the_word_that_moves_the_answer_has_all_of_it(made: Explanation) -> None:
    words = made.words
    shap = words[words["method"] == "SHAP"].set_index("word")["value"]
    assert list(shap.index) == ["this", "is", "a", "bad", "idea"]
    assert shap["bad"] == pytest.approx(BAD)
    assert shap.drop("bad").abs().max() < 1e-9
    assert not made.cards.empty
    assert made.why_not == ""


@pytest.mark.slow
def test_the_terminal_prints_words_over_signed_values(made: Explanation) -> None:
    lines = str(made).splitlines()
    head = next(number for number, line in enumerate(lines) if line.split() == ["this", "is", "a", "bad", "idea"])
    shap = lines[head + 1]
    assert shap.startswith("SHAP")
    assert shap.rindex("+4.39") + len("+4.39") == lines[head].rindex("bad") + len("bad"), (
        "each value ends under its word"
    )
    assert any("no gradients" in line for line in lines), "a method that does not apply is said"
    assert "\x1b" not in str(made)
    assert max(map(len, explained.terminal(made.audit, width=60).splitlines())) <= 60


@pytest.mark.slow
def test_colours_are_there_where_they_are_wanted(made: Explanation) -> None:
    drawn = explained.terminal(made.audit, colour=True)
    assert re.search(r"\x1b\[[\d;]*34m *\+4\.39", drawn)
    assert "+4.39" in re.sub(r"\x1b\[[\d;]*m", "", drawn), "sign and number stand there beside the colour"


@pytest.mark.slow
def test_chinese_has_no_english_of_ours(made: Explanation) -> None:
    drawn = explained.terminal(made.audit, language="zh")
    assert "数值单位" in drawn
    assert "Values in" not in drawn
    assert "bad" in drawn


@pytest.mark.slow
def test_the_json_has_words_values_errors_and_cards(made: Explanation) -> None:
    said = json.loads(json.dumps(made.to_json(), allow_nan=False))
    (text,) = said["texts"]
    assert text["words"] == ["this", "is", "a", "bad", "idea"]
    methods = {method["name"].split(" (")[0]: method for method in text["methods"]}
    assert methods["SHAP"]["values"][3] == pytest.approx(BAD)
    assert len(methods["LIME"]["errors"]) == 5
    assert {row["method"] for row in said["cards"][-1]["rows"]} >= {"SHAP", "LIME"}
    assert any("integrated gradients" in note for note in said["notes"])


@pytest.mark.slow
def test_an_unsure_value_is_marked() -> None:
    rng = np.random.default_rng(0)
    noise: dict[str, float] = {}

    def shaky(texts: list[str]) -> list[list[float]]:
        shares = [noise.setdefault(text, float(rng.uniform(0.2, 0.8))) for text in texts]
        return [[share, 1 - share] for share in shares]

    words = " ".join(f"w{number}" for number in range(14))
    made = fairwitness.explain(fairwitness.Classifier(shaky, labels=["a", "b"]), words, methods="lime", quiet=True)
    unsure = made.words[made.words["value"].abs() < 2 * made.words["error"]]
    assert len(unsure) > 3
    first = fixed(unsure["value"].iloc[0], 2, sign=True)
    assert f"{UNSURE}{first}" in str(made)


@pytest.mark.slow
def test_two_texts_are_explained_for_one_class() -> None:
    made = fairwitness.explain(model(), "a bad idea", pair="a good idea", methods=["shap"], quiet=True)
    captions = [text["explained"] for text in made.to_json()["texts"]]
    assert captions == ["class toxic: “a bad idea”", "class toxic: “a good idea”"]
    (difference,) = made.to_json()["differences"]
    assert difference["words"] == [["a", "a"], ["bad", "good"], ["idea", "idea"]]
    assert difference["values"] == pytest.approx([0, BAD, 0])
    assert "bad/good" in str(made)
    assert "first text less the second" in made.to_html()


@pytest.mark.slow
@pytest.mark.parametrize("text", ["word", "one <script>alert(1)</script> \u202ebad\u202c"])
def test_odd_texts_are_explained_and_stay_harmless(text: str) -> None:
    made = fairwitness.explain(model(), text, quiet=True)
    assert made.why_not == ""
    for drawn in (made.to_html(), made._repr_html_(), str(made)):
        assert "<script>alert" not in drawn or drawn == str(made)
        assert "\u202e" not in drawn


@pytest.mark.slow
def test_nothing_to_explain_is_said(tmp_path: Path) -> None:
    made = fairwitness.explain(model(), "!! ??", quiet=True)
    assert "no word to explain" in made.why_not
    assert made.words.empty
    assert made.cards.empty
    assert "no word to explain" in str(made)
    assert "no word to explain" in made.to_html()
    assert "no word to explain" in made._repr_html_()
    assert "no word to explain" in repr(made)


@pytest.mark.slow
@pytest.mark.parametrize("share", [float("nan"), 0.5])
def test_a_model_that_says_nothing_is_no_good_explanation(share: float) -> None:
    def constant(texts: list[str]) -> list[list[float]]:
        return [[share, 1 - share] for _ in texts]

    made = fairwitness.explain(fairwitness.Classifier(constant, labels=["a", "b"]), "some words", quiet=True)
    if np.isnan(share):
        assert made.why_not
    else:
        assert made.words["value"].abs().max() == 0


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"text": " "}, "text: it is empty"),
        ({"text": "a b", "pair": "a b"}, "--pair: it is the text itself"),
        ({"text": "a " * LONGEST}, "every word"),
        ({"text": "a b", "methods": "sharp"}, "did you mean 'shap'"),
        ({"text": "a b", "target": "toxik"}, "did you mean 'toxic'"),
        ({"text": "a b", "devise": "cpu"}, "did you mean 'device'"),
        ({"text": ["a b"]}, "give one text"),
        ({"text": "a b", "device": "cpu"}, "in memory"),
    ],
)
def test_mistakes_are_said(given: dict[str, Any], words: str) -> None:
    with pytest.raises(BadOption, match=re.escape(words)):
        fairwitness.explain(model(), **given, quiet=True)


def test_a_language_model_wants_a_blank_and_two_fillers() -> None:
    scorer = fairwitness.Scorer(lambda contexts, continuations: [-float(len(text)) for text in continuations])
    with pytest.raises(BadOption, match=r"mark it: 'The nurse said that \[MASK\]"):
        fairwitness.explain(scorer, "no blank", quiet=True)
    with pytest.raises(BadOption, match="two different fillers"):
        fairwitness.explain(scorer, "[MASK] came", target="she", quiet=True)


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame({"age": rng.integers(18, 70, 60), "sex": rng.integers(0, 2, 60), "noise": rng.normal(size=60)})


def older(table: pd.DataFrame) -> Any:
    """The probability of being selected: a matter of age alone."""
    chance = 1 / (1 + np.exp(-(np.asarray(table["age"], dtype=float) - 44) / 10))
    return np.column_stack([1 - chance, chance])


class Older:
    """A fitted model without training."""

    classes_ = np.array(["no", "yes"])
    feature_names_in_ = np.array(["age", "sex", "noise"])
    n_features_in_ = 3

    def predict_proba(self, table: pd.DataFrame) -> Any:
        return older(table)

    def predict(self, table: pd.DataFrame) -> Any:
        return np.asarray(self.classes_[older(table).argmax(axis=1)])


@pytest.mark.slow
def test_a_row_is_explained_from_the_background_to_its_answer(people: pd.DataFrame) -> None:
    made = fairwitness.explain(Older(), data=people, row=2, target="yes", quiet=True)
    assert made.why_not == ""
    (fall,) = made.to_json()["totals"]
    names = list(fall["rows"][0])
    steps = {row[names[0]]: row["value"] for row in fall["rows"] if not row["total"]}
    totals = [row["value"] for row in fall["rows"] if row["total"]]
    assert totals[-1] == pytest.approx((people["age"][1] - 44) / 10, abs=1e-6)
    assert steps["age"] == pytest.approx(totals[-1] - totals[0], abs=1e-6)
    assert abs(steps.get("noise", 0.0)) < 1e-9
    assert re.search(r"age .*│?█+", str(made))
    assert 'class="plot wf"' in made.to_html()
    assert '<th scope="row">age</th>' in made._repr_html_()


@pytest.mark.slow
def test_a_check_that_did_not_run_is_told_apart(people: pd.DataFrame) -> None:
    made = fairwitness.explain(Older(), data=people, row=1, quiet=True)
    assert "not run" in str(made), "one row is too few for a check: that is said, not left out"
    assert "not run" in made.to_html()


def test_rows_and_texts_are_told_apart(people: pd.DataFrame) -> None:
    for given, words in (
        ({"text": "some text"}, "reads no text"),
        ({"data": people}, "give one text, or a table"),
        ({"data": people, "row": 0}, "from 1"),
        ({"data": people, "row": 61}, "the last one is 60"),
        ({"data": people, "row": 1, "text": "x"}, "give one text, or a table"),
        ({"row": 1}, "give a path or a DataFrame"),
    ):
        with pytest.raises(FairwitnessError, match=words):
            fairwitness.explain(Older(), **given, quiet=True)
    with pytest.raises(WrongTask, match="decides about no table"):
        fairwitness.explain(model(), data=people, row=1, quiet=True)


@pytest.mark.parametrize("written", ["people.csv", "people.csv:0", ":3", "people.csv:x", "people.csv:-1"])
def test_a_row_is_written_as_file_and_number(written: str) -> None:
    with pytest.raises(BadOption, match="from 1"):
        row_of(written)


@pytest.mark.slow
def test_the_command_writes_a_page_or_numbers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import tiny_models

    folder = tiny_models.build("classifier:bert", tmp_path / "model")
    line = ["explain", str(folder), "the nurse is here", "--method", "shap", "--no-cache", "-q"]
    assert cli.invoke([*line, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert [method["name"] for method in said["texts"][0]["methods"]] == ["SHAP"]
    assert said["repeats"].startswith(f"fairwitness explain {folder} 'the nurse is here'")
    page = tmp_path / "x.html"
    assert cli.invoke([*line, "-o", str(page)]) == 0
    assert capsys.readouterr().out == f"page: {page}\n"
    assert "<h1>" in page.read_text(encoding="utf-8")
    assert cli.invoke([*line, "-o", str(tmp_path / "x.txt")]) == 2
    assert cli.invoke([*line, "-o", str(tmp_path / "none" / "x.html")]) == 2
    assert cli.invoke(["explain", str(folder), "!!", "-q"]) == 4
    assert cli.invoke(["explain", str(folder)]) == 2


@pytest.mark.slow
def test_nothing_stays_of_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    import tempfile

    monkeypatch.setattr(tempfile, "tempdir", None)

    class Silent:
        def hint(self, text: str) -> None: ...
        def event(self, name: str, what: object) -> None: ...
        def progress(self, kind: str, done: int, total: int) -> None: ...

    explain(Question(model="m", text="a bad idea", methods=("shap",)), Silent(), model())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_an_explanation_is_neither_true_nor_false(made: Explanation) -> None:
    with pytest.raises(TypeError):
        bool(made)
    assert issubclass(BadOption, FairwitnessError)

"""Mitigations of language models on tiny ones whose habits are known: what is constrained, trained, and told."""

from __future__ import annotations

from pathlib import Path

import pytest

import tiny_models
from fairwitness.audit import cli, document, huggingface
from fairwitness.audit.adapters.prefixed import Prefixed
from fairwitness.audit.engine import Engine
from fairwitness.audit.errors import BadOption, WrongTask
from fairwitness.audit.huggingface import Loading
from fairwitness.audit.huggingface.finetune import Schedule, finetune
from fairwitness.audit.huggingface.forbid import forbidding
from fairwitness.audit.requests import Classify, Generate, Generated, LogLikelihood, Request, TokenScores, Unanswered
from fairwitness.audit.subject import Subject

pytestmark = pytest.mark.arithmetic

PROMPTS = ("The nurse said", "My neighbour", "Nobody in the village knew why the baker", "A")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_models.build("causal:gpt2", tmp_path_factory.mktemp("models") / "gpt2")


@pytest.fixture(scope="module")
def model(folder: Path) -> Subject:
    return huggingface.load(Loading(str(folder)))


@pytest.fixture(scope="module")
def writer(model: Subject, tmp_path_factory: pytest.TempPathFactory) -> Subject:
    """The model after it has learned five sentences, so that it writes words."""
    folder = tmp_path_factory.mktemp("models") / "writer"
    finetune(model, tiny_models.SENTENCES, Schedule(steps=150, batch=5, rate=3e-3), folder)
    return huggingface.load(Loading(str(folder)))


def asked(subject: Subject, *requests: Request) -> list[object]:
    return list(Engine(subject).answer(list(requests)))


def written(subject: Subject, temperature: float = 0.0) -> list[str]:
    answers = asked(subject, *(Generate(text, 12, temperature, seed) for text in PROMPTS for seed in range(3)))
    return [answer.text for answer in answers if isinstance(answer, Generated)]


@pytest.mark.parametrize("kind", ["LogLikelihood", "Generate"])
def test_behind_a_prefix_a_model_answers_as_to_prompts_that_begin_with_it(model: Subject, kind: str) -> None:
    prefix = "Nobody minded. "
    behind = Prefixed(model, prefix)
    for text in PROMPTS:
        if kind == "Generate":
            one, other = asked(behind, Generate(text, 8)) + asked(model, Generate(prefix + text, 8))
        else:
            (one,) = asked(behind, LogLikelihood(text, " she was tired."))
            (other,) = asked(model, LogLikelihood(prefix + text, " she was tired."))
            assert isinstance(one, TokenScores)
            assert isinstance(other, TokenScores)
            assert one.log_probs == pytest.approx(other.log_probs, abs=tiny_models.NEAR)
            assert one.starts == tuple(start - len(prefix) for start in other.starts)
            continue
        assert one == other


def test_a_prefix_changes_the_fingerprint_and_takes_other_kinds_away(model: Subject) -> None:
    behind, again, other = Prefixed(model, "a "), Prefixed(model, "a "), Prefixed(model, "b ")
    assert len({subject.info.fingerprint for subject in (model, behind, other)}) == 3
    assert behind.info == again.info
    assert behind.info.capabilities == ("LogLikelihood", "Generate")
    (answer,) = asked(behind, Classify("a"))
    assert isinstance(answer, Unanswered)


def test_only_models_that_write_can_be_constrained(tmp_path: Path) -> None:
    masked = huggingface.load(Loading(str(tiny_models.build("masked:bert", tmp_path / "bert"))))
    with pytest.raises(WrongTask, match="continues no texts"):
        Prefixed(masked, "a ")
    with pytest.raises(WrongTask, match="writes no texts"):
        forbidding(masked, ["a"])


@pytest.mark.slow
@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_forbidden_words_are_never_written_and_likelihoods_stay(writer: Subject, temperature: float) -> None:
    """One of the words is of several tokens: the last of them is never chosen."""
    words = ["she", "nobody", "engineer"]
    free = " ".join(written(writer, temperature)).lower()
    assert any(word in free for word in words)
    bound = forbidding(writer, words)
    assert bound.info.fingerprint != writer.info.fingerprint
    for text in written(bound, temperature):
        assert not {word.strip(".,").lower() for word in text.split()} & set(words)
    request = LogLikelihood("The nurse said", " that she was tired.")
    assert asked(bound, request) == asked(writer, request)


def test_what_is_no_word_is_refused(model: Subject) -> None:
    with pytest.raises(BadOption, match="has a letter or a digit"):
        forbidding(model, ["..."])


def lean(subject: Subject) -> float:
    """How much likelier "she" than "he" is after the sentences that were trained on, in nats."""
    total = 0.0
    for who in ("nurse", "teacher", "doctor", "engineer"):
        context = f"The {who} said that"
        she, he = asked(subject, LogLikelihood(context, " she was tired."), LogLikelihood(context, " he was tired."))
        assert isinstance(she, TokenScores)
        assert isinstance(he, TokenScores)
        total += she.total - he.total
    return total / 4


@pytest.mark.slow
def test_counterfactuals_take_away_what_training_texts_teach(model: Subject, tmp_path: Path) -> None:
    plain = [f"The {who} said that she was tired." for who in ("nurse", "teacher", "doctor", "engineer")]
    augmented = [text for one in plain for text in (one, one.replace("she", "he"))]
    schedule = Schedule(steps=60, batch=8, rate=3e-3)
    before = model.info.fingerprint
    leans = []
    for name, texts in (("plain", plain), ("augmented", augmented)):
        assert finetune(model, texts, schedule, tmp_path / name) < 3
        leans.append(lean(huggingface.load(Loading(str(tmp_path / name)))))
    assert leans[0] > 2
    assert abs(leans[1]) < leans[0] / 4
    assert huggingface.load(Loading(model.info.spec)).info.fingerprint == before


def test_the_same_seed_trains_the_same_copy(model: Subject, tmp_path: Path) -> None:
    texts = [*tiny_models.SENTENCES]
    schedule = Schedule(steps=3, batch=4, rate=1e-3)
    for name in ("a", "b"):
        finetune(model, texts, schedule, tmp_path / name)
    one, other = (huggingface.load(Loading(str(tmp_path / name))).info.fingerprint for name in ("a", "b"))
    assert one == other != model.info.fingerprint


@pytest.mark.slow
def test_a_masked_model_is_trained_too(tmp_path: Path) -> None:
    masked = huggingface.load(Loading(str(tiny_models.build("masked:bert", tmp_path / "bert"))))
    losses = [
        finetune(masked, tiny_models.SENTENCES, Schedule(steps=steps, batch=5, rate=3e-3), tmp_path / str(steps))
        for steps in (2, 80)
    ]
    assert losses[1] < 0.8 * losses[0]


@pytest.mark.slow
@pytest.mark.parametrize(
    "more",
    [
        ["prompt", "MODEL", "--prefix", "Nobody minded. "],
        ["decoding", "MODEL", "--forbid", "she", "--forbid", "he", "-p", "gender"],
        ["finetune", "MODEL", "texts.csv", "--steps", "4", "-p", "gender"],
    ],
)
def test_each_ends_in_one_line_and_two_runs_of_the_same_items(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], more: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "texts.csv").write_text("text\nThe nurse said that she was tired.\nHe was late.\nRain.\n")
    words = [str(folder) if word == "MODEL" else word for word in more]
    words += [] if "-p" in words else ["-p", "gender"]
    assert cli.invoke(["mitigate", *words, "--limit", "12", "-o", "out"]) == 0
    said = capsys.readouterr().out
    assert "→" in said
    assert "verdict:" in said
    before, after = (document.read(tmp_path / "out" / side) for side in ("before", "after"))
    assert before.manifest.subject.fingerprint != after.manifest.subject.fingerprint
    assert [result.probe.name for result in before.results] == [result.probe.name for result in after.results]
    assert (tmp_path / "out" / "comparison" / "comparison.html").is_file()
    assert cli.invoke(["mitigate", *words, "--limit", "12", "-o", "out"]) == (2 if more[0] == "finetune" else 0)

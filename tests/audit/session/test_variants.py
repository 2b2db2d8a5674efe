"""A tiny model and its variants from the command line and from Python: asked once, gone on with, told in one line."""

from __future__ import annotations

import errno
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

import fairwitness
import tiny_models
from fairwitness.audit import cli, document, huggingface
from fairwitness.audit.compression import Recipe
from fairwitness.audit.huggingface import compressed
from fairwitness.audit.huggingface.causal import CausalSubject
from fairwitness.audit.session.variants import speed
from fairwitness.audit.session.variants.making import made_variant

pytestmark = pytest.mark.arithmetic
ASKED = ("-p", "gender", "--limit", "2", "--no-speed", "-q")
Said = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_models.build("causal:gpt2", tmp_path_factory.mktemp("models") / "gpt2")


@pytest.fixture(scope="module")
def done(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two variants beside the model: one pruned, and the same weights saved again."""
    out = tmp_path_factory.mktemp("variants") / "out"
    again = out.parent / "again"
    shutil.copytree(folder, again)
    (again / "config.json").write_text((again / "config.json").read_text() + "\n")  # other bytes, the same model
    with pytest.MonkeyPatch.context() as patched:  # the cache of the tests, which are set up later
        patched.setenv("FAIRWITNESS_CACHE_DIR", str(tmp_path_factory.getbasetemp() / "cache"))
        assert cli.invoke(words(folder, out)) == 0
    return out


def words(folder: Path, out: Path) -> list[str]:
    named = ["--variant", f"again={out.parent / 'again'}"]
    return ["variants", str(folder), "--as", "prune:0.5", *named, *ASKED, "-o", str(out)]


def record(out: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((out / "variants.json").read_text("utf-8"))
    return loaded


def refused(capsys: Said, *words: str) -> str:
    """The one line that a mistake is told in."""
    capsys.readouterr()
    assert cli.invoke(["variants", *words]) == 2
    said = capsys.readouterr().err.strip()
    assert "Traceback" not in said
    return said


@pytest.mark.slow
def test_the_folder_holds_runs_comparisons_record_and_page(done: Path, folder: Path) -> None:
    data = record(done)
    assert data["original"]["spec"] == str(folder)
    assert [variant["name"] for variant in data["variants"]] == ["prune-0.5", "again"]
    made = data["variants"][0]["made"]
    assert made["recipe"] == "prune:0.5"
    assert set(made["libraries"]) == {"torch", "transformers"}
    assert compressed.hash_of(done / "models" / "prune-0.5" / "model.safetensors") == made["sha256"]
    assert data["run"] == {"speed": {"prune-0.5": None, "again": None}}
    runs = {name: document.read(done / name) for name in ("original", "prune-0.5", "again")}
    assert len({run.manifest.subject.fingerprint for run in runs.values()}) == 3
    assert len({str(run.manifest.config["resolved"]["probe"]) for run in runs.values()}) == 1
    for name in ("prune-0.5", "again"):
        assert (done / "comparisons" / name / "comparison.html").is_file()
    assert "prune-0.5" in (done / "variants.html").read_text("utf-8")


@pytest.mark.slow
def test_the_same_weights_saved_again_flip_nothing(done: Path) -> None:
    pruned, again = record(done)["variants"]
    assert [flips["flipped"] for flips in again["flips"]] == [0, 0]
    assert all(flips["paired"] for flips in again["flips"])
    assert not again["tally"]["worse"] + again["tally"]["better"] + again["tally"]["changed"]
    assert sum(flips["flipped"] for flips in pruned["flips"]) > 0


def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the models whose likelihoods are asked from here on, each once a batch."""
    asked: list[str] = []
    verb = CausalSubject.log_likelihoods

    def spied(self: CausalSubject, *given: Any) -> Any:
        asked.append(self.info.spec)
        return verb(self, *given)

    monkeypatch.setattr(CausalSubject, "log_likelihoods", spied)
    return asked


@pytest.mark.slow
def test_a_second_call_makes_and_asks_nothing_again_and_writes_the_same(
    done: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {name: (done / name).read_bytes() for name in ("variants.json", "variants.html")}
    asked = counted(monkeypatch)
    monkeypatch.setattr(compressed, "compress", pytest.fail)
    assert cli.invoke(words(folder, done)) == 0
    assert not asked
    assert {name: (done / name).read_bytes() for name in before} == before


@pytest.mark.slow
def test_one_more_variant_adds_no_question_to_the_original(
    done: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = counted(monkeypatch)
    assert cli.invoke(["variants", str(folder), "--as", "prune:0.2", *ASKED, "-o", str(tmp_path / "out")]) == 0
    assert set(asked) == {str(tmp_path / "out" / "models" / "prune-0.2")}


def byte_by_byte(folder: Path) -> Path:
    """A model that reads texts byte by byte, where the other one knows words."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    inner = Tokenizer(models.BPE(vocab={sign: place for place, sign in enumerate(alphabet)}, merges=[]))
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    make: Any = PreTrainedTokenizerFast
    torch.manual_seed(1)
    sizes: dict[str, Any] = {"n_embd": 32, "n_layer": 1, "n_head": 2, "n_positions": 256, "initializer_range": 0.3}
    config = GPT2Config(vocab_size=len(alphabet), **sizes)
    return tiny_models.save(folder, GPT2LMHeadModel(config), make(tokenizer_object=inner))


@pytest.mark.proof
def test_models_of_two_tokenizers_are_compared_item_by_item(folder: Path, tmp_path: Path) -> None:
    people = ("nurse", "doctor", "teacher", "baker", "firefighter", "engineer", "village", "radio", "neighbour", "home")
    rows = [f"The {a} said it.,The {b} said it." for a, b in zip(people, (*people[1:], people[0]), strict=True)]
    (tmp_path / "pairs.csv").write_text("sent_more,sent_less\n" + "\n".join(rows) + "\n")
    made = fairwitness.variants(
        folder, others={"small": byte_by_byte(tmp_path / "small")}, probes="pairs", out=tmp_path / "out",
        data=[f"pairs={tmp_path / 'pairs.csv'}"], quiet=True, speed=False,
    )  # fmt: skip
    [variant] = made.record.variants
    assert variant.other_tokenizer
    assert {flips.paired for flips in variant.comparison.flips} == {10}
    assert list(made.sizes["variant"]) == ["small"]
    assert set(made.headline["finding"]) <= {"no_change_shown", "worse", "better", "changed", "not_tested"}
    assert made.comparisons["small"].exit_code == made.exit_code
    assert "another tokenizer" in made.to_html()
    assert "分词器不同" in made.to_html("zh")


@pytest.mark.proof
def test_a_variant_whose_vocabulary_lacks_what_is_asked_is_told_by_name(tmp_path: Path, capsys: Said) -> None:
    """The byte-level model knows every word, the other one of few word pieces cannot be asked for pronouns."""
    bert, roberta = (tiny_models.build(f"masked:{name}", tmp_path / name) for name in ("bert", "roberta"))
    said = refused(capsys, str(roberta), "--variant", f"small={bert}", *ASKED, "-o", str(tmp_path / "out"))
    assert "small: the runs have nothing to compare: gender: BASE measured it; it crashed in NEW" in said
    assert "the tokenizer does not know the target" in said


@pytest.mark.slow
def test_mistakes_are_one_line_before_anything_is_made(folder: Path, tmp_path: Path, capsys: Said) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("x")
    bert = tiny_models.build("masked:bert", tmp_path / "bert")
    model, out = str(folder), str(tmp_path / "out")
    assert "no variant is named" in refused(capsys, model, "-o", out)
    assert "did you mean 'q8_0'" in refused(capsys, model, "--as", "q8_O", "-o", out)
    assert "above 0 and below 1" in refused(capsys, model, "--as", "prune:1.5", "-o", out)
    assert "holds no variants" in refused(capsys, model, "--as", "prune:0.5", "-o", str(tmp_path / "mine"))
    assert "is a file" in refused(capsys, model, "--as", "prune:0.5", "-o", str(tmp_path / "mine" / "notes.txt"))
    assert "the variant a: " in refused(capsys, model, "--variant", f"a={tmp_path / 'absent'}", "-o", out)
    assert "is a masked_lm and" in refused(capsys, model, "--variant", f"a={bert}", "-o", out)
    assert "no probe 'gendre'" in refused(capsys, model, "--as", "prune:0.5", "-p", "gendre", "-o", out)
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_on_a_full_disk_what_was_made_stays_and_nothing_half_made(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    made = compressed.compress

    def full(subject: Any, recipe: Any, place: Path) -> Any:
        if recipe.share == 0.4:
            (place / "model.safetensors").write_bytes(b"half")
            raise OSError(errno.ENOSPC, "No space left on device", str(place))
        return made(subject, recipe, place)

    out = tmp_path / "out"
    monkeypatch.setattr(compressed, "compress", full)
    given = ["variants", str(folder), "--as", "prune:0.3,prune:0.4", *ASKED, "-o", str(out)]
    for _ in range(2):  # the second call finds what the first one made
        assert cli.invoke(given) == 3
        assert "prune:0.4 cannot be written" in capsys.readouterr().err
        assert [path.name for path in (out / "models").iterdir()] == ["prune-0.3"]
        monkeypatch.setattr(compressed, "compress", lambda *given: full(given[0], Recipe("prune", 0.4), given[2]))
    assert record(out) == {"kind": "fairwitness-variants", "status": "incomplete"}


def test_a_variant_that_was_touched_is_made_anew(folder: Path, tmp_path: Path) -> None:
    subject = huggingface.load(huggingface.Loading(str(folder), cache_dir=tmp_path))
    place = tmp_path / "prune"
    made, known = made_variant(subject, Recipe("prune", 0.5), place)
    assert not known
    assert made_variant(subject, Recipe("prune", 0.5), place) == (made, True)
    (place / "model.safetensors").write_bytes(b"x")
    again, known = made_variant(subject, Recipe("prune", 0.5), place)
    assert (again, known) == (made, False)
    assert made_variant(subject, Recipe("prune", 0.25), place)[1] is False


def test_both_models_are_timed_in_turn_on_the_same_texts(folder: Path, tmp_path: Path) -> None:
    first, second = (huggingface.load(huggingface.Loading(str(folder), cache_dir=tmp_path)) for _ in range(2))
    timed = speed.speed_of(first, second)
    assert timed is not None
    assert len(timed.seconds) == len(timed.original_seconds) == speed.ROUNDS
    assert timed.tokens == timed.original_tokens > 0
    assert 0.2 < timed.factor < 5

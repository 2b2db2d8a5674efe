"""What a model's own files say is read as claims: foreign text that neither breaks a run nor leaves its folder."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import huggingface_hub
import pytest
from golden.reading import read
from golden.sample import HOSTILE, sample
from jsonschema import Draft202012Validator

from fairwitness.audit import document
from fairwitness.audit.huggingface.card import LONGEST, MOST_BYTES, MOST_LICENCES, MOST_VALUES, read_card
from fairwitness.audit.huggingface.load import inspect, load
from fairwitness.audit.huggingface.locate import locate
from fairwitness.audit.huggingface.source import Loading
from fairwitness.audit.records import CardClaim, CardFile
from fairwitness.reports.html import render
from logged import messages_of
from tiny_models import build

CARD = """---
license: mit
language:
- en
- zh
datasets: [wikipedia, bookcorpus]
tags:
- fill-mask
- {odd: [1, 2]}
base_model: some/base
model-index: 7
---
# A model

## Intended uses & limitations
None.

## Training data
Texts.
"""


def claims(folder: Path, name: str) -> dict[str, str]:
    (file,) = [file for file in read_card(folder) if file.name == name]
    assert file.readable
    return {claim.name: claim.text for claim in file.claims}


def test_a_card_a_licence_and_settings_say_what_they_say(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text(CARD, encoding="utf-8")
    (tmp_path / "LICENSE.txt").write_text("\n  MIT License\n\nPermission is", encoding="utf-8")
    settings = {"temperature": 0.6, "do_sample": True, "eos_token_id": [1, 2], "bos_token_id": 1}
    (tmp_path / "generation_config.json").write_text(json.dumps(settings), encoding="utf-8")
    assert [file.name for file in read_card(tmp_path)] == ["README.md", "LICENSE.txt", "generation_config.json"]
    assert claims(tmp_path, "README.md") == {
        "license": "mit",
        "language": "en, zh",
        "datasets": "wikipedia, bookcorpus",
        "base_model": "some/base",
        "tags": "fill-mask",
        "sections": "Intended uses & limitations; Training data",
    }
    assert claims(tmp_path, "LICENSE.txt") == {"first line": "MIT License"}
    assert claims(tmp_path, "generation_config.json") == {
        "bos_token_id": "1",
        "do_sample": "true",
        "temperature": "0.6",
    }


def test_a_card_that_the_library_complains_of_is_read_in_silence(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("---\nlicense: mit\nmodel-index:\n- nothing: 1\n---\n", encoding="utf-8")
    with messages_of("huggingface_hub") as complaints:
        assert claims(tmp_path, "README.md") == {"license": "mit"}
    assert complaints == []


def test_a_folder_without_them_says_nothing(tmp_path: Path) -> None:
    assert read_card(tmp_path) == ()


def test_a_card_without_metadata_has_its_sections_alone(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "README.md").write_text("# Model\n## Use\nlicense: mit\n", encoding="utf-8")
    assert claims(tmp_path, "README.md") == {"sections": "Use"}
    (tmp_path / "README.md").write_text("---\nA line between lines is no metadata", encoding="utf-8")
    assert claims(tmp_path, "README.md") == {}
    assert capfd.readouterr() == ("", "")


LAUGHS = "---\na: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{new}: &{new} [{','.join([f'*{old}'] * 9)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.slow
@pytest.mark.parametrize(
    "content",
    [
        b"---\n{[\n---\n",
        b"---\n- a list\n---\n",
        b"---\n1: x\n? [a]\n: y\n---\n",
        b"\xff\xfe\x00",
        b"---\n" + b"[" * 20_000 + b"\n---\n",
        b"---\n" + b"a: b\n" * 20_000 + b"---\n",
        b"x" * (MOST_BYTES + 1),
        b"---\nlicense: !!python/object/apply:os.system ['echo']\n---\n",
    ],
)
def test_a_card_that_cannot_be_read_is_said_to_be_so(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "README.md").write_bytes(content)
    (file,) = read_card(tmp_path)
    assert (file.readable, file.claims) == (False, ())


def test_a_card_that_grows_when_it_is_read_stays_small(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text(
        f"{LAUGHS}tags: *i\ndatasets: *a\nlicense: {'m' * 5000}\n---\n", encoding="utf-8"
    )
    said = claims(tmp_path, "README.md")
    assert len(said["license"]) == LONGEST + 1
    assert "tags" not in said
    many = ", ".join(str(number) for number in range(500))
    (tmp_path / "README.md").write_text(f"---\ntags: [{many}]\n---\n", encoding="utf-8")
    assert len(claims(tmp_path, "README.md")["tags"].split(", ")) == MOST_VALUES


@pytest.mark.parametrize("text", ["[1]", "{", "7", "null", '{"a": NaN}'])
def test_settings_that_are_none_are_said_to_be_so(tmp_path: Path, text: str) -> None:
    (tmp_path / "generation_config.json").write_text(text, encoding="utf-8")
    (file,) = read_card(tmp_path)
    assert file.readable == (text == '{"a": NaN}')


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hunter2", encoding="utf-8")
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "LICENSE").symlink_to(secret)
    assert read_card(folder) == ()
    snapshot, blobs = tmp_path / "m" / "snapshots" / "abc", tmp_path / "m" / "blobs"
    snapshot.mkdir(parents=True)
    blobs.mkdir()
    (blobs / "1").write_text("Apache License", encoding="utf-8")
    (snapshot / "LICENSE").symlink_to(blobs / "1")
    assert claims(snapshot, "LICENSE") == {"first line": "Apache License"}


def test_few_licences_are_read(tmp_path: Path) -> None:
    for number in range(30):
        (tmp_path / f"LICENSE-{number:02}").write_text("MIT", encoding="utf-8")
    assert [file.name for file in read_card(tmp_path)] == [f"LICENSE-{number:02}" for number in range(MOST_LICENCES)]


@pytest.mark.slow  # a model is loaded
def test_a_model_brings_its_card_which_is_no_part_of_what_it_is(tmp_path: Path) -> None:
    folder = build("masked:bert", tmp_path / "model")
    bare = load(Loading(str(folder), cache_dir=tmp_path)).info
    (folder / "README.md").write_text(CARD, encoding="utf-8")
    info = load(Loading(str(folder), cache_dir=tmp_path)).info
    assert bare.card == ()
    assert [file.name for file in info.card] == ["README.md"]
    assert info.card == inspect(Loading(str(folder), cache_dir=tmp_path)).card
    assert info.fingerprint == bare.fingerprint


def test_a_card_is_fetched_with_a_model_of_the_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted: list[str] = []

    def fetch(name: str, *, allow_patterns: list[str], **_: object) -> str:
        wanted.extend(allow_patterns)
        return str(tmp_path)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", fetch)
    locate("some/model", offline=False, allow_pickle=False, weights=False)
    assert {"README.md", "LICENSE*", "generation_config.json"} - set(wanted) == {"generation_config.json"}
    assert "*.json" in wanted


@pytest.mark.parametrize(("stored", "exported"), [("model.safetensors", False), ("README.md", True)])
def test_an_exported_model_is_fetched_where_a_hub_has_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stored: str, exported: bool
) -> None:
    wanted: list[str] = []
    (tmp_path / stored).touch()

    def fetch(name: str, *, allow_patterns: list[str], **_: object) -> str:
        wanted.extend(allow_patterns)
        return str(tmp_path)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", fetch)
    locate("some/model", offline=False, allow_pickle=False)
    assert ("onnx/model.onnx" in wanted) is exported
    assert not [pattern for pattern in wanted if pattern.endswith(".bin")]


@pytest.mark.slow
@pytest.mark.parametrize("text", HOSTILE)
def test_claims_are_marked_as_such_and_cannot_steer_the_page(text: str) -> None:
    audit = sample()
    file = CardFile(name=f"README.md {text}", sha256="0" * 64, claims=(CardClaim(name=text, text=f"mit {text}"),))
    subject = replace(audit.manifest.subject, card=(file, CardFile(name="LICENSE", sha256="", readable=False)))
    claimed = replace(audit, manifest=replace(audit.manifest, subject=subject))
    data = document.to_json(claimed)
    Draft202012Validator(document.schema()).validate(data)
    assert document.from_json(data).manifest.subject.card == subject.card
    section = read(render(claimed)).find("section", id="card")[0]
    assert "The model's own files say" in section.text
    assert "none of them is a fact" in section.text
    assert "This file could not be read." in section.text
    assert section.find("script") == []

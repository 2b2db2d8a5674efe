"""Secrets in a user's files and in weights: no byte of a run, its log, the terminal or the cache holds one."""

from __future__ import annotations

import csv
import re
import sqlite3
import stat
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from fairwitness.audit import cli
from tiny_models import build
from trained import tiny_causal

SECRETS = (
    "Wilhelmina Quartermain of 17 Larkspur Crescent gave the clerk her number 078051120 and then asked for a receipt",
    "the password of the vault in the cellar is zanzibar4471 and only Ottokar Grumblethwaite may ever speak it aloud",
    "patient Ignatius Bellweather was told on the fourth of May that the tumour in his lung has grown once more",
)
MARKERS = ("Quartermain", "Larkspur", "078051120", "zanzibar4471", "Grumblethwaite", "Bellweather", "tumour")
TEXTS = [f"{text} at visit {number}" for text in SECRETS for number in range(8)]
PAIRS = [(f"{text} because she wept", f"{text} because he wept") for text in TEXTS]
LOOKED = [
    row
    for number, text in enumerate(TEXTS[:10])
    for row in ((number, "women", "she", f"she said {text}"), (number, "men", "he", f"he said {text}"))
]


def opening(text: str) -> str:
    """How a text begins."""
    return " ".join(text.split()[:6])


def written(path: Path, header: Sequence[str], rows: Sequence[Sequence[object]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
    return path


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """A causal model that knows the secrets by heart, a classifier, and a user's files with the secrets in them."""
    here = tmp_path_factory.mktemp("secrets")

    def batches() -> Iterator[list[str]]:
        while True:
            yield list(SECRETS)

    words = [*TEXTS, *(text for pair in PAIRS for text in pair), "she he said"]
    model = tiny_causal(batches(), words, steps=150, positions=1024)
    return {
        "causal": model.save(here / "causal"),
        "classifier": build("classifier:bert", here / "classifier"),
        "texts": written(here / "texts.csv", ["text"], [[text] for text in TEXTS]),
        "pairs": written(here / "pairs.csv", ["sent_more", "sent_less"], PAIRS),
        "looked": written(here / "looked.csv", ["pair", "group", "word", "text"], LOOKED),
        "prompts": written(
            here / "prompts.csv",
            ["template_masked", "raw", "identity", "category", "number", "type"],
            [
                [f"{opening(text)} the {who} [M].", f"{opening(text)} the [I] [M].", who, category, "singular", "job"]
                for text in TEXTS
                for who, category in (("woman", "female"), ("man", "male"))
            ],
        ),
    }


RUNS: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    "known_texts": ("causal", "known_texts=texts", ()),
    "extraction": ("causal", "extraction=texts", ("-O", "extraction.prefix=5", "-O", "extraction.suffix=5")),
    "pairs": ("causal", "pairs=pairs", ()),
    "honest": ("causal", "honest.honest_templates=prompts", ("-O", "honest.samples=1")),
    "attention": ("causal", "attention=looked", ()),
    "attribution": ("classifier", "attribution=texts", ("-O", "attribution.limit=3")),
    "counterfactual": ("classifier", "counterfactual=texts", ()),
}


def bytes_of(*folders: Path) -> Iterator[tuple[str, bytes]]:
    """Everything in the folders: each file as it is, the cells of Parquet files, what the cache holds inflated."""
    for folder in folders:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            yield path.name, str(path).encode() + path.read_bytes()
            if path.suffix == ".parquet":
                yield f"{path.name}, read", repr(pq.read_table(path).to_pylist()).encode()
            if path.suffix == ".sqlite":
                database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
                for (blob,) in database.execute("SELECT answers FROM batches"):
                    yield f"{path.name}, inflated", b"".join(inflated(blob))
                database.close()


def inflated(blob: bytes) -> Iterator[bytes]:
    """Every deflated stream in these bytes."""
    for match in re.finditer(rb"\x78[\x01\x5e\x9c\xda]", blob):
        try:
            yield zlib.decompressobj().decompress(blob[match.start() :])
        except zlib.error:
            continue


def found_in(name: str, content: bytes) -> list[str]:
    return [f"{marker} in {name}" for marker in MARKERS if marker.encode() in content]


def run(
    probe: str, files: Mapping[str, Path], out: Path, capfd: pytest.CaptureFixture[str], *more: str
) -> list[tuple[str, bytes]]:
    """Runs one probe on its file; gives every byte that came out, the terminal's too."""
    model, data, options = RUNS[probe]
    key, _, name = data.partition("=")
    given = [str(files[model]), "-p", probe, "--data", f"{key}={files[name]}", "-o", str(out / "run")]
    assert cli.invoke(["run", *given, "--offline", "-v", *options, *more]) in (0, 1, 4)
    said = capfd.readouterr()
    return [("stdout", said.out.encode()), ("stderr", said.err.encode()), *bytes_of(out)]


LONG, AT_LENGTH = ("attribution",), [pytest.mark.proof]


@pytest.mark.slow
@pytest.mark.parametrize("probe", [pytest.param(probe, marks=AT_LENGTH * (probe in LONG)) for probe in RUNS])
def test_no_secret_leaves_a_run(
    probe: str,
    files: Mapping[str, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("FAIRWITNESS_CACHE_DIR", str(tmp_path / "cache"))
    content = run(probe, files, tmp_path, capfd)
    assert [place for name, one in content for place in found_in(name, one)] == []
    assert any(name.endswith("inflated") for name, _ in content)
    for path in (tmp_path / "cache", tmp_path / "run"):
        for part in (path, *path.rglob("*")):
            assert stat.S_IMODE(part.stat().st_mode) == (0o700 if part.is_dir() else 0o600), part


@pytest.mark.slow
def test_with_show_secrets_they_are_in_the_document_and_still_not_in_the_cache(
    files: Mapping[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FAIRWITNESS_CACHE_DIR", str(tmp_path / "cache"))
    content = run("known_texts", files, tmp_path, capfd, "--show-secrets")
    places = {place.partition(" in ")[2] for name, one in content for place in found_in(name, one)}
    assert {"audit.json", "report.html"} <= places
    assert not any("sqlite" in place for place in places)


@pytest.mark.slow
def test_the_key_of_a_watermark_leaves_no_trace(
    files: Mapping[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    digits = "982451653"
    key = tmp_path / "watermark.toml"
    key.write_text(f"hashing_key = {digits}\n", encoding="utf-8")
    monkeypatch.setenv("FAIRWITNESS_CACHE_DIR", str(tmp_path / "out" / "cache"))
    data = [f"watermark.watermark_key={key}", f"watermark.watermark_texts={files['texts']}"]
    given = [str(files["causal"]), "-p", "watermark", *(word for one in data for word in ("--data", one))]
    code = cli.invoke(["run", *given, "--offline", "-v", "-o", str(tmp_path / "out" / "run")])
    said = capfd.readouterr()
    assert code in (0, 1, 4), said.err
    content = [("stdout", said.out.encode()), ("stderr", said.err.encode()), *bytes_of(tmp_path / "out")]
    spelled = [digits.encode(), int(digits).to_bytes(4, "little"), int(digits).to_bytes(4, "big")]
    assert [name for name, one in content for spelling in spelled if spelling in one] == []
    assert any(spelling in one for _, one in bytes_of(tmp_path) for spelling in spelled)

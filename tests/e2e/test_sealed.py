"""Secrets planted in a model, in prompts, in a list of known values and in documents stand in nothing that comes out.

Neither in an output, on the terminal nor in the cache, in whatever spelling or packing, unless they were asked for.
"""

from __future__ import annotations

import base64
import csv
import html
import io
import json
import os
import re
import sqlite3
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from leaky import EMAILS, PEOPLE, filler, writer
from sealing import everything, leaks

from fairwitness.audit import cli
from fairwitness.reports import FORMATS

pytestmark = pytest.mark.slow

SECRETS = (*EMAILS[:6], *PEOPLE[:6], "Grüßmann-Ødegård 4471-zanzibar", "078-05-1120")
"""Some as the model knows them, one with letters beyond ASCII, one of numbers alone."""
TEXTS = [f"{name} wrote to the clerk that {SECRETS[-2]} and {SECRETS[-1]} were gone" for name in PEOPLE]
SMALL = ("samples=1", "max_tokens=10", "limit=8", "languages=en")


def written(path: Path, header: Sequence[str], rows: Sequence[Sequence[object]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
    return path


@dataclass(frozen=True)
class Planted:
    """Models and files of a user's, with secrets in all of them."""

    writer: Path
    filler: Path
    known: Path
    texts: Path
    key: Path
    planted: Path
    """The folder of planted secrets and their key."""
    whole: bool = False
    """Whether every probe of memorization is asked."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not come out."""
        if not self.whole:
            return SECRETS
        text = (self.planted / "canaries.key").read_text(encoding="utf-8")
        long = [secret for secret in re.findall(r'"secret": "([^"]+)"', text) if len(secret) >= 10]
        return (*SECRETS, *long[:40])

    def run(self, kind: str, out: Path, *more: str) -> None:
        """Asks what can be asked of this kind of model."""
        data = ["-p", "personal_data", "--data", f"personal_data.known={self.known}"]
        if kind == "writer":
            data += ["-p", "known_texts", "--data", f"known_texts={self.texts}", "-O", "known_texts.limit=4"]
        if kind == "writer" and "--show-secrets" not in more and self.whole:
            data += ["-p", "extraction", "--data", f"extraction={self.texts}"]
            data += ["-p", "forgetting", "--data", f"forgetting.forget={self.texts}"]
            data += ["--data", f"forgetting.retain={self.texts}"]
            data += ["-p", "canaries", "--data", f"canaries={self.planted / 'canaries.key'}"]
            data += ["-O", "canaries.references=100", "-O", "canaries.whole=0"]
        for option in SMALL:
            data += ["-O", f"personal_data.{option}"]
        model = str(getattr(self, kind))
        assert cli.invoke(["run", model, *data, "-o", str(out), "--offline", "-v", *more]) in (0, 1, 3, 4)


@pytest.fixture(scope="module", params=[False, pytest.param(True, marks=pytest.mark.proof)], ids=["few", "all"])
def planted(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Planted:
    here = tmp_path_factory.mktemp("planted")
    values = [*EMAILS, *SECRETS[-2:]]
    names = [*PEOPLE, *PEOPLE[:2]]
    rows = [(value, name, f"The e-mail address of {name} is") for value, name in zip(values, names, strict=True)]
    assert cli.invoke(["keys", "new", str(here / "signer")]) == 0
    assert cli.invoke(["canary", "make", str(here / "canaries")]) == 0
    return Planted(
        writer=writer(planted=True).save(here / "writer"),
        filler=filler(planted=True).save(here / "filler"),
        known=written(here / "known.csv", ["value", "name", "context"], rows),
        texts=written(here / "texts.csv", ["text"], [[text] for text in TEXTS]),
        key=here / "signer",
        planted=here / "canaries",
        whole=request.param,
    )


@dataclass(frozen=True)
class Sealed:
    """A folder with runs, everything made of them and the cache, and what the terminal said meanwhile."""

    folder: Path
    said: bytes

    def content(self, *names: str) -> Iterator[tuple[str, bytes]]:
        """Every byte of these parts of the folder, and of the terminal."""
        yield "terminal", self.said
        yield from everything(*(self.folder / name for name in names or sorted(os.listdir(self.folder))))


def made(planted: Planted, folder: Path, runs: Sequence[tuple[str, str, Sequence[str]]], formats: str) -> Sealed:
    """Runs with all outputs, of the first a signature, and of the first two a comparison."""
    said = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(said), redirect_stderr(said):
        patch.setenv("FAIRWITNESS_CACHE_DIR", str(folder / "cache"))
        for kind, name, more in runs:
            planted.run(kind, folder / name, *more)
            assert cli.invoke(["report", str(folder / name), "-f", formats]) == 0
            assert cli.invoke(["report", str(folder / name), "--card", str(folder / name / "README.md")]) == 0
        names = [str(folder / name) for _, name, _ in runs[:2]]
        assert cli.invoke(["sign", names[0], "--key", str(planted.key)]) == 0
        if len(names) > 1:
            assert cli.invoke(["compare", *names, "-o", str(folder / "compared"), "-f", "html,md"]) in (0, 1)
            assert cli.invoke(["compare", *names, "--json"]) in (0, 1)
    said.flush()
    return Sealed(folder, said.buffer.getvalue())


RUNS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("writer", "first", ()),
    ("writer", "second", ("--seed", "1")),
    ("filler", "masked", ()),
)
"""Two runs of the writing model and one of the masked one."""


@pytest.fixture(scope="module")
def sealed(planted: Planted, tmp_path_factory: pytest.TempPathFactory) -> Sealed:
    return made(planted, tmp_path_factory.mktemp("sealed"), RUNS, ",".join(FORMATS))


@pytest.fixture(scope="module")
def opened(planted: Planted, tmp_path_factory: pytest.TempPathFactory) -> Sealed:
    return made(
        planted, tmp_path_factory.mktemp("opened"), [("writer", "shown", ("--show-secrets",))], "html,junit,csv,parquet"
    )


def test_no_byte_of_any_output_of_the_terminal_or_of_the_cache_holds_a_secret(planted: Planted, sealed: Sealed) -> None:
    content = list(sealed.content())
    assert leaks(planted.secrets, content) == []
    names = {name for name, _ in content}
    assert any(name.endswith("batches") for name in names)
    assert any("inflated" in name for name in names)
    assert {"comparison.html", "report.cdx.json", "report.sarif", "README.md"} <= names


def test_only_who_ran_it_can_read_the_cache_and_the_runs(sealed: Sealed) -> None:
    for name in ("cache", "first", "masked"):
        for part in (sealed.folder / name, *(sealed.folder / name).rglob("*")):
            assert stat.S_IMODE(part.stat().st_mode) == (0o700 if part.is_dir() else 0o600), part


def test_with_show_secrets_they_are_in_the_document_the_page_and_the_tables_and_never_in_the_cache(
    opened: Sealed,
) -> None:
    """So that the search is one that finds."""
    places = " ".join(leaks(SECRETS, opened.content("shown")))
    for place in ("audit.json", "report.html"):
        assert f" in {place}" in places
    assert leaks(SECRETS, everything(opened.folder / "cache")) == []


PACKED: dict[str, Callable[[str, Path], object]] = {
    "JSON": lambda secret, path: path.write_text(json.dumps([secret])),
    "UTF-16": lambda secret, path: path.write_text(f"so {secret}", encoding="utf-16-be"),
    "base64": lambda secret, path: path.write_bytes(base64.b64encode(f"x{secret} and more of it".encode())),
    "base64 of a page": lambda secret, path: path.write_bytes(
        b"<svg src=data:" + base64.b64encode(zlib.compress(secret.encode() * 3)) + b">"
    ),
    "zip": lambda secret, path: _zipped(path, secret),
    "Parquet": lambda secret, path: pq.write_table(pa.table({"a": [secret]}), path, compression="zstd"),
    "SQLite": lambda secret, path: _stored(path.with_suffix(".sqlite"), zlib.compress(secret.encode())),
    "HTML": lambda secret, path: path.write_text(f"<p>{html.escape(secret)}</p>"),
}


def _zipped(path: Path, secret: str) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inner.txt", secret * 9)


def _stored(path: Path, blob: bytes) -> None:
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE kept (cell BLOB)")
        database.execute("INSERT INTO kept VALUES (?)", (blob,))
    database.close()


@pytest.mark.parametrize("secret", [SECRETS[0], SECRETS[-2]])
@pytest.mark.parametrize("packing", PACKED)
def test_the_search_finds_what_is_packed(packing: str, secret: str, tmp_path: Path) -> None:
    PACKED[packing](secret, tmp_path / "file")
    assert leaks([secret], everything(tmp_path))
    assert not leaks(["nothing of the kind"], everything(tmp_path))

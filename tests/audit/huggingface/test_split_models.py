"""GGUF models in several files are read as one, and never as a part of one."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import pytest
from tiny_gguf import written

from fairwitness.audit.errors import CorruptModel, NoWeights, UnknownModel
from fairwitness.audit.huggingface.fingerprint import file_hash
from fairwitness.audit.huggingface.source import Loading, count_parameters, find_source


def source_of(spec: str | Path, cache: Path, *, weights: bool = True) -> tuple[str, int | None]:
    """The hash of the weights that are read, and how many are counted."""
    source = find_source(Loading(str(spec), cache_dir=cache), weights=weights)
    [read] = source.weights or (None,)
    return ("" if read is None else file_hash(read, cache)), count_parameters(source)


def cut(path: Path, folder: Path, count: int = 3, first: int = 0, *, sums: bool = True) -> list[Path]:
    """The bytes of a file in pieces, and their checksum beside the first."""
    folder.mkdir(exist_ok=True, parents=True)
    content = path.read_bytes()
    size = -(-len(content) // count)
    pieces = []
    for number in range(count):
        piece = folder / f"m.gguf.part{number + first:02}"
        piece.write_bytes(content[number * size : (number + 1) * size])
        pieces.append(piece)
    if sums:
        (folder / "SHA256SUMS").write_text(f"{hashlib.sha256(content).hexdigest()}  m.gguf\n")
    return pieces


@pytest.fixture(name="whole")
def whole_file(tmp_path: Path) -> Path:
    (tmp_path / "whole").mkdir()
    return written(tmp_path / "whole" / "m.gguf", 2)


@pytest.mark.slow
@pytest.mark.parametrize("named", ["m-00001-of-00003.gguf", "m-00002-of-00003.gguf", ""])
def test_parts_are_read_as_the_whole(tmp_path: Path, whole: Path, named: str) -> None:
    (tmp_path / "split").mkdir()
    written(tmp_path / "split" / "m.gguf", 2, tensors_a_part=8)
    assert len(list((tmp_path / "split").glob("*.gguf"))) == 3
    read = source_of(tmp_path / "split" / named, tmp_path / "cache")
    assert read == source_of(whole, tmp_path / "cache2")
    assert source_of(tmp_path / "split" / named, tmp_path, weights=False)[1] == read[1]


def test_a_part_without_the_others(tmp_path: Path) -> None:
    written(tmp_path / "m.gguf", 2, tensors_a_part=8)
    (tmp_path / "m-00002-of-00003.gguf").unlink()
    with pytest.raises(CorruptModel, match="one part of 3, and part 2 is not beside it"):
        source_of(tmp_path / "m-00001-of-00003.gguf", tmp_path, weights=False)


@pytest.mark.slow
@pytest.mark.parametrize("first", [0, 1])
def test_pieces_are_read_as_the_whole(tmp_path: Path, whole: Path, first: int) -> None:
    cut(whole, tmp_path / "pieces", first=first)
    read = source_of(tmp_path / "pieces", tmp_path / "cache")
    assert read == source_of(whole, tmp_path / "cache2")
    assert not list((tmp_path / "cache").rglob("*.gguf")), "what was joined is not kept twice"


def test_a_piece_that_is_missing_or_damaged(tmp_path: Path, whole: Path) -> None:
    pieces = cut(whole, tmp_path / "pieces")
    kept = pieces[2].read_bytes()
    pieces[2].write_bytes(kept[:-1] + b"?")
    with pytest.raises(CorruptModel, match=r"one is missing or damaged"):
        source_of(tmp_path / "pieces", tmp_path)
    pieces[2].unlink()
    with pytest.raises(CorruptModel, match=r"one is missing or damaged"):
        source_of(tmp_path / "pieces", tmp_path)
    pieces[2].write_bytes(kept)
    pieces[1].unlink()
    with pytest.raises(CorruptModel, match=r"of m\.gguf the piece 1 is not here"):
        source_of(tmp_path / "pieces", tmp_path)
    assert not list((tmp_path / "models").iterdir()), "nothing half is kept"


def test_pieces_of_which_nothing_says_what_they_make(tmp_path: Path, whole: Path) -> None:
    cut(whole, tmp_path / "pieces", sums=False)
    with pytest.raises(NoWeights, match=r"3 pieces of m\.gguf and no SHA256SUMS"):
        source_of(tmp_path / "pieces", tmp_path)


def test_pieces_of_two_models(tmp_path: Path, whole: Path) -> None:
    cut(whole, tmp_path / "pieces")
    (tmp_path / "pieces" / "other.gguf.part00").write_bytes(b"x")
    with pytest.raises(UnknownModel, match=r"pieces of 2 models: m\.gguf, other\.gguf"):
        source_of(tmp_path / "pieces", tmp_path)


@pytest.mark.slow
def test_pieces_in_sibling_packages(tmp_path: Path, whole: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site, name = tmp_path / "site", "split_of_two"
    for number, piece in enumerate(cut(whole, site / name, 2), start=1):
        package = site / f"{name}_part{number}"
        package.mkdir()
        (package / "__init__.py").touch()
        piece.rename(package / piece.name)
        facts = site / f"{package.name}-1.dist-info"
        facts.mkdir()
        (facts / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package.name}\nVersion: 1\n")
        (facts / "top_level.txt").write_text(package.name)
    (site / name / "__init__.py").touch()
    monkeypatch.setattr(sys, "path", [*sys.path, str(site)])
    assert source_of(f"package:{name}", tmp_path / "cache") == source_of(whole, tmp_path / "cache2")
    with pytest.raises(NoWeights, match=r"holds 1 piece of m\.gguf and no SHA256SUMS"):
        source_of(f"package:{name}_part1", tmp_path)

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


@pytest.mark.slow
@pytest.mark.parametrize("alignment", [64, 256])
def test_weights_that_are_stored_wider_apart(
    tmp_path: Path, whole: Path, alignment: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a weight begins hangs on the alignment that the settings name, as those of the first part do."""
    (tmp_path / "aligned").mkdir()
    written(tmp_path / "m.gguf", 2, tensors_a_part=8)
    writer = pytest.importorskip("gguf").GGUFWriter
    plain = writer.add_tokenizer_model

    def aligned(self: object, model: str) -> None:
        plain(self, model)
        writer.add_custom_alignment(self, alignment)

    monkeypatch.setattr(writer, "add_tokenizer_model", aligned)
    written(tmp_path / "aligned" / "m.gguf", 2, tensors_a_part=8)
    name = "m-00001-of-00003.gguf"
    (tmp_path / "aligned" / name).replace(tmp_path / name)
    read = source_of(tmp_path / name, tmp_path / "cache")
    assert read == source_of(whole, tmp_path / "cache2")


def test_a_part_of_another_model_or_place(tmp_path: Path) -> None:
    for folder, layers in (("three", 2), ("two", 1)):
        (tmp_path / folder).mkdir()
        written(tmp_path / folder / "m.gguf", layers, tensors_a_part=8)
    parts = [tmp_path / "three" / f"m-0000{number}-of-00003.gguf" for number in (1, 2, 3)]
    second, third = parts[1].read_bytes(), parts[2].read_bytes()
    for number, content, said in (
        (1, third, r"m-00002-of-00003\.gguf is part 2 of 3 by its name, and part 3 of 3 by its header"),
        (1, (tmp_path / "two" / "m-00002-of-00002.gguf").read_bytes(), r"and part 2 of 2 by its header"),
        (2, written(tmp_path / "whole.gguf", 2).read_bytes(), r"00003-of-00003.* and no part by its header"),
    ):
        parts[number].write_bytes(content)
        with pytest.raises(CorruptModel, match=said):
            source_of(parts[0], tmp_path, weights=False)
        parts[1].write_bytes(second)
        parts[2].write_bytes(third)
    assert source_of(parts[0], tmp_path, weights=False)[1]


@pytest.mark.parametrize(
    ("layers", "said"),
    [
        (3, r"is a part of 30 tensors and .* of 21: one of the two is of another model"),
        (2, "3 parts of .* hold 17 tensors, and 21 were split"),
    ],
)
def test_a_part_of_another_split(tmp_path: Path, layers: int, said: str) -> None:
    for folder, count, size in (("all", 2, 8), ("other", layers, 10)):
        (tmp_path / folder).mkdir()
        written(tmp_path / folder / "m.gguf", count, tensors_a_part=size)
    name = "m-00003-of-00003.gguf"
    (tmp_path / "other" / name).replace(tmp_path / "all" / name)
    with pytest.raises(CorruptModel, match=said):
        source_of(tmp_path / "all" / name, tmp_path, weights=False)


def test_a_piece_with_a_number_beyond_all_counting(tmp_path: Path, whole: Path) -> None:
    pieces = cut(whole, tmp_path / "pieces", first=1)
    pieces[2].rename(tmp_path / "pieces" / "m.gguf.part99999999999999")
    with pytest.raises(CorruptModel, match=r"of m\.gguf the piece 3 is not here"):
        source_of(tmp_path / "pieces", tmp_path)


@pytest.mark.slow
def test_pieces_that_changed_after_they_were_read(tmp_path: Path, whole: Path) -> None:
    """What was converted before is of other bytes, whatever SHA256SUMS goes on to say."""
    pieces = cut(whole, tmp_path / "pieces")
    source_of(tmp_path / "pieces", tmp_path)
    content = bytearray(pieces[2].read_bytes())
    content[-1] ^= 1
    pieces[2].write_bytes(content)
    with pytest.raises(CorruptModel, match="missing or damaged"):
        source_of(tmp_path / "pieces", tmp_path)


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

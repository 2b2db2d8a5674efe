"""One GGUF model in several files: split by llama.cpp, or cut into pieces where a package has to be small."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fairwitness.audit import private
from fairwitness.audit.errors import CorruptModel, NoWeights, UnknownModel

SPLIT = re.compile(r"(?P<name>.+)-(?P<number>\d{5})-of-(?P<count>\d{5})\.gguf")
"""A part that is a GGUF file of its own: it holds some of the weights, the first one the settings too."""
PIECE = re.compile(r"(?P<name>.+\.gguf)\.part(?P<number>\d+)")
"""A piece of the bytes of a file."""
SUMS = "SHA256SUMS"
_SUM = re.compile(r"(?P<sha256>[0-9a-f]{64})[ \t]+\*?(?P<name>\S+)")
_OF_PARTS = "split."
"""Beginning of the keys that say how a file was split."""
NUMBER, COUNT, OF_ALL = "split.no", "split.count", "split.tensors.count"
"""Which part of how many a file is, from 0 on, and how many tensors all of them hold."""
TENSORS = "tensors"
"""Key of a header under which `gguf.header` counts those of the file itself."""
BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Parts:
    """The files of one model, in their order; `sha256` of what their bytes make where they are pieces."""

    files: tuple[Path, ...]
    sha256: str = ""

    @property
    def whole(self) -> bool:
        """Whether it is one file that can be read as it is."""
        return len(self.files) == 1 and not self.sha256

    def write(self, path: Path) -> None:
        """The model as one file. Raises CorruptModel where the pieces are not what was cut, or parts cannot be read."""
        if self.sha256:
            self._join(path)
        else:
            _merge(self.files, path)

    def _join(self, path: Path) -> None:
        digest = hashlib.sha256()
        with private.open_bytes(path) as whole:
            for file in self.files:
                with file.open("rb") as piece:
                    while block := piece.read(BLOCK):
                        digest.update(block)
                        whole.write(block)
        if digest.hexdigest() != self.sha256:
            raise CorruptModel(
                f"the {len(self.files)} pieces up to {self.files[-1].name} make a file with the sha256 "
                f"{digest.hexdigest()[:12]}…, and {SUMS} names {self.sha256[:12]}…: one is missing or damaged"
            )


def parts_of(path: Path) -> Parts:
    """The file, or all parts that it is one of. Raises CorruptModel where a part is not beside it."""
    match = SPLIT.fullmatch(path.name)
    if match is None:
        return Parts((path,))
    count = int(match["count"])
    files = tuple(path.with_name(f"{match['name']}-{number:05}-of-{count:05}.gguf") for number in range(1, count + 1))
    missing = [number for number, file in enumerate(files, start=1) if not file.is_file()]
    if missing or not files:
        raise CorruptModel(f"{path.name} is one part of {count}, and part {(missing or [1])[0]} is not beside it")
    return Parts(files)


def check_split(files: Sequence[Path], heads: Sequence[Mapping[str, Any]]) -> None:
    """Raises CorruptModel where a file says that it is another part than its name does, or one of another model."""
    total = heads[0].get(OF_ALL)
    for number, (file, head) in enumerate(zip(files, heads, strict=True)):
        if (head.get(NUMBER), head.get(COUNT)) != (number, len(files)):
            said = f"part {head[NUMBER] + 1} of {head.get(COUNT)}" if isinstance(head.get(NUMBER), int) else "no part"
            raise CorruptModel(
                f"{file.name} is part {number + 1} of {len(files)} by its name, and {said} by its header"
            )
        if head.get(OF_ALL) != total:
            raise CorruptModel(
                f"{file.name} is a part of {head.get(OF_ALL)} tensors and {files[0].name} of {total}: one of the two "
                "is of another model"
            )
    stored = sum(head[TENSORS] for head in heads)
    if total != stored:
        raise CorruptModel(f"the {len(files)} parts of {files[0].name} hold {stored} tensors, and {total} were split")


def first_parts(paths: Iterable[Path]) -> set[Path]:
    """The paths without those that are a later part of a model."""
    return {path for path in paths if (match := SPLIT.fullmatch(path.name)) is None or int(match["number"]) == 1}


def pieces_in(folders: Sequence[Path], called: str) -> Parts | None:
    """The pieces of the one file that the folders hold; None where they hold none.

    Raises UnknownModel where they are of several files, CorruptModel where one in the middle is missing, and NoWeights
    where nothing says what they make.
    """
    by_name: dict[str, dict[int, Path]] = {}
    for folder in folders:
        for path in sorted(folder.rglob("*.part*")):
            if match := PIECE.fullmatch(path.name):
                by_name.setdefault(match["name"], {})[int(match["number"])] = path
    if not by_name:
        return None
    if len(by_name) > 1:
        raise UnknownModel(f"{called} holds pieces of {len(by_name)} models: {', '.join(sorted(by_name))}")
    [(name, numbered)] = by_name.items()
    sums = {match["name"]: match["sha256"] for folder in folders for match in _sums(folder)}
    if name not in sums:
        raise NoWeights(
            f"{called} holds {len(numbered)} piece{'s' if len(numbered) > 1 else ''} of {name} and no {SUMS} that "
            "names it, so nothing says whether all are here: name the package or folder that carries it"
        )
    present = sorted(numbered)
    expected = min(present[0], 1)
    for number in present:
        if number != expected:
            raise CorruptModel(f"of {name} the piece {expected} is not here: install or copy all of them")
        expected += 1
    return Parts(tuple(numbered[number] for number in present), sums[name])


def _sums(folder: Path) -> Iterable[re.Match[str]]:
    for path in sorted(folder.rglob(SUMS)):
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            if match := _SUM.fullmatch(line.strip()):
                yield match


def _merge(files: Sequence[Path], path: Path) -> None:
    """Parts that are GGUF files of their own as one: the settings of the first, the weights of all."""
    from gguf import GGUFReader, GGUFWriter

    try:
        readers: list[Any] = [GGUFReader(file) for file in files]
        first = readers[0]
        writer: Any = GGUFWriter(path, first.get_field("general.architecture").contents(), endianess=first.endianess)
        for name, field in first.fields.items():
            if not name.startswith(("GGUF.", _OF_PARTS)) and name != "general.architecture":
                kind = field.types[0]
                writer.add_key_value(name, field.contents(), kind, field.types[-1] if len(field.types) > 1 else None)
        writer.data_alignment = int(first.alignment)
        tensors = [tensor for reader in readers for tensor in reader.tensors]
        for tensor in tensors:
            data = tensor.data
            writer.add_tensor_info(tensor.name, data.shape, data.dtype, data.nbytes, tensor.tensor_type)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_ti_data_to_file()
        for tensor in tensors:
            writer.write_tensor_data(tensor.data)
        writer.close()
    except OSError:
        raise
    except Exception as error:  # the library raises anything for a damaged file
        raise CorruptModel(f"the {len(files)} parts of {files[0].name} cannot be joined: {error}") from error

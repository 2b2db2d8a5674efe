"""Pictures that are drawn here: coloured shapes of 64×64 pixels, and folders of them with a table."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from PIL import Image as Pictures
from PIL import ImageDraw

from fairwitness.audit.images import FILE, HASH, PATH
from fairwitness.audit.records import Cell, DataSource, Table
from fairwitness.audit.requests import Image

SIDE = 64
COLOURS: Mapping[str, tuple[int, int, int]] = {
    "red": (220, 30, 30),
    "blue": (30, 60, 220),
    "green": (30, 160, 60),
    "yellow": (230, 210, 40),
}
SHAPES = ("circle", "square", "triangle")


def shape(colour: str, form: str, size: int = 30, place: tuple[int, int] = (32, 32)) -> Pictures.Image:
    """One shape of a colour on white, about `size` pixels wide, its middle at `place`."""
    picture = Pictures.new("RGB", (SIDE, SIDE), "white")
    draw = ImageDraw.Draw(picture)
    (x, y), half = place, size // 2
    box = (x - half, y - half, x + half, y + half)
    match form:
        case "circle":
            draw.ellipse(box, fill=COLOURS[colour])
        case "square":
            draw.rectangle(box, fill=COLOURS[colour])
        case _:
            draw.polygon([(x, y - half), (x - half, y + half), (x + half, y + half)], fill=COLOURS[colour])
    return picture


def folder_of(folder: Path, rows: Sequence[Mapping[str, str]], pictures: Mapping[str, Pictures.Image]) -> Path:
    """A folder with these pictures by the names of their files, and the rows as its table."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, picture in pictures.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        picture.save(folder / name)
    with (folder / "table.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return folder


def image_of(path: Path) -> Image:
    """The picture of a file, as a request names it."""
    return Image(hashlib.sha256(path.read_bytes()).hexdigest(), str(path))


def named(name: str) -> Image:
    """A picture that only stand-ins are asked about: no file has its hash."""
    return Image(hashlib.sha256(name.encode()).hexdigest())


def table_of(name: str, columns: Mapping[str, Sequence[Cell]]) -> Table:
    """A table of pictures without files, a row a picture: `[image] file` is among the columns."""
    files = [str(file) for file in columns[FILE]]
    images = [named(file) for file in files]
    whole = {
        **columns,
        HASH: tuple(image.sha256 for image in images),
        PATH: tuple(f"/nowhere/{file}" for file in files),
    }
    return Table(DataSource(name=name, source="folder", sha256="0" * 64, licence="", rows=len(files)), whole)

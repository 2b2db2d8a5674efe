"""Files of pictures, from ordinary to hostile: what a model is given of them, and why it is not."""

from __future__ import annotations

import base64
import io
import struct
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from drawn_images import image_of, shape
from PIL import Image as Pictures

from fairwitness.audit import image_files
from fairwitness.audit.errors import MissingExtra
from fairwitness.audit.image_files import ChangedImage, decoded, open_image, thumbnail
from fairwitness.audit.requests import Image, MatchImageText, Unanswered, canonical

RED = shape("red", "square")


def saved(picture: Pictures.Image, kind: str, **how: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **how)
    return buffer.getvalue()


def colours(content: bytes) -> Pictures.Image:
    picture = decoded(content)
    assert not isinstance(picture, Unanswered), picture.reason
    assert isinstance(picture, Pictures.Image)
    assert picture.mode == "RGB"
    return picture


def middle(content: bytes) -> tuple[int, ...]:
    picture = colours(content)
    return pixel(picture, picture.width // 2, picture.height // 2)


def pixel(picture: Pictures.Image, x: int, y: int) -> tuple[int, ...]:
    value = picture.getpixel((x, y))
    assert isinstance(value, tuple)
    return value


def near(content: bytes, colour: tuple[int, int, int], slack: int = 12) -> bool:
    return max(abs(a - b) for a, b in zip(middle(content), colour, strict=True)) <= slack


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF"])
def test_a_picture_of_every_format_is_read_in_its_colours(kind: str) -> None:
    assert near(saved(RED, kind), (220, 30, 30))


def test_modes_become_rgb() -> None:
    assert near(saved(RED.convert("CMYK"), "JPEG", quality=95), (220, 30, 30))
    assert near(saved(RED.quantize(8), "PNG"), (220, 30, 30))
    grey = round(0.299 * 220 + 0.587 * 30 + 0.114 * 30)
    for mode in ("L", "LA"):
        assert near(saved(RED.convert(mode), "PNG"), (grey, grey, grey), slack=0)
    assert middle(saved(RED.convert("1", dither=Pictures.Dither.NONE), "PNG")) == (0, 0, 0)


def test_sixteen_bits_become_eight_by_their_upper_half() -> None:
    values = np.array([[0, 256, 40_000, 65_535]], dtype=np.uint16)
    for kind in ("PNG", "TIFF"):
        picture = colours(saved(Pictures.fromarray(values), kind))
        assert [pixel(picture, x, 0)[0] for x in range(4)] == [0, 1, 156, 255]


def test_what_is_transparent_stands_on_white() -> None:
    clear = Pictures.new("RGBA", (8, 8), (255, 0, 0, 0))
    half = Pictures.new("RGBA", (8, 8), (255, 0, 0, 128))
    assert middle(saved(clear, "PNG")) == (255, 255, 255)
    assert near(saved(half, "PNG"), (255, 127, 127), slack=1)
    keyed = saved(Pictures.new("RGB", (8, 8), (1, 2, 3)), "PNG", transparency=(1, 2, 3))
    assert middle(keyed) == (255, 255, 255)


def test_the_rotation_of_a_camera_is_applied() -> None:
    picture = Pictures.new("RGB", (40, 20), "white")
    picture.paste((0, 0, 0), (0, 0, 20, 20))  # black on the left
    turned = Pictures.Exif()
    turned[0x0112] = 6  # the camera was held upright: the left is to be seen above
    seen = colours(saved(picture, "JPEG", exif=turned, quality=95))
    assert seen.size == (20, 40)
    assert max(pixel(seen, 10, 5)) < 30
    assert min(pixel(seen, 10, 35)) > 220


def empty_png() -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", 0, 5, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "no bytes": (lambda: b"", "the file is empty"),
    "a text": (lambda: b"nothing to see", "holds no picture (PNG, JPEG, "),
    "a vector graphic": (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", "holds no picture"),
    "half a PNG": (lambda: saved(RED, "PNG")[:120], "ends before the picture does"),
    "half a JPEG": (lambda: saved(RED, "JPEG")[:700], "ends before the picture does"),
    "half a BMP": (lambda: saved(RED, "BMP")[:700], "ends before the picture does"),
    "half a WEBP": (lambda: saved(RED, "WEBP")[:80], "is damaged"),
    "another byte": (lambda: _flipped(saved(RED, "PNG"), 60), "is damaged"),
    "no pixels": (empty_png, "holds no picture"),
    "an animation": (lambda: saved(RED, "GIF", save_all=True, append_images=[RED.rotate(90)]), "holds 2 pictures"),
    "a moving PNG": (lambda: saved(RED, "PNG", save_all=True, append_images=[RED.rotate(90)]), "holds 2 pictures"),
    "pages": (lambda: saved(RED, "TIFF", save_all=True, append_images=[RED.rotate(90)]), "holds 2 pictures"),
    "too many pixels": (lambda: saved(Pictures.new("1", (9_000, 6_000)), "PNG"), "has 54,000,000 pixels, and at most"),
    "a bomb": (lambda: saved(Pictures.new("1", (10_000, 10_000)), "PNG"), "at most 50,000,000 are decoded"),
    "numbers": (lambda: saved(Pictures.new("F", (4, 4), 0.5), "TIFF"), "no colours of a known range"),
}


def _flipped(content: bytes, place: int) -> bytes:
    return content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :]


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_picture_is_refused_for_its_reason(name: str) -> None:
    make, why = BAD[name]
    answer = decoded(make())
    assert isinstance(answer, Unanswered), answer
    assert answer.fault == "bad_image"
    assert why in answer.reason


def test_a_jpeg_of_a_camera_with_a_preview_in_it_is_its_first_picture() -> None:
    content = saved(RED, "MPO", save_all=True, append_images=[shape("blue", "square")])
    assert near(content, (220, 30, 30))


def test_a_file_is_held_to_its_hash(tmp_path: Path) -> None:
    file = tmp_path / "red.png"
    RED.save(file)
    image = image_of(file)
    opened = open_image(image)
    assert not isinstance(opened, Unanswered)
    assert opened.getpixel((32, 32)) == (220, 30, 30)
    shape("blue", "square").save(file)
    with pytest.raises(ChangedImage, match="was changed"):
        open_image(image)
    file.unlink()
    with pytest.raises(ChangedImage, match="cannot be read: No such file"):
        open_image(image)


def test_a_file_of_too_many_bytes_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "red.png"
    RED.save(file)
    monkeypatch.setattr(image_files, "MOST_BYTES", 10)
    answer = open_image(image_of(file))
    assert isinstance(answer, Unanswered)
    assert "at most 10 are read" in answer.reason


def test_a_request_is_the_content_of_a_picture_and_not_its_place() -> None:
    here, there = (MatchImageText(Image("ab" * 32, path), ("a cat",)) for path in ("/a/secret.png", "/b/other.png"))
    assert here == there
    assert canonical(here) == canonical(there)
    assert b"secret" not in canonical(here)
    assert "secret" not in repr(here)
    assert canonical(here) != canonical(MatchImageText(Image("cd" * 32, "/a/secret.png"), ("a cat",)))


def test_a_thumbnail_is_small_and_holds_nothing_of_the_camera(tmp_path: Path) -> None:
    file = tmp_path / "photo.jpg"
    data = Pictures.Exif()
    data[0x010E] = "taken at home"
    Pictures.new("RGB", (800, 400), (220, 30, 30)).save(file, exif=data, comment=b"by Ann")
    uri = thumbnail(image_of(file))
    content = base64.b64decode(uri.removeprefix("data:image/jpeg;base64,"))
    small = Pictures.open(io.BytesIO(content))
    assert small.size == (96, 48)
    assert not small.getexif()
    assert b"home" not in content
    assert b"Ann" not in content
    file.write_bytes(b"nothing")
    assert thumbnail(image_of(file)) == ""


def test_without_pillow_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(MissingExtra, match=r'pip install "fairwitness\[images\]"'):
        decoded(b"x")

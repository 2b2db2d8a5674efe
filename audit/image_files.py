"""The only door to Pillow: a picture's file is opened, held to its hash, decoded and made a plain RGB picture.

What a picture needs so that a model sees what a person sees: the rotation that its EXIF data say is applied, CMYK,
palettes and grey values become RGB, 16 bits become 8, and transparent parts stand on white. Colour profiles are not
applied. What is no such picture is refused, each for its reason.
"""

from __future__ import annotations

import hashlib
import io
import warnings
from pathlib import Path
from typing import Any, Literal

from fairwitness.audit.errors import MissingExtra
from fairwitness.audit.images import Change
from fairwitness.audit.requests import Image, Unanswered

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF")
SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff")
"""How names of files of these formats end."""
MOST_BYTES = 64 * 2**20
"""Of a file."""
MOST_PIXELS = 50_000_000
"""Of a picture; a few kilobytes may hold more and fill the memory (a decompression bomb)."""
CUT, DARKER = 0.02, 0.9
"""Share of a side that is cut off at each end, and what is left of every value, in pictures with a small change."""
THUMBNAIL = 96
"""Pixels of the longer side of a thumbnail."""
DEEP, GREY = "I;16", "L"
"""Pillow's names of modes: one channel of 16 bits, and of 8."""
CAMERA = "MPO"
"""Pillow's name of a JPEG of a camera that carries a preview or depths beside the picture, which is the first."""
NO_RANGE = ("I", "F", "LAB", "HSV")
"""Modes whose values no rule makes colours."""


class ChangedImage(OSError):
    """The file is not there any more, or holds other bytes than when the table was read.

    It may be back the next time: whoever raises this has an answer that is kept nowhere.
    """


def open_image(image: Image) -> Any | Unanswered:
    """A picture in RGB as Pillow's own type, as a person sees it; Unanswered (`bad_image`) where its file holds none.

    Raises ChangedImage where the file is no longer the one of the hash, MissingExtra without Pillow.
    """
    content = _read(image)
    if isinstance(content, Unanswered):
        return content
    picture = decoded(content)
    return picture if isinstance(picture, Unanswered) else _changed(picture, image.change)


def _changed(picture: Any, change: Change | Literal[""]) -> Any:
    """A picture with a small change (`images.CHANGES`)."""
    match change:
        case "":
            return picture
        case "recompressed":
            buffer = io.BytesIO()
            picture.save(buffer, format="JPEG", quality=75)
            return decoded(buffer.getvalue())
        case "cropped":
            left, top = (max(1, round(side * CUT)) if side > 2 else 0 for side in picture.size)
            return picture.crop((left, top, picture.width - left, picture.height - top))
        case "darker":
            return picture.point(lambda value: round(value * DARKER))


def _read(image: Image) -> bytes | Unanswered:
    try:
        path = Path(image.path)
        if path.stat().st_size > MOST_BYTES:
            return _bad(f"the file has {path.stat().st_size:,} bytes and at most {MOST_BYTES:,} are read")
        content = path.read_bytes()
    except OSError as error:
        raise ChangedImage(f"the file of a picture cannot be read: {error.strerror or type(error).__name__}") from error
    if hashlib.sha256(content).hexdigest() != image.sha256:
        raise ChangedImage("the file of a picture was changed after its table was read")
    return content


def decoded(content: bytes) -> Any | Unanswered:
    """The same of the bytes of a file."""
    pillow = _pillow()
    if not content:
        return _bad("the file is empty")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pillow.DecompressionBombWarning)
            with pillow.open(io.BytesIO(content), formats=FORMATS) as opened:
                return _unfit(opened) or _rgb(opened)
    except (pillow.DecompressionBombError, pillow.DecompressionBombWarning):
        return _too_large()
    except pillow.UnidentifiedImageError:
        return _bad(f"the file holds no picture ({', '.join(FORMATS)} are read)")
    except MemoryError:
        raise
    except Exception as error:  # bytes of strangers may make a decoder raise anything
        cut = "truncated" in str(error).lower()
        return _bad("the file ends before the picture does" if cut else f"the file is damaged ({type(error).__name__})")


def _unfit(opened: Any) -> Unanswered | None:
    """Why a picture that was found is not decoded; None where it is."""
    width, height = opened.size
    if width < 1 or height < 1:
        return _bad("the picture has no pixels")
    if width * height > MOST_PIXELS:
        return _too_large(width * height)
    frames = getattr(opened, "n_frames", 1)
    if frames > 1 and opened.format != CAMERA:
        return _bad(f"the file holds {frames} pictures (an animation or pages), and nothing says which is meant")
    if opened.mode in NO_RANGE:
        return _bad(f"the values of the picture ({opened.mode}) are no colours of a known range")
    return None


def _rgb(opened: Any) -> Any:
    from PIL import Image as Pictures
    from PIL import ImageOps

    opened.load()
    turned = ImageOps.exif_transpose(opened)
    if turned.mode.startswith(DEEP):
        turned = _eight_bits(turned)
    if turned.has_transparency_data:
        colours = turned.convert("RGBA")
        white = Pictures.new("RGBA", colours.size, (255, 255, 255, 255))
        turned = Pictures.alpha_composite(white, colours)
    return turned.convert("RGB")


def _eight_bits(picture: Any) -> Any:
    """A grey picture of 16 bits in 8: the upper half of each value."""
    import numpy as np
    from PIL import Image as Pictures

    return Pictures.fromarray((np.asarray(picture).astype(np.uint16) >> 8).astype(np.uint8))


def thumbnail(image: Image) -> str:
    """A small picture as a data URI: a JPEG of at most 96 pixels a side; empty where there is no picture.

    Such a picture is drawn anew from its pixels: nothing that a camera wrote into the file goes with it.
    """
    import base64

    try:
        picture = open_image(image)
    except ChangedImage:
        return ""
    if isinstance(picture, Unanswered):
        return ""
    picture.thumbnail((THUMBNAIL, THUMBNAIL))
    plain = _pillow().new("RGB", picture.size)
    plain.paste(picture)
    buffer = io.BytesIO()
    plain.save(buffer, format="JPEG", quality=75)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def require_pillow() -> None:
    """Raises MissingExtra where Pillow is not installed."""
    _pillow()


def versions() -> str:
    """What decodes, as part of what computes the answers."""
    return f"pillow {getattr(_package(), '__version__', '')}"


def _package() -> Any:
    try:
        import PIL
    except ImportError as error:
        raise MissingExtra('pictures are read with Pillow: pip install "fairwitness[images]"') from error
    return PIL


def _pillow() -> Any:
    _package()
    from PIL import Image as Pictures

    return Pictures


def _bad(why: str) -> Unanswered:
    return Unanswered(why, "bad_image")


def _too_large(pixels: int | None = None) -> Unanswered:
    held = f"{pixels:,}" if pixels else "far more"
    return _bad(f"the picture has {held} pixels, and at most {MOST_PIXELS:,} are decoded")

"""Takes the picture of a report for the README: `python docs/make_screenshot.py runs/x/report.html docs/report.png`.

Needs playwright and Chromium. The top of the page is drawn at 1280 x 1000 and stored with a palette of 200 colours.
"""

from __future__ import annotations

import io
import shutil
import sys
from pathlib import Path


def picture(report: Path, width: int = 1280, height: int = 1000) -> bytes:
    """The first screen of a report as PNG bytes."""
    from playwright.sync_api import sync_playwright

    path = next(
        (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
    )
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=["--headless=new", "--no-sandbox", "--disable-gpu"])
        page = browser.new_page(
            viewport={"width": width, "height": height}, color_scheme="light", device_scale_factor=1
        )
        page.goto(report.resolve().as_uri())
        shot: bytes = page.screenshot()
        browser.close()
    return shot


def smaller(png: bytes) -> bytes:
    """The same picture with at most 200 colours, where Pillow is installed; unchanged where it is not."""
    try:
        from PIL import Image
    except ImportError:
        return png
    out = io.BytesIO()
    Image.open(io.BytesIO(png)).convert("RGB").quantize(200).save(out, "PNG", optimize=True)
    return min(png, out.getvalue(), key=len)


def main() -> None:
    """Reads the two paths of the command line and writes the picture."""
    report, target = Path(sys.argv[1]), Path(sys.argv[2] if len(sys.argv) > 2 else "docs/report.png")
    target.write_bytes(smaller(picture(report)))


if __name__ == "__main__":
    main()

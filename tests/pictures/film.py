"""Screenshots of two windows, put side by side into one short animation."""

from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.async_api import Page

GAP = 16
BACKGROUND = (96, 104, 120)
QUALITY = 60
LARGEST_BYTES = 1_500_000


class Film:
    """Keeps frames of the pages as they stand, and how long each is shown."""

    def __init__(self, *pages: Page) -> None:
        self._pages = pages
        self._frames: list[Image.Image] = []
        self._milliseconds: list[int] = []

    async def take(self, milliseconds: int) -> None:
        """Take one frame, which is shown for so long."""
        shots = [Image.open(BytesIO(await page.screenshot())) for page in self._pages]
        size = (sum(s.width for s in shots) + GAP * (len(shots) + 1), shots[0].height + 2 * GAP)
        frame = Image.new("RGB", size, BACKGROUND)
        left = GAP
        for shot in shots:
            frame.paste(shot, (left, GAP))
            left += shot.width + GAP
        self._frames.append(frame)
        self._milliseconds.append(milliseconds)

    def write(self, path: Path) -> None:
        """Write the animation, which repeats; AssertionError where it is too large to load."""
        first, *others = self._frames
        first.save(
            path,
            save_all=True,
            append_images=others,
            duration=self._milliseconds,
            loop=0,
            quality=QUALITY,
            method=6,
        )
        assert path.stat().st_size < LARGEST_BYTES, f"{path} has {path.stat().st_size} bytes"


def write_picture(shot: bytes, path: Path) -> None:
    """Write one screenshot as a still picture, without loss."""
    Image.open(BytesIO(shot)).convert("RGB").save(path, lossless=True, method=6)

"""`python -m tests.pictures`: start a demo, and write docs/pictures from it."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright, expect

from tests.devstack.demo_process import DemoProcess
from tests.e2e.browser import PASSWORD, is_live, launch
from tests.pictures.film import Film, write_picture
from tests.pictures.scenes import (
    WORDS,
    asks,
    film_a_question,
    gives,
    practises,
    takes_the_hand_off,
)
from tests.server_process import ROOT

FOLDER = ROOT / "docs" / "pictures"
SIZES = {"desktop": (1280, 800), "phone": (390, 844)}
# A question that is open, on either page; a tutor who has its student before them has seen it.
ASKED = '[data-help="asked"], [data-help="seen"], [data-attention="help"]'
Scene = Callable[[Browser, str, str], Awaitable[None]]
CLASS = 14  # as `make run` has it: six of tutor1's students practise by themselves


async def window(browser: Browser, url: str, who: str, lang: str, size: tuple[int, int]) -> Page:
    """Open a window of its own, and sign `who` in."""
    context = await browser.new_context(
        viewport={"width": size[0], "height": size[1]}, locale=lang, reduced_motion="reduce"
    )
    page = await context.new_page()
    await page.goto(f"{url}/?lang={lang}")
    await page.locator("[name=username]").fill(f"{who}@example.com")
    await page.locator("[name=password]").fill(PASSWORD)
    await page.locator("main button.primary").click()
    await is_live(page)
    return page


async def stills(browser: Browser, url: str, lang: str) -> None:
    """Write a picture of each role at each width: feedback was given, and a question is open."""
    question, answer = WORDS[lang]
    practice = await window(browser, url, "student1", lang, SIZES["desktop"])
    dashboard = await window(browser, url, "tutor1", lang, SIZES["desktop"])
    await practises(practice)
    await gives(dashboard, answer)
    await expect(practice.get_by_text(answer).first).to_be_visible()
    await asks(practice, question)
    for width, size in SIZES.items():
        for name, page in (("student", practice), ("tutor", dashboard)):
            await page.set_viewport_size({"width": size[0], "height": size[1]})
            if (name, width) == ("tutor", "phone"):  # show the list, not who was chosen
                await page.locator("#back").click()
                await takes_the_hand_off(page)
            await expect(page.locator(ASKED).locator("visible=true").first).to_be_visible()
            await page.evaluate("scrollTo(0, 0)")
            write_picture(await page.screenshot(), FOLDER / f"{name}-{width}-{lang}.webp")


async def film(browser: Browser, url: str, lang: str) -> None:
    """Write the animation: a student asks for help, and the tutor answers."""
    practice = await window(browser, url, "student1", lang, (390, 720))
    dashboard = await window(browser, url, "tutor1", lang, (900, 720))
    taken = Film(dashboard, practice)
    await film_a_question(taken, practice, dashboard, lang)
    taken.write(FOLDER / "help.webp")


async def draw(write: Scene, url: str, lang: str) -> None:
    """Write one scene of the demo that is running at `url`."""
    async with async_playwright() as playwright:
        browser = await launch(playwright)
        await write(browser, url, lang)
        await browser.close()


def main() -> None:
    """Write each scene from a demo of its own, in which nobody has said anything yet."""
    FOLDER.mkdir(exist_ok=True)
    for write, lang in ((film, "en"), (stills, "en"), (stills, "ko")):
        with (
            tempfile.TemporaryDirectory() as folder,
            DemoProcess(Path(folder), students=CLASS) as demo,
        ):
            asyncio.run(draw(write, demo.url(), lang))
            demo.press_ctrl_c()
            demo.ended()


main()

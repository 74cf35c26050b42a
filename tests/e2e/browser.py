"""Real Chromium windows of the people in a test, each signed in to a real server."""

import os
import re
import shutil
from dataclasses import dataclass, field

from playwright.async_api import (
    Browser,
    BrowserContext,
    BrowserType,
    Locator,
    Page,
    Playwright,
    Request,
    Response,
    expect,
)

from tests.server_process import ServerProcess

PASSWORD = "demo-password"
PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 800}
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    # A microphone that beeps, and is allowed.
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
]
WHOLE = ("chromium", "chromium-browser", "google-chrome")
DEADLINE_MS = 30_000
LEFT = "net::ERR_ABORTED"  # what was still on its way when its page was left: no fault

expect.set_options(timeout=DEADLINE_MS)


async def launch(playwright: Playwright) -> Browser:
    """Start Chromium: CHROMIUM, or the system's own, or the one playwright downloaded.

    The one without any interface comes first: it does the same with half of the work.
    """
    return await _launch(playwright.chromium, ("chromium-headless-shell", *WHOLE))


async def launch_whole(beside: Browser) -> Browser:
    """Start a Chromium that notifies people, too, which the one without an interface refuses."""
    return await _launch(beside.browser_type, WHOLE)


async def _launch(chromium: BrowserType, names: tuple[str, ...]) -> Browser:
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    return await chromium.launch(executable_path=found, args=FLAGS)


@dataclass
class Windows:
    """Opens windows on one server, and keeps the errors of their scripts and static files."""

    browser: Browser
    server: ServerProcess
    script_errors: list[str] = field(default_factory=list)
    allowed: str = ""  # errors with these words are none
    _contexts: list[BrowserContext] = field(default_factory=list)

    async def open(self, lang: str = "en", size: dict[str, int] = DESKTOP) -> Page:
        """Open a window of its own: no cookies shared with the others."""
        context = await self.browser.new_context(
            viewport={"width": size["width"], "height": size["height"]}, locale=lang
        )
        context.set_default_timeout(DEADLINE_MS)
        context.on("page", self._keep_errors)
        self._contexts.append(context)
        return await context.new_page()

    async def sign_in(self, who: str, lang: str = "en", size: dict[str, int] = DESKTOP) -> Page:
        """Open a window, and sign `who` (the part before @) in; the page is live on return."""
        page = await self.open(lang, size)
        await self.sign_in_on(page, who, self.server.url)
        return page

    async def sign_in_on(self, page: Page, who: str, url: str) -> None:
        """Sign `who` in on a page of their own, which reaches the server at `url`."""
        await page.goto(f"{url}/")
        await page.locator("[name=username]").fill(f"{who}@example.com")
        await page.locator("[name=password]").fill(PASSWORD)
        await page.locator("main button.primary").click()
        await is_live(page)

    async def close(self) -> None:
        """Close every window."""
        for context in self._contexts:
            await context.close()

    def _keep_errors(self, page: Page) -> None:
        page.on("pageerror", lambda error: self._keep(str(error)))
        # A script or style that the content security policy refused shows only here.
        page.on("console", lambda said: self._keep(said.text, "Content Security Policy"))
        page.on("requestfailed", self._keep_failed)
        page.on("response", self._keep_refused)

    def _keep_failed(self, asked: Request) -> None:
        if asked.failure != LEFT:
            self._keep(f"{asked.failure} {asked.url}", "/static/")

    def _keep_refused(self, answer: Response) -> None:
        if answer.status >= 400:
            self._keep(f"{answer.status} {answer.url}", "/static/")

    def _keep(self, error: str, only_with: str = "") -> None:
        if only_with in error and not (self.allowed and self.allowed in error):
            self.script_errors.append(error)


async def is_live(page: Page) -> None:
    """Wait until the page is connected."""
    await expect(page.locator("#connection")).to_have_attribute("data-state", "open")


def card(dashboard: Page, who: str) -> Locator:
    """Find the card of student `who` on a dashboard."""
    return dashboard.locator(f'li[data-student="{who}@example.com"]')


async def do_first_sentence(practice: Page) -> None:
    """Type the first sentence, which then counts, and go on to the second."""
    await practice.locator("#typed").fill("hello how are you today")
    await practice.get_by_role("button", name="Next sentence").click()


async def choose(dashboard: Page, who: str) -> None:
    """Turn the feedback form to student `who`."""
    fold = dashboard.locator("#offline-fold:not([open]) > summary")
    if not await card(dashboard, who).is_visible() and await fold.is_visible():
        await fold.click()
    await card(dashboard, who).get_by_role("button").click()
    await expect(dashboard.locator("#panel-email")).to_have_text(f"{who}@example.com")


async def give(dashboard: Page, message: str) -> None:
    """Send text feedback to the chosen student."""
    await dashboard.get_by_label("Message").fill(message)
    await dashboard.get_by_role("button", name="Send feedback").click()


async def shows_sent(dashboard: Page, message: str, state: str) -> None:
    """Wait until the chosen student's list shows `message` as `state`."""
    sent = dashboard.locator("#sent li", has_text=message)
    await expect(sent.locator(".state")).to_have_text(state)


async def shows_feedback(practice: Page, message: str, times: int = 1) -> None:
    """Wait until a student's page shows `message` so many times."""
    exactly = re.compile(f"^{re.escape(message)}$")
    await expect(practice.locator("#feedback .message").filter(has_text=exactly)).to_have_count(
        times
    )

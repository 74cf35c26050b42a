"""The example of docs/client.md, in a real browser, from an origin of its own."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Page, async_playwright, expect

from tests.client.conftest import Elsewhere
from tests.e2e.browser import PASSWORD, give, is_live, launch

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("client"),
]


@pytest_asyncio.fixture(loop_scope="session")
async def pages() -> AsyncIterator[tuple[Page, Page]]:
    """Two windows of two people; nothing may be refused by a policy, or fail, in either."""
    errors: list[str] = []
    async with async_playwright() as playwright:
        browser = await launch(playwright)
        opened = [await browser.new_page(locale="en") for _ in range(2)]
        for page in opened:
            page.on("pageerror", lambda error: errors.append(str(error)))
            page.on(
                "console", lambda said: errors.append(said.text if said.type == "error" else "")
            )
        yield opened[0], opened[1]
        await browser.close()
    # The example has no icon, which a browser asks for all the same.
    assert not [error for error in errors if error and "404" not in error]


async def test_the_example_runs_on_another_origin(
    elsewhere: Elsewhere, pages: tuple[Page, Page]
) -> None:
    practice, dashboard = pages
    await practice.goto(elsewhere.origin)
    await practice.get_by_label("E-mail address").fill("student3@example.com")
    await practice.get_by_label("Password").fill(PASSWORD)
    await practice.get_by_role("button", name="Sign in").click()
    await expect(practice.locator("#state")).to_have_text("open")
    await practice.locator("#typed").fill("I would like")

    await dashboard.goto(f"{elsewhere.server.url}/login/")
    await dashboard.locator("[name=username]").fill("tutor3@example.com")
    await dashboard.locator("[name=password]").fill(PASSWORD)
    await dashboard.locator("main button.primary").click()
    await is_live(dashboard)
    card = dashboard.locator('[data-student="student3@example.com"]')
    await expect(card).to_have_attribute("data-status", "studying")

    await practice.get_by_role("button", name="Ask for help").click()
    await expect(practice.locator("#help-state")).to_have_text("asked")
    await expect(card).to_have_attribute("data-attention", "help")
    await card.get_by_role("button").first.click()
    await give(dashboard, "Say it like this.")
    await expect(practice.locator("#feedback")).to_contain_text("Say it like this.")
    await expect(practice.locator("#help-state")).to_have_text("answered")

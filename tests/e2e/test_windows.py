"""What counts as a fault of a page: a static file that did not come, unless the page was left."""

import asyncio

import pytest
from playwright.async_api import Browser, Route

from tests.e2e.browser import Windows
from tests.server_process import ServerProcess

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("browser"),
]


async def test_a_file_of_a_page_that_was_left_is_no_fault(windows: Windows) -> None:
    page = await windows.open()
    asked = asyncio.Event()

    async def hold(_: Route) -> None:
        asked.set()

    await page.route("**/static/**", hold)
    await page.goto(f"{windows.server.url}/", wait_until="commit")
    await asyncio.wait_for(asked.wait(), 30)
    async with page.expect_event("requestfailed"):
        await page.goto("about:blank")
    assert windows.script_errors == []


async def test_a_file_that_the_network_lost_is_a_fault(
    browser: Browser, server: ServerProcess
) -> None:
    windows = Windows(browser, server)
    page = await windows.open()
    await page.route("**/static/**/*.css", lambda route: route.abort("connectionreset"))
    async with page.expect_event("requestfailed"):
        await page.goto(f"{server.url}/")
    await windows.close()
    assert windows.script_errors
    assert all("ERR_CONNECTION_RESET" in error for error in windows.script_errors)

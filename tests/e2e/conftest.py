"""One real server and one real browser for all browser tests of a run."""

import os
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from tests.e2e.browser import Windows, launch
from tests.server_process import CHEAP_PASSWORDS, ServerProcess


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server with 42 tutors; student N belongs to tutor N. Pairs 1 and 2 are of other servers."""
    env = {**CHEAP_PASSWORDS, "AUDIO_URL_HOSTS": "audio.example.com"}
    running = ServerProcess(tmp_path_factory.mktemp("server"), env)
    running.migrate()
    running.manage("seed_demo", "--tutors", "42", "--students", "42")
    with running:
        yield running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        chromium = await launch(playwright)
        yield chromium
        await chromium.close()


@pytest_asyncio.fixture(loop_scope="session")
async def windows(browser: Browser, server: ServerProcess) -> AsyncIterator[Windows]:
    opened = Windows(browser, server)
    yield opened
    await opened.close()
    assert not opened.script_errors


@pytest.fixture(autouse=True, scope="session")
def _translations() -> None:
    """Fail early when `make install` has not compiled the Korean texts."""
    compiled = os.path.join(os.path.dirname(__file__), "../../speaktracker/locale/ko/LC_MESSAGES")
    assert os.path.exists(f"{compiled}/django.mo"), "run `make install`: django.mo is missing"

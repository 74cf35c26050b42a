"""Sending while a Korean syllable is still being composed, with real key events."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, CDPSession, Page, expect

from tests.e2e.browser import PASSWORD, Windows, choose, give, shows_feedback
from tests.server_process import ServerProcess

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(300),
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("browser"),
]

# Drafts outlive the page: this comes after what the page itself does when it goes.
FORGET = """() => addEventListener("pagehide", () => localStorage.clear())"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def pair(browser: Browser, server: ServerProcess) -> AsyncIterator[Windows]:
    """Windows of a tutor and their student, for all tests here."""
    opened = Windows(browser, server)
    yield opened
    await opened.close()
    assert not opened.script_errors


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def practice(pair: Windows) -> Page:
    """The student's page."""
    return await pair.sign_in("student16")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def opened_dashboard(pair: Windows) -> Page:
    """The tutor's page."""
    return await pair.sign_in("tutor16")


@pytest_asyncio.fixture(loop_scope="session")
async def dashboard(opened_dashboard: Page) -> Page:
    """The tutor's page, turned to the student, with nothing written."""
    await opened_dashboard.evaluate(FORGET)
    await opened_dashboard.reload()
    await choose(opened_dashboard, "student16")
    return opened_dashboard


async def composes(page: Page, selector: str, before: str, syllable: str) -> CDPSession:
    """Write `before`, and leave `syllable` in the hands of the input method."""
    await page.locator(selector).focus()
    session = await page.context.new_cdp_session(page)
    await session.send("Input.insertText", {"text": before})
    end = len(syllable)
    composition = {"text": syllable, "selectionStart": end, "selectionEnd": end}
    await session.send("Input.imeSetComposition", composition)
    return session


async def ends(session: CDPSession, syllable: str) -> None:
    """Let the input method give the syllable back."""
    await session.send("Input.insertText", {"text": syllable})


async def presses_as_safari(session: CDPSession) -> None:
    """Press the Enter that has just ended a composition, as Safari says it."""
    key = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 229}
    await session.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", "modifiers": 2, **key})
    await session.send("Input.dispatchKeyEvent", {"type": "keyUp", **key})


@pytest.mark.parametrize("keys", ["Control+Enter", "Meta+Enter"])
async def test_the_last_syllable_goes_out_with_its_message(
    dashboard: Page, practice: Page, keys: str
) -> None:
    session = await composes(dashboard, "#message", f"{keys} 잘했어", "요")
    await dashboard.keyboard.press(keys)
    await ends(session, "요")
    await shows_feedback(practice, f"{keys} 잘했어요")
    await expect(dashboard.locator("#message")).to_have_value("")
    await give(dashboard, f"{keys} again")
    await shows_feedback(practice, f"{keys} again")


async def test_an_input_method_that_ends_nothing_is_ended_by_a_second_press(
    dashboard: Page,
) -> None:
    await composes(dashboard, "#message", "두 번 눌렀어", "요")
    for _ in range(2):
        await dashboard.keyboard.press("Control+Enter")
    await expect(dashboard.locator("#sent li", has_text="두 번 눌렀어요")).to_have_count(1)
    await expect(dashboard.locator("#message")).to_be_focused()


async def test_the_key_that_ended_a_composition_sends_nothing(dashboard: Page) -> None:
    session = await composes(dashboard, "#message", "아직 아니", "야")
    await ends(session, "야")
    await presses_as_safari(session)
    await expect(dashboard.locator("#message")).to_have_value("아직 아니야")
    await dashboard.keyboard.press("Control+Enter")
    await expect(dashboard.locator("#sent li", has_text="아직 아니야")).to_have_count(1)


async def test_enter_in_a_field_that_composes_sends_nothing(dashboard: Page) -> None:
    await dashboard.locator("#message").fill("Not by Enter")
    await dashboard.locator("#more summary").click()
    session = await composes(dashboard, "#session", "", "반")
    await dashboard.keyboard.press("Enter")
    await ends(session, "반")
    await expect(dashboard.locator("#message")).to_have_value("Not by Enter")
    await expect(dashboard.locator("#sent li", has_text="Not by Enter")).to_have_count(0)


async def test_who_turns_to_another_student_takes_nothing_along(dashboard: Page) -> None:
    await composes(dashboard, "#message", "나중에 봐", "요")
    await dashboard.go_back()
    await expect(dashboard.locator("#panel-body")).to_be_hidden()
    await choose(dashboard, "student16")
    await expect(dashboard.locator("#message")).to_have_value("나중에 봐요")
    await composes(dashboard, "#message", ", 안", "녕")
    await dashboard.keyboard.press("Control+Enter")
    await dashboard.go_back()
    await choose(dashboard, "student16")
    await expect(dashboard.locator("#message")).to_have_value("")
    await expect(dashboard.locator("#sent li", has_text="나중에 봐요, 안녕")).to_have_count(1)


async def test_practice_goes_on_only_when_the_syllable_is_whole(practice: Page) -> None:
    await practice.get_by_role("button", name="Start").click()
    session = await composes(practice, "#typed", "Hello, how are you today", "ㅎ")
    await practice.keyboard.press("Enter")
    await ends(session, "ㅎ")
    await presses_as_safari(session)
    await expect(practice.locator("#place")).to_have_text("Sentence 1 of 10")
    await practice.keyboard.press("Enter")
    await expect(practice.locator("#place")).to_have_text("Sentence 2 of 10")
    await expect(practice.locator("#typed")).to_have_value("")


async def test_a_form_that_the_browser_sends_by_itself_goes_out_whole(pair: Windows) -> None:
    page = await pair.open()
    await page.goto(f"{pair.server.url}/login/?next=/admin/roster/user/")
    await page.locator("[name=username]").fill("admin@example.com")
    await page.locator("[name=password]").fill(PASSWORD)
    await page.locator("main button.primary").click()
    await composes(page, "#searchbar", "김서", "연")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/admin/roster/user/?q=*")
    await expect(page.locator("#searchbar")).to_have_value("김서연")

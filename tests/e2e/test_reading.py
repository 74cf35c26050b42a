"""The pages in both languages, by keyboard alone, and on a phone."""

import re

import pytest
from playwright.async_api import Page, ViewportSize, expect

from tests.e2e.browser import PHONE, Windows, choose, give, is_live, shows_feedback

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(300),
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("browser"),
]

SMALL_PHONE: ViewportSize = {"width": 320, "height": 568}
# Which font a page has depends on the machine: as wide as any, and as large as somebody needs it.
FONTS = [
    "",
    "* { font-family: monospace !important; letter-spacing: .12em }",
    ":root { font-size: 130% !important }",
    ":root { font-size: 200% !important } * { letter-spacing: .08em }",
]
STICKS_OUT = """(font) => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(font);
  document.adoptedStyleSheets = [sheet];
  const isOut = ({ width, left, right }) => width && (left < 0 || right > innerWidth + 0.5);
  const found = [...document.querySelectorAll("body :not(.skip)")]
    .filter((element) => isOut(element.getBoundingClientRect()))
    .map((element) => `${font}: ${element.outerHTML.slice(0, 80)}`);
  document.adoptedStyleSheets = [];
  return found;
}"""
# In how many ways the links and buttons of the header are drawn.
UNLIKE = """(all) => new Set(all.map((each) => {
  const { color, fontSize, fontWeight, textDecorationLine, padding } = getComputedStyle(each);
  const { height } = each.getBoundingClientRect();
  return [color, fontSize, fontWeight, textDecorationLine, padding, height].join();
})).size"""


async def test_the_pages_are_korean_until_english_is_chosen_and_stay_so(windows: Windows) -> None:
    page = await windows.sign_in("student8", lang="ko")
    await expect(page.get_by_role("heading", level=1)).to_have_text("말하기 연습")
    await expect(page.locator("#connection")).to_have_text("실시간 연결됨")

    await page.get_by_role("link", name="English").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Practice")

    await page.goto(f"{windows.server.url}/")
    await expect(page.locator("html")).to_have_attribute("lang", "en")
    await expect(page.locator("#connection")).to_have_text("Live")


async def test_a_wrong_password_is_answered_in_words(windows: Windows) -> None:
    page = await windows.open()
    await page.goto(f"{windows.server.url}/student/")
    await page.get_by_label("E-mail address").fill("student8@example.com")
    await page.get_by_label("Password").fill("wrong")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("do not match")


async def test_the_main_job_is_done_by_keyboard_alone(windows: Windows) -> None:
    practice = await windows.sign_in("student9")
    dashboard = await windows.sign_in("tutor9")
    await _tab_to(practice, "#start")
    await practice.keyboard.press("Enter")
    await practice.keyboard.type("Hello, how are you today?")
    await practice.keyboard.press("Enter")
    await expect(practice.locator("#place")).to_have_text("Sentence 2 of 10")

    await _tab_to(dashboard, ".choose")
    await dashboard.keyboard.press("Enter")
    await expect(dashboard.locator("#message")).to_be_focused()
    await dashboard.keyboard.type("By keyboard")
    await dashboard.keyboard.press("Control+Enter")

    await shows_feedback(practice, "By keyboard")


async def _tab_to(page: Page, selector: str) -> None:
    wanted = page.locator(selector).first
    await expect(wanted).to_be_visible()
    for _ in range(40):  # past the dashboard's chips
        await page.keyboard.press("Tab")
        if await wanted.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"Tab never comes to {selector}")


@pytest.mark.parametrize("lang", ["ko", "en"])
async def test_a_phone_needs_no_sideways_scrolling(windows: Windows, lang: str) -> None:
    practice = await windows.sign_in("student10", lang, PHONE)
    dashboard = await windows.sign_in("tutor10", lang, PHONE)
    await practice.locator("#start").click()
    assert await sticks_out(dashboard) == []
    await dashboard.locator(".choose").first.click()
    await dashboard.locator("#message").fill(lang * 150)
    await dashboard.locator("#send").click()
    await shows_feedback(practice, lang * 150)
    for page in (practice, dashboard):
        assert await sticks_out(page) == []
        assert await page.locator(".bar .quiet").evaluate_all(UNLIKE) == 1


async def sticks_out(page: Page) -> list[str]:
    """Find what the screen, and a smaller phone's, cuts off, whatever the font and its size."""
    found: list[str] = await page.evaluate(STICKS_OUT, "")
    await page.set_viewport_size(SMALL_PHONE)
    for font in FONTS:
        found += await page.evaluate(STICKS_OUT, font)
    return found


async def test_on_a_phone_the_back_button_leads_back_to_the_list(windows: Windows) -> None:
    dashboard = await windows.sign_in("tutor11", size=PHONE)
    await dashboard.locator(".choose").first.click()
    await expect(dashboard.locator(".students")).to_be_hidden()
    await dashboard.go_back()
    await expect(dashboard.locator(".students")).to_be_visible()
    await expect(dashboard.locator("#panel")).to_be_hidden()


async def test_nobody_sees_the_page_of_another_role(windows: Windows) -> None:
    page = await windows.sign_in("student11")
    await page.goto(f"{windows.server.url}/tutor/")
    await expect(page).to_have_url(re.compile("/student/$"))
    await is_live(page)
    await page.get_by_role("button", name="Sign out", exact=True).click()
    await expect(page).to_have_url(re.compile("/login/"))


async def test_a_tutor_finds_a_student_by_name(windows: Windows) -> None:
    dashboard = await windows.sign_in("tutor12")
    await expect(dashboard.locator(".student")).to_have_count(1)
    await dashboard.get_by_label("Search").fill("nobody of this name")
    await expect(dashboard.locator(".student")).to_have_count(0)
    await expect(dashboard.locator("#empty")).to_have_text("No student matches this filter.")
    await dashboard.get_by_label("Search").fill("student12@")
    await choose(dashboard, "student12")
    await give(dashboard, "Found you")

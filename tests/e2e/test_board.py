"""The tutor's dashboard: who needs help, why and since when; a list that holds still in a hand."""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect

from tests.cluster.waiting import eventually
from tests.e2e.accessibility import violations
from tests.e2e.browser import Windows, card, is_live, launch_whole
from tests.e2e.staged_class import StagedClass, ago, student
from tests.e2e.test_reading import FONTS, STICKS_OUT
from tests.server_process import ServerProcess

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(300),
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("browser"),
]

WIDTHS = [320, 390, 640, 820, 1440]  # of a phone, of a laptop at 200 %, of a tablet, of a desk
ID = "019bbbbb-0000-7000-8000-00000000000"


def a_class() -> StagedClass:
    """One of each reason, one who needs nobody, one who is away."""
    feedback = {"message_id": f"{ID}0", "state": "seen", "timestamp": ago(30)}
    return StagedClass(
        student("ann", group="Mon 3"),
        student("bo", status="idle", status_since=ago(6.1), group="Mon 3"),
        student("cho", progress_since=ago(8.1), status_since=ago(20), progress=10, skipped=2),
        student("dan", status="paused", status_since=ago(75.1), group="Tue 4"),
        student("eve", came_at=ago(50), last_feedback=feedback, progress=90),
        student("fay", help={"asked_at": ago(2.1), "note": "What is “umbrella”?", "seen_at": None}),
        student("gil", online=False, status="finished"),
    )


def order(page: Page) -> Locator:
    return page.locator("#students .choose")


async def test_a_card_says_who_needs_help_why_and_since_when(windows: Windows) -> None:
    stage = a_class()
    page = await stage.open(windows, "tutor13")
    await expect(order(page)).to_have_text(["Fay", "Bo", "Cho", "Dan", "Eve", "Ann"])
    for who, reason, words, state, since in (
        ("fay", "help", "asks for help · 2 min", "Practising", "1 min"),
        ("bo", "idle", "idle 6 min", "Idle", "6 min"),
        ("cho", "stuck", "no progress for 8 min", "Practising", "20 min"),
        ("dan", "paused", "paused 1 hr 15 min", "Paused", "1 hr 15 min"),
        ("eve", "unvisited", "no feedback for 30 min", "Practising", "1 min"),
        ("ann", "none", "", "Practising", "1 min"),
    ):
        shown = card(page, who)
        await expect(shown).to_have_attribute("data-attention", reason)
        await expect(shown).to_have_attribute("data-stale", "false")
        await expect(shown.locator(".reason")).to_have_text(words)
        await expect(shown.locator(".badge")).to_have_text(state)
        await expect(shown.locator(".since")).to_have_text(since)
    await expect(card(page, "fay").locator(".note")).to_contain_text("umbrella")
    await expect(card(page, "cho").locator(".skipped")).to_have_text("2 skipped")
    await expect(card(page, "ann").locator(".group")).to_have_text("Mon 3")
    await expect(card(page, "ann").locator(".last-feedback")).to_have_text("No feedback yet")
    await expect(page).to_have_title("(5) Dashboard · SpeakTracker")
    await expect(page.locator("link[rel=icon]")).to_have_attribute("href", re.compile("help-5"))
    stage.send("feedback_status", message_id=f"{ID}1", student_email="eve@example.com",
               state="played", acknowledged=True)  # fmt: skip
    await expect(card(page, "eve").locator(".last-feedback")).to_contain_text("Listened to")
    assert await violations(page) == []


async def test_order_chips_and_search_find_students_and_come_back_after_a_reload(
    windows: Windows,
) -> None:
    page = await a_class().open(windows, "tutor13")
    await page.get_by_label("Order").select_option("progress")
    await expect(order(page).first).to_have_text("Cho")
    await page.get_by_label("Order").select_option("group")
    await expect(order(page)).to_have_text(["Ann", "Bo", "Dan", "Cho", "Eve", "Fay"])
    await page.get_by_role("button", name="Mon 3 2").click()
    await page.get_by_role("button", name="Long idle 1").click()
    await expect(order(page)).to_have_text(["Bo"])
    await order(page).click()
    await page.get_by_role("link", name="한국어").click()
    await expect(page.locator("html")).to_have_attribute("lang", "ko")
    await expect(page.locator("#panel-email")).to_have_text("bo@example.com")
    again = await page.context.new_page()
    await page.close()
    await again.goto(f"{windows.server.url}/tutor/?lang=en")
    await expect(again.locator("#panel-email")).to_have_text("bo@example.com")
    await expect(order(again)).to_have_text(["Bo"])
    await expect(again.get_by_label("Order")).to_have_value("group")
    await again.get_by_role("button", name="Show everybody").click()
    await again.get_by_label("Search").fill("gil")
    await expect(card(again, "gil")).to_be_visible()
    await expect(card(again, "gil")).to_have_attribute("data-status", "offline")
    await again.get_by_label("Search").fill("")
    await expect(card(again, "gil")).to_be_hidden()


async def test_the_list_holds_still_in_a_hand_and_the_counts_do_not(windows: Windows) -> None:
    stage = a_class()
    page = await stage.open(windows, "tutor13")
    await expect(order(page)).to_have_count(6)
    box = await page.locator("#class-lists").bounding_box()
    assert box
    await page.mouse.move(box["x"] + 5, box["y"] + 5)

    stage.update("eve", status="idle", status_since=ago(9))  # under a pointer that only rests
    await expect(order(page)).to_have_text(["Fay", "Eve", "Bo", "Cho", "Dan", "Ann"])
    await page.mouse.down()
    stage.update("ann", help={"asked_at": ago(3), "note": "", "seen_at": None})

    await expect(page.locator("#summary")).to_have_text("7 students · 6 online · 6 need help")
    await expect(page.locator("#chips-reasons .chip").first).to_have_text("Ask for help 2")
    await expect(page.get_by_role("button", name="1 newly needs help: show")).to_be_visible()
    await expect(page.locator("#announcement")).to_have_text("Ann: asks for help · 3 min")
    await expect(order(page)).to_have_text(["Fay", "Eve", "Bo", "Cho", "Dan", "Ann"])
    await page.locator("#newly").dispatch_event("click")
    await expect(order(page).first).to_have_text("Ann")
    await expect(order(page).first).to_be_focused()
    await expect(page.locator("#newly")).to_be_hidden()
    await page.mouse.up()


async def test_what_is_not_live_is_old_and_makes_nobody_need_help(windows: Windows) -> None:
    stage = a_class()
    page = await stage.open(windows, "tutor13")
    await page.clock.install()
    await stage.cut()
    await expect(page.locator("#connection-text")).to_have_text("Reconnecting…")
    await expect(card(page, "ann")).to_have_attribute("data-stale", "true")
    await page.clock.fast_forward(600_000)
    await expect(page.locator("#connection-text")).to_contain_text("Stale since")
    await expect(card(page, "ann")).to_have_attribute("data-attention", "none")
    await expect(page.locator("#summary")).to_contain_text("5 need help")
    await expect(page).to_have_title("(5) Dashboard · SpeakTracker")
    stage.answers = True
    await page.clock.fast_forward(60_000)
    await is_live(page)
    await expect(card(page, "ann")).to_have_attribute("data-stale", "false")


async def test_the_class_is_watched_by_keyboard(windows: Windows) -> None:
    stage = a_class()
    page = await stage.open(windows, "tutor13")
    await expect(order(page)).to_have_count(6)
    await page.keyboard.press("n")
    await expect(order(page).nth(0)).to_be_focused()
    await page.keyboard.press("n")
    await expect(order(page).nth(1)).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("#message")).to_be_focused()
    await page.keyboard.type("no?")  # in a field a key is a letter
    await expect(page.locator("#message")).to_have_value("no?")
    await page.keyboard.press("Escape")
    await expect(order(page).nth(1)).to_be_focused()
    await page.keyboard.press("w")
    await expect(page.locator("#message")).to_have_value("no?")
    await page.keyboard.press("Escape")
    await expect(order(page).nth(1)).to_be_focused()
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog")).to_be_visible()
    assert await violations(page) == []
    await page.get_by_label("Single keys").uncheck()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_be_hidden()
    await page.keyboard.press("?")
    await page.reload()
    await expect(order(page)).to_have_count(6)
    await page.keyboard.press("n")
    await expect(page.locator("body")).to_be_focused()


async def test_a_question_that_was_opened_is_seen(windows: Windows) -> None:
    stage = a_class()
    page = await stage.open(windows, "tutor13")
    await card(page, "fay").get_by_role("button").click()
    await expect(page.locator("#panel-email")).to_have_text("fay@example.com")
    stage.update("fay", progress=41)
    await expect(card(page, "fay").locator(".percent")).to_have_text("41%")
    seen = await eventually(
        lambda: [said for said in stage.received if said["type"] == "dashboard"], bool, 30
    )
    assert [said["student_email"] for said in seen] == ["fay@example.com"]
    assert seen[0]["action"] == "help_seen"


@pytest_asyncio.fixture(loop_scope="session")
async def whole(browser: Browser, server: ServerProcess) -> AsyncIterator[Windows]:
    """Windows of a Chromium that may notify people."""
    chromium = await launch_whole(browser)
    opened = Windows(chromium, server)
    yield opened
    await opened.close()
    await chromium.close()
    assert not opened.script_errors


async def test_sound_and_notification_are_off_until_asked_for(whole: Windows) -> None:
    page = await a_class().open(whole, "tutor13")
    await page.context.grant_permissions(["notifications"])
    await page.get_by_text("Alerts").click()
    choices = page.locator(".alert-choices input")
    for choice in await choices.all():
        await expect(choice).not_to_be_checked()
        await choice.check()
    await page.reload()
    for choice in await choices.all():
        await expect(choice).to_be_checked()


@pytest.mark.parametrize("lang", ["ko", "en"])
async def test_every_width_has_one_heading_and_the_class_in_sight(
    windows: Windows, lang: str
) -> None:
    page = await a_class().open(windows, "tutor13", lang)
    for scheme in ("dark", "light"):
        await page.emulate_media(color_scheme=scheme)
        assert await violations(page) == []
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 900})
        await expect(page.locator("h1:visible")).to_have_count(1)
        await card(page, "bo").get_by_role("button").click()
        await expect(page.locator("#message")).to_be_visible()
        await expect(page.locator("h1:visible")).to_have_count(1)
        await expect(page.locator("#students")).to_be_visible(visible=width >= 800)
        assert not [out for font in FONTS for out in await page.evaluate(STICKS_OUT, font)]
        await page.keyboard.press("Escape")
        await expect(page.locator("#students")).to_be_visible()


async def test_forced_colours_show_progress(windows: Windows) -> None:
    page = await a_class().open(windows, "tutor13")
    await page.emulate_media(forced_colors="active")
    bar = card(page, "eve").locator("progress")
    full = await bar.screenshot()
    await bar.evaluate("bar => (bar.value = 0)")
    assert await bar.screenshot() != full
    assert await violations(page) == []

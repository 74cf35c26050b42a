"""A student's practice reaches the tutor, and the tutor's feedback comes back."""

import re

import pytest
from playwright.async_api import expect

from tests.e2e.browser import (
    Windows,
    card,
    choose,
    do_first_sentence,
    give,
    is_live,
    shows_feedback,
    shows_sent,
)

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(300),
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("browser"),
]


async def test_a_tutor_sees_practice_as_it_happens_and_the_student_gets_feedback(
    windows: Windows,
) -> None:
    dashboard = await windows.sign_in("tutor33")
    practice = await windows.sign_in("student33")
    shown = card(dashboard, "student33")
    await expect(shown).to_have_attribute("data-status", "idle")

    await practice.get_by_role("button", name="Start").click()
    await expect(shown.locator(".badge")).to_have_text("Practising")
    await practice.locator("#typed").press_sequentially("hello, how")
    await expect(shown.locator(".now")).to_have_text("Hello, how are you today?")
    await expect(shown.locator(".percent")).to_have_text("4%")
    await practice.get_by_role("button", name="Pause").click()
    await expect(shown.locator(".badge")).to_have_text("Paused")

    await choose(dashboard, "student33")
    await give(dashboard, "발음이 좋아졌어요")
    await shows_feedback(practice, "발음이 좋아졌어요")
    await shows_sent(dashboard, "발음이 좋아졌어요", "Seen")

    await practice.get_by_role("button", name="Finish").click()
    await expect(shown.locator(".badge")).to_have_text("Finished")


async def test_feedback_waits_for_a_student_who_is_offline(windows: Windows) -> None:
    dashboard = await windows.sign_in("tutor34")
    await choose(dashboard, "student34")
    await give(dashboard, "See you tomorrow")
    await shows_sent(dashboard, "See you tomorrow", "Waiting until the student is online")

    practice = await windows.sign_in("student34")

    await shows_feedback(practice, "See you tomorrow")
    await shows_sent(dashboard, "See you tomorrow", "Seen")


async def test_a_reload_goes_on_where_the_student_was(windows: Windows) -> None:
    dashboard = await windows.sign_in("tutor3")
    practice = await windows.sign_in("student3")
    await practice.get_by_role("button", name="Start").click()
    await do_first_sentence(practice)
    await choose(dashboard, "student3")
    await give(dashboard, "Once is enough")
    await shows_sent(dashboard, "Once is enough", "Seen")

    await practice.reload()
    await dashboard.reload()

    await is_live(practice)
    await expect(practice.locator("#place")).to_have_text("Sentence 2 of 10")
    await shows_feedback(practice, "Once is enough")
    await expect(dashboard.locator("#panel-name")).not_to_be_empty()
    await shows_sent(dashboard, "Once is enough", "Seen")
    await expect(card(dashboard, "student3").locator(".percent")).to_have_text("10%")


async def test_two_tabs_are_one_student_and_each_shows_feedback_once(windows: Windows) -> None:
    dashboard = await windows.sign_in("tutor4")
    first = await windows.sign_in("student4")
    second = await first.context.new_page()
    await second.goto(f"{windows.server.url}/student/")
    await is_live(second)
    await expect(dashboard.locator("#summary")).to_contain_text("1 students · 1 online")

    await choose(dashboard, "student4")
    await give(dashboard, "To both of you")

    await shows_feedback(first, "To both of you")
    await shows_feedback(second, "To both of you")


async def test_text_of_others_stays_text(windows: Windows) -> None:
    attack = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
    dashboard = await windows.sign_in("tutor5")
    practice = await windows.sign_in("student5")
    await choose(dashboard, "student5")

    await give(dashboard, attack)

    await shows_feedback(practice, attack)
    await shows_sent(dashboard, attack, "Seen")
    for page in (practice, dashboard):
        await expect(page).not_to_have_title(re.compile("owned"))
        assert await page.locator("li img, li script").count() == 0


async def test_a_student_who_stops_typing_is_shown_as_idle(windows: Windows) -> None:
    dashboard = await windows.sign_in("tutor6")
    practice = await windows.sign_in("student6")
    await practice.clock.install()
    await practice.reload()
    await practice.get_by_role("button", name="Start").click()
    await expect(card(dashboard, "student6").locator(".badge")).to_have_text("Practising")

    await practice.clock.run_for(61_000)

    await expect(card(dashboard, "student6").locator(".badge")).to_have_text("Idle")

"""The connection breaks, and comes back by itself."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Route, expect

from tests.e2e.browser import (
    Windows,
    card,
    choose,
    do_first_sentence,
    give,
    is_live,
    shows_feedback,
)
from tests.server_process import CHEAP_PASSWORDS, ServerProcess

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(300),
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("browser"),
]


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[ServerProcess]:
    """A server that the test may stop."""
    running = ServerProcess(tmp_path, CHEAP_PASSWORDS)
    running.migrate()
    running.manage("seed_demo", "--tutors", "1", "--students", "1")
    with running:
        yield running


async def test_both_pages_come_back_after_a_restart(
    browser: Browser, own_server: ServerProcess
) -> None:
    windows = Windows(browser, own_server)
    dashboard, practice = await windows.sign_in("tutor1"), await windows.sign_in("student1")
    await practice.get_by_role("button", name="Start").click()

    own_server.stop()
    await expect(practice.locator("#connection")).to_have_attribute("data-state", "waiting")
    await do_first_sentence(practice)
    own_server.start()

    await is_live(practice)
    await is_live(dashboard)
    await expect(card(dashboard, "student1").locator(".percent")).to_have_text("10%")
    await choose(dashboard, "student1")
    await give(dashboard, "Back again")
    await shows_feedback(practice, "Back again")
    await windows.close()


async def test_feedback_without_an_answer_is_shown_once_and_given_once(windows: Windows) -> None:
    dashboard = await windows.sign_in("tutor7")
    practice = await windows.sign_in("student7")
    await choose(dashboard, "student7")
    # The server stores it, its answer is lost on the way, and further calls do not get through.
    path = "**/api/tutor/feedback"
    await dashboard.route(path, _refuse_to_send)
    await dashboard.route(path, _lose_the_answer, times=1)
    await give(dashboard, "Twice sent")
    await shows_feedback(practice, "Twice sent")
    sent = dashboard.locator("#sent li", has_text="Twice sent").locator(".state")
    no_answer = "No answer yet. It is tried again by itself, and arrives once."
    await expect(sent).to_have_text([no_answer])

    async with dashboard.expect_response(lambda listed: "student_email=" in listed.url):
        await dashboard.reload()
    await expect(sent).to_have_text([no_answer])
    await dashboard.unroute(path, _refuse_to_send)
    await expect(sent).to_have_text(["Seen"])
    await shows_feedback(practice, "Twice sent")


async def _refuse_to_send(route: Route) -> None:
    if route.request.method == "POST":
        await route.abort()
    else:
        await route.continue_()


async def _lose_the_answer(route: Route) -> None:
    if route.request.method == "POST":
        await route.fetch()
        await route.abort()
    else:
        await route.continue_()


async def test_a_student_without_a_tutor_is_told_what_to_do(windows: Windows) -> None:
    windows.server.manage("shell", "-c", _WITHOUT_TUTOR)
    page = await windows.open()
    await page.goto(f"{windows.server.url}/login/")
    await page.get_by_label("E-mail address").fill("Alone@Example.com")
    await page.get_by_label("Password").fill("demo-password")
    await page.get_by_role("button", name="Sign in").click()

    await expect(page.get_by_role("alert")).to_contain_text("You have no tutor yet")
    await expect(page.locator("#connection")).to_have_text("Disconnected")


_WITHOUT_TUTOR = """
from speaktracker.roster.models import User
User.objects.filter(email="alone@example.com").delete()
User.objects.create_user("alone@example.com", "demo-password", user_type="student")
"""

"""The panel that gives feedback: nothing written is lost, mixed up, or sent twice."""

from collections.abc import Awaitable, Callable
from functools import partial

import pytest
from playwright.async_api import Dialog, Page, expect

from tests.cluster.cut import Cable
from tests.e2e.accessibility import violations
from tests.e2e.browser import (
    DESKTOP,
    PASSWORD,
    Windows,
    choose,
    give,
    is_live,
    shows_feedback,
    shows_sent,
)
from tests.server_process import ServerProcess

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(300),
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("browser"),
]
# A class of its own: the others have one student each.
CLASS = """
from speaktracker.roster.models import User
from speaktracker.roster.services import assign_tutor
tutor = User.objects.create_user("writer@example.com", "demo-password", user_type="tutor")
for name in ("Ann", "Bob", "Cho"):
    email = f"{name.lower()}@example.com"
    student = User.objects.create_user(email, "demo-password", name=name, user_type="student")
    assign_tutor(student, tutor)
"""
Decision = Callable[[Dialog], Awaitable[None]]
WRONG = "https://elsewhere.example.net/a.mp3"


@pytest.fixture(scope="session", autouse=True)
def _class(server: ServerProcess) -> None:
    server.manage("shell", "-c", CLASS)


async def writes_audio(dashboard: Page, message: str, address: str = WRONG) -> None:
    """Fill the form in with the address of recorded speech."""
    more = dashboard.locator("#more:not([open]) > summary")
    if await more.is_visible():
        await more.click()
    await dashboard.get_by_label("Audio", exact=True).check()
    await dashboard.locator("#audio-url").fill(address)
    await dashboard.locator("#message").fill(message)


async def shows_form(
    dashboard: Page, who: str, message: str, audio: str = "", speak: bool = False
) -> None:
    """Wait until the form is for `who`, and stands as it is said."""
    form = dashboard.locator(f'[data-composer-for="{who}@example.com"]')
    await expect(form.locator("textarea")).to_have_value(message)
    await expect(form.locator("#audio-url")).to_have_value(audio)
    await expect(form.locator("[value=tts]")).to_be_checked(checked=bool(audio))
    await expect(form.locator("#speak")).to_be_checked(checked=speak)


async def test_a_draft_is_the_whole_form_of_one_student_and_outlives_the_page(
    windows: Windows,
) -> None:
    dashboard = await windows.sign_in("writer")
    await choose(dashboard, "ann")
    await writes_audio(dashboard, "Half of a sen")
    await choose(dashboard, "bob")
    await shows_form(dashboard, "bob", "")
    await dashboard.locator("#speak").check()
    await dashboard.locator("#message").fill("For Bob")
    await choose(dashboard, "ann")
    await shows_form(dashboard, "ann", "Half of a sen", WRONG)
    await dashboard.reload()
    await choose(dashboard, "ann")
    await shows_form(dashboard, "ann", "Half of a sen", WRONG)
    await dashboard.locator("#language").click()
    await expect(dashboard.locator("html")).to_have_attribute("lang", "ko")
    await choose(dashboard, "bob")
    await shows_form(dashboard, "bob", "For Bob", speak=True)
    again = await dashboard.context.new_page()
    await dashboard.close()
    await again.goto(f"{windows.server.url}/tutor/?lang=en")
    await choose(again, "bob")
    await again.locator("#send").click()
    await shows_form(again, "bob", "")
    await shows_sent(again, "For Bob", "Waiting until the student is online")
    await choose(again, "cho")
    await shows_form(again, "cho", "")


async def signs_in_shared(windows: Windows) -> Page:
    dashboard = await windows.open()
    await dashboard.goto(f"{windows.server.url}/")
    await dashboard.get_by_label("This is a shared computer").check()
    await dashboard.locator("[name=username]").fill("writer@example.com")
    await dashboard.locator("[name=password]").fill(PASSWORD)
    await dashboard.keyboard.press("Enter")
    return dashboard


END_SESSIONS = """
from django.contrib.sessions.models import Session
Session.objects.all().delete()
"""


async def test_on_a_shared_computer_nothing_is_left_behind(windows: Windows) -> None:
    dashboard = await signs_in_shared(windows)
    await choose(dashboard, "ann")
    await dashboard.locator("#message").fill("Nobody's business")
    await dashboard.reload()
    await choose(dashboard, "ann")
    await shows_form(dashboard, "ann", "Nobody's business")
    asked: list[str] = []
    for decides in (Dialog.dismiss, Dialog.accept):
        dashboard.once("dialog", partial(answers, asked, decides))
        await shows_form(dashboard, "ann", "Nobody's business")
        await dashboard.get_by_role("button", name="Sign out", exact=True).click()
    assert [("not sent yet" in each) for each in asked] == [True, True]
    await expect(dashboard.locator("[name=username]")).to_be_visible()
    kept = await dashboard.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert "Nobody" not in kept


async def answers(asked: list[str], decides: Decision, dialog: Dialog) -> None:
    asked.append(dialog.message)
    await decides(dialog)


async def test_a_shared_session_that_ends_elsewhere_takes_what_was_written_along(
    windows: Windows,
) -> None:
    dashboard = await signs_in_shared(windows)
    await choose(dashboard, "bob")
    await dashboard.locator("#message").fill("Nobody's business")
    windows.server.manage("shell", "-c", END_SESSIONS)
    await expect(dashboard.get_by_role("alert")).to_contain_text("You are signed out")
    await dashboard.goto(f"{windows.server.url}/login/")
    kept = await dashboard.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert "Nobody" not in kept


async def test_what_was_refused_is_put_right_or_dismissed(windows: Windows) -> None:
    dashboard, practice = await windows.sign_in("writer"), await windows.sign_in("ann")
    await choose(dashboard, "ann")
    await dashboard.locator("#message").fill("")
    await writes_audio(dashboard, "Listen to this")
    await dashboard.locator("#send").click()
    failed = dashboard.locator("#sent li.is-failed", has_text="Listen to this")
    await expect(failed.locator(".state")).to_contain_text("Speech may not be loaded")
    await dashboard.reload()
    await choose(dashboard, "ann")
    await failed.get_by_role("button", name="Edit").click()
    await shows_form(dashboard, "ann", "Listen to this", WRONG)
    assert await violations(dashboard) == []
    await expect(dashboard.locator("#audio-url")).to_have_attribute("aria-invalid", "true")
    await expect(dashboard.locator("#audio-url-error")).to_contain_text("Speech may not be")
    await expect(failed).to_have_count(0)
    await dashboard.get_by_label("Text", exact=True).check()
    await dashboard.locator("#send").click()
    await shows_feedback(practice, "Listen to this")
    await writes_audio(dashboard, "Never mind")
    await dashboard.locator("#send").click()
    await dashboard.locator("#sent li", has_text="Never mind").get_by_text("Dismiss").click()
    await expect(dashboard.locator("#sent li", has_text="Never mind")).to_have_count(0)
    await expect(dashboard.locator("#sent li", has_text="Listen to this")).to_have_count(1)


async def test_without_a_network_it_waits_and_arrives_in_order_and_once(windows: Windows) -> None:
    dashboard, practice = await windows.sign_in("writer"), await windows.sign_in("bob")
    await choose(dashboard, "bob")
    await dashboard.context.set_offline(True)
    for message in ("First, offline", "Second, offline"):
        await give(dashboard, message)
        await shows_sent(dashboard, message, "Waiting for the network")
    await dashboard.locator("#message").fill("Half-writ")
    await dashboard.context.set_offline(False)
    for message in ("First, offline", "Second, offline"):
        await shows_feedback(practice, message)
        await shows_sent(dashboard, message, "Seen")
    shown = await practice.locator("#feedback .message").all_text_contents()
    assert [text for text in shown if "offline" in text][::-1] == sorted(
        text for text in shown if "offline" in text
    )
    await shows_form(dashboard, "bob", "Half-writ")


async def test_a_network_that_dies_silently_loses_nothing_that_was_written(
    windows: Windows,
) -> None:
    cable = Cable(windows.server.port)
    await cable.start()
    practice, dashboard = await windows.sign_in("cho"), await windows.open(size=DESKTOP)
    await windows.sign_in_on(dashboard, "writer", f"http://127.0.0.1:{cable.port}")
    await choose(dashboard, "cho")
    cable.freeze()
    await give(dashboard, "Into the silence")
    await shows_sent(dashboard, "Into the silence", "Sending…")
    await dashboard.locator("#message").fill("Half-writ")
    no_answer = "No answer yet. It is tried again by itself, and arrives once."
    await shows_sent(dashboard, "Into the silence", no_answer)
    cable.thaw()
    await shows_sent(dashboard, "Into the silence", "Seen")
    await shows_feedback(practice, "Into the silence")
    await is_live(dashboard)
    await shows_form(dashboard, "cho", "Half-writ")
    await cable.close()


async def test_quick_replies_go_to_one_to_several_and_to_all_in_class(windows: Windows) -> None:
    dashboard = await windows.sign_in("writer")
    practices = {who: await windows.sign_in(who) for who in ("ann", "bob")}
    await choose(dashboard, "ann")
    message = dashboard.locator("#message")
    await message.fill("Bravo, {name}!")
    await dashboard.get_by_role("button", name="Keep this text").click()
    await message.fill("First.  Last.")
    await message.evaluate("field => field.setSelectionRange(7, 7)")
    reply = dashboard.get_by_role("button", name="Bravo, {name}!", exact=True)
    await reply.click()
    await expect(message).to_have_value("First. Bravo, Ann! Last.")
    await dashboard.locator("#recipients > summary").click()
    await dashboard.get_by_label("Everybody in class (2)").check()
    await expect(message).to_have_value("First. Bravo, {name}! Last.")
    await dashboard.get_by_role("button", name="Send to 2 students").click()
    await expect(dashboard.locator("#result-text")).to_have_text("Sent to 2")
    for who, practice in practices.items():
        await shows_feedback(practice, f"First. Bravo, {who.capitalize()}! Last.")
    await shows_form(dashboard, "ann", "")
    await dashboard.locator("#recipients > summary").click()
    await dashboard.get_by_label("Several").check()
    await dashboard.get_by_role("checkbox", name="Cho").check()
    assert await violations(dashboard) == []
    await writes_audio(dashboard, "{name}, listen")
    await dashboard.get_by_role("button", name="Send to 2 students").click()
    await expect(dashboard.locator("#result-text")).to_have_text("Sent to 0, failed 2: ")
    await dashboard.locator("#result-edit").click()
    await shows_form(dashboard, "ann", "{name}, listen", WRONG)
    await dashboard.get_by_label("Text", exact=True).check()
    await dashboard.get_by_role("button", name="Send to 2 students").click()
    await shows_feedback(practices["ann"], "Ann, listen")
    await expect(dashboard.locator("#result-text")).to_have_text("Sent to 2")
    await dashboard.get_by_role("button", name="Delete the quick reply: Bravo").click()
    await expect(reply).to_have_count(0)

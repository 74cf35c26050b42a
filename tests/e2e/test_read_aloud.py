"""Feedback that asks to be read aloud, in a real browser whose voice writes down what it says."""

import pytest
from playwright.async_api import expect

from tests.e2e.browser import PASSWORD, Windows, is_live
from tests.patient_clients import http_client

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(300),
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("browser"),
]
VOICE = """
  const said = [];
  speechSynthesis.speak = (utterance) => {
    said.push(utterance.text);
    document.documentElement.dataset.said = said.join(", ");
    utterance.onend();
  };
"""
STUDENT = "student32@example.com"


async def speak_to(url: str, texts: list[str]) -> None:
    """Give feedback by REST that is to be read aloud."""
    async with http_client(base_url=url) as client:
        who = {"email": "tutor32@example.com", "password": PASSWORD}
        token = (await client.post("/api/auth/token", json=who)).json()["access"]
        body = {"student_email": STUDENT, "session_id": "s", "message_type": "text", "speak": True}
        for text in texts:
            answer = await client.post(
                "/api/tutor/feedback",
                json={**body, "message": text},
                headers={"Authorization": f"Bearer {token}"},
            )
            assert answer.status_code in (201, 202), answer.text


async def test_what_waited_for_a_student_is_read_aloud_once_and_the_next_piece_again(
    windows: Windows,
) -> None:
    await speak_to(windows.server.url, [f"number {n}" for n in range(20)])
    practice = await windows.open()
    await practice.add_init_script(VOICE)

    await practice.goto(f"{windows.server.url}/")
    await practice.locator("[name=username]").fill(STUDENT)
    await practice.locator("[name=password]").fill(PASSWORD)
    await practice.locator("main button.primary").click()
    await is_live(practice)

    page = practice.locator("html")
    await expect(practice.locator("#feedback li")).to_have_count(20)
    await expect(page).to_have_attribute("data-said", "number 19")
    await speak_to(windows.server.url, ["one more"])
    await expect(page).to_have_attribute("data-said", "number 19, one more")

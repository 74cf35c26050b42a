"""A browser that keeps nothing for us, or what another version kept: the job is done."""

import json
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.e2e.browser import Windows, card, choose, do_first_sentence, is_live, shows_feedback
from tests.e2e.test_read_aloud import VOICE

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(300),
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("browser"),
]

NAMES = """["localStorage", "sessionStorage"]"""
DENIED = f"""for (const name of {NAMES}) Object.defineProperty(window, name, {{
  get() {{ throw new DOMException("Access is denied", "SecurityError"); }},
}});
navigator.locks.request = () => Promise.reject(new DOMException("denied", "SecurityError"));"""
# Takes all there is, to the last character.
FULL = f"""for (const name of {NAMES}) {{
  const area = window[name];
  for (let size = 2 ** 22; size >= 1; size = Math.floor(size / 2)) {{
    try {{ for (;;) area.setItem("x" + area.length, "y".repeat(size)); }} catch {{}}
  }}
}}"""
KEPT = {
    "status": "studying",
    "sessionId": "s",
    "at": 2,
    "typed": "",
    "outcomes": ["open"] * 10,
    "best": 0,
    "feedback": 0,
    "activeMs": 0,
    "keptAt": 4e12,
}
PRACTICES: list[Any] = [
    None,
    {**KEPT, "typed": 5},
    {**KEPT, "outcomes": ["won"] * 10},
    {**KEPT, "at": "length"},
    {**KEPT, "sessionId": ""},
]
OWNED = [json.dumps({"owner": "student18@example.com", "practice": each}) for each in PRACTICES]
OLD = ["{", "7", *OWNED]
WRITES = """(text) => {
  localStorage.setItem("speaktracker.practice:student18@example.com", text);
  for (const key of ["aloud", "spoken"]) localStorage.setItem(`speaktracker.${key}`, text);
}"""


async def student18(windows: Windows, script: str = "") -> Page:
    """Open student 18's page, with its storage as `script` makes it."""
    page = await windows.open()
    await page.add_init_script(VOICE + script)
    await windows.sign_in_on(page, "student18", windows.server.url)
    return page


async def does_the_job(windows: Windows, practice: Page, feedback: str) -> None:
    """Practise, report, and receive feedback that is read aloud."""
    dashboard = await windows.sign_in("tutor18")
    await practice.get_by_role("button", name="Start").click()
    await do_first_sentence(practice)
    await expect(practice.locator("#place")).to_have_text("Sentence 2 of 10")
    await expect(card(dashboard, "student18").locator(".percent")).to_have_text("10%")
    await choose(dashboard, "student18")
    await dashboard.get_by_label("Read it aloud to the student").check()
    await dashboard.get_by_label("Message").fill(feedback)
    await dashboard.keyboard.press("Control+Enter")
    await shows_feedback(practice, feedback)
    await expect(practice.locator("html")).to_have_attribute("data-said", feedback)
    await practice.get_by_role("button", name="Finish").click()
    await expect(card(dashboard, "student18").locator(".badge")).to_have_text("Finished")


@pytest.mark.parametrize("storage", [DENIED, FULL], ids=["denied", "full"])
async def test_a_student_practises_without_storage(windows: Windows, storage: str) -> None:
    practice = await student18(windows, storage)
    await practice.get_by_label("Read aloud").uncheck()
    await practice.get_by_label("Read aloud").check()
    await does_the_job(windows, practice, f"Without storage: {len(storage)}")


async def test_what_another_version_kept_does_not_matter(windows: Windows) -> None:
    practice = await student18(windows)
    for text in OLD:
        await practice.evaluate(WRITES, text)
        await practice.reload()
        await is_live(practice)
        await expect(practice.locator("#start")).to_have_text("Start")
    await does_the_job(windows, practice, "Whatever was kept")
    await practice.evaluate("localStorage.setItem('speaktracker.aloud', 'off')")  # a plain word
    await practice.reload()
    await expect(practice.get_by_label("Read aloud")).not_to_be_checked()


async def test_an_address_that_was_cut_off_opens_the_dashboard(windows: Windows) -> None:
    dashboard = await windows.sign_in("tutor18")
    await dashboard.goto(f"{windows.server.url}/tutor/#%E0%A4%A")
    await dashboard.reload()
    await choose(dashboard, "student18")

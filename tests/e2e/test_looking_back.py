"""A day, attendance and coverage in a browser: in both languages, at every width, no barrier."""

import os
from typing import Literal

import pytest
from playwright.async_api import Page

from tests.e2e.browser import Windows
from tests.e2e.page_checks import sideways
from tests.e2e.test_every_page import is_right

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(300),
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("browser"),
]

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
STUDENT = "student36@example.com"
# An hour of yesterday, with everything in it, and a stay of today that goes on.
PRACTISED = f"""
from datetime import datetime, timedelta
from django.utils import timezone
from feedback.store import store
from feedback.validation import Draft
from realtime.models import ClassStay, PracticeChange, Presence
from speaktracker.clock import now
from speaktracker.roster.models import User
student = User.objects.get(email="{STUDENT}")
tutor = student.mapping.tutor
day = timezone.localtime(now()).replace(hour=10, minute=2, second=0, microsecond=0)
came = day - timedelta(days=1)
ClassStay.objects.create(student=student, tutor=tutor, group="3-1", came_at=came,
  left_at=came + timedelta(minutes=56), reason="finished")
ClassStay.objects.create(student=student, tutor=tutor, came_at=now() - timedelta(minutes=1))
Presence.objects.update_or_create(student=student, defaults={{"came_at": now(), "in_class": True}})
states = ["idle", *["studying"] * 9, "paused", *["studying"] * 6, "idle", *["studying"] * 5]
PracticeChange.objects.bulk_create(
  PracticeChange(student=student, at=came + timedelta(minutes=2.4 * n), version=n, status=state,
    session_id="s" if n else "", current_sentence=str(n) if n else "")
  for n, state in enumerate(states))
store(tutor.pk, Draft("{STUDENT}", "s", "1", "text", None, False), None)
from feedback.models import Feedback
for n, row in enumerate(Feedback.objects.filter(student=student)):
    Feedback.objects.filter(pk=row.pk).update(timestamp=came + timedelta(minutes=20 + 9 * n))
print(f"day={{came:%Y-%m-%d}}")
"""


async def picture(page: Page, name: str) -> None:
    """Keep how the page looks, for people, where SHOTS names a folder."""
    folder = os.environ.get("SHOTS")
    for width in (390, 820, 1440) if folder else ():
        for scheme in SCHEMES:
            await page.emulate_media(color_scheme=scheme, forced_colors="none")
            await page.set_viewport_size({"width": width, "height": 900})
            await page.screenshot(path=f"{folder}/{name}-{width}-{scheme}.png", full_page=True)


async def test_what_was_done_is_fit_to_be_looked_at(windows: Windows) -> None:
    said = windows.server.manage("shell", "-c", PRACTISED)
    day = next(word for word in str(said).split() if word.startswith("day=")).removeprefix("day=")
    paths = {
        "tutor": {
            "day": f"/tutor/history/?student={STUDENT}&day={day}",
            "attendance": f"/tutor/attendance/?first={day}",
            "coverage": "/tutor/coverage/",
        },
        "student": {"own": f"/student/history/?day={day}"},
    }
    for role, pages in paths.items():
        for lang in ("ko", "en"):
            page = await windows.sign_in(f"{role}36", lang)
            for name, path in pages.items():
                await is_right(page, f"{windows.server.url}{path}", lang)
                if name in ("day", "own"):
                    await page.locator("summary").click()
                    assert await page.locator("td.said").count() > 20
                    assert await sideways(page) <= 0
                await picture(page, f"{name}-{lang}")


async def test_the_panel_leads_to_the_day_of_the_chosen_student(windows: Windows) -> None:
    page = await windows.sign_in("tutor36", "en")
    await page.goto(f"{windows.server.url}/tutor/#{STUDENT}")
    await page.locator("#panel-history").click()
    await page.wait_for_url("**/tutor/history/?student=student36%40example.com")
    await page.get_by_role("link", name="To the dashboard").click()
    await page.get_by_role("link", name="Attendance").click()
    await page.wait_for_url("**/tutor/attendance/")

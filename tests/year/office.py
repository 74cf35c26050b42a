"""The school's office at the admin's pages, with nothing but a browser."""

import json
import re
from collections.abc import Collection
from datetime import date
from functools import cached_property
from typing import Any, Self
from urllib.parse import urljoin

import httpx

from tests.patient_clients import blocking_client
from tests.server_process import ServerProcess
from tests.year.web_forms import WebForm, fill_in, send

CLERK, PASSWORD = "office@school.example", "of-the-office-1"
MAKE_CLERK = f"""
from django.contrib.auth.models import Group
from speaktracker.roster.models import User
clerk = User.objects.create_user("{CLERK}", "{PASSWORD}", is_staff=True)
clerk.groups.add(Group.objects.get(name="School staff"))
"""
IDS = """
import json
from speaktracker.roster.models import User
print(json.dumps(dict(User.objects.values_list("email", "pk"))))
"""
FINISH = """
from speaktracker.roster.year_end import services
while services.finish_due():
    pass
"""
SLIP = re.compile(r'class="address">([^<]+)</dd>.*?class="code">([^<]+)</dd>', re.DOTALL)
USERS, MAPPINGS = "/admin/roster/user/", "/admin/roster/tutorstudent/"


class Office:
    """A member of the school's staff; a page that is shown survives a restart of the server."""

    def __init__(self, server: ServerProcess) -> None:
        self._server = server
        server.manage("shell", "-c", MAKE_CLERK)
        self._browser = blocking_client(
            base_url=server.url, follow_redirects=True, headers={"Accept-Language": "en"}
        )

    def __enter__(self) -> Self:
        fill_in(self._browser, "/admin/login/", {"username": CLERK, "password": PASSWORD})
        return self

    def __exit__(self, *_: object) -> None:
        self._browser.close()

    def preview_import(self, file: bytes) -> httpx.Response:
        """Choose a file, and look at what it would change."""
        files = {"file": ("학생명단.csv", file, "text/csv")}
        return fill_in(self._browser, f"{USERS}import/", {}, files)

    def confirm(self, shown: httpx.Response) -> str:
        """Confirm what is shown; return the page that follows, as it is read."""
        return WebForm(send(self._browser, shown, {"confirm": "yes"}).text).text

    def print_codes(self, emails: Collection[str]) -> dict[str, str]:
        """Print one-time codes for these people; return them by address."""
        chosen = {
            "action": "print_codes",
            "_selected_action": [self.numbers[one] for one in emails],
        }
        asked = fill_in(self._browser, USERS, chosen)
        sheet = send(self._browser, asked, {**chosen, "confirmed": "yes"})
        return dict(SLIP.findall(sheet.text))

    def end_due_years(self) -> None:
        """Do what the server does every ten minutes for years that ended a week ago."""
        self._server.manage("shell", "-c", FINISH)

    def lend(self, tutor: str, substitute: str, days: tuple[date, date]) -> None:
        """Lend all of a tutor's students."""
        first, last = (day.isoformat() for day in days)
        fields = {
            "tutor": self.numbers[tutor],
            "substitute": self.numbers[substitute],
            "extent": "all",
        }
        days_of = {"first_day": first, "last_day": last}
        page = fill_in(self._browser, "/admin/roster/loan/add/", {**fields, **days_of})
        assert "was added successfully" in page.text, page.text

    def attendance(self, group: str, days: tuple[date, date]) -> list[str]:
        """Save the attendance of a group; return its lines."""
        first, last = (day.isoformat() for day in days)
        asked = {"first": first, "last": last, "group": group, "format": "csv"}
        sheet = self._browser.get("/admin/realtime/classstay/attendance/", params=asked)
        assert sheet.headers["Content-Type"].startswith("text/csv"), sheet.text
        return sheet.text.splitlines()[1:]

    def preview_move(self, group: str, tutor: str) -> httpx.Response:
        """Look at what giving a whole class another tutor would change."""
        page = f"{MAPPINGS}reassign/?{httpx.QueryParams(group=group)}"
        shown = self._browser.get(page)
        return self._browser.post(
            f"{MAPPINGS}reassign/",
            data={**WebForm(shown.text).values, "tutor": self.numbers[tutor], "preview": "yes"},
        )

    def preview_end(self, **whose: Any) -> httpx.Response:
        """Look at whose year would end."""
        return fill_in(self._browser, "/admin/roster/yearend/add/", {**whose, "preview": "yes"})

    def end_year(self, shown: httpx.Response) -> str:
        """End the year of whom is shown; return the address of what can be undone."""
        ended = send(self._browser, shown, {"confirm": "yes"})
        assert "It can be undone here" in ended.text, ended.text
        return str(ended.url)

    def undo(self, address: str) -> None:
        """Undo an end of the year."""
        shown = self._browser.get(address)
        undone = self._browser.post(urljoin(address, "../undo/"), data=WebForm(shown.text).values)
        assert "Undone" in undone.text, undone.text

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The number of everybody who was imported, by address."""
        return self.ids()

    def ids(self) -> dict[str, int]:
        """Return the number of everybody there is now, by address."""
        found: dict[str, int] = json.loads(self._server.manage("shell", "-c", IDS).splitlines()[-1])
        return found

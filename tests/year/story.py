"""What happens in a school's year, told once for the test and for who wants to watch it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx

from speaktracker.school_days import today
from tests.cluster.waiting import eventually
from tests.patient_clients import blocking_client, http_client
from tests.server_process import CHEAP_PASSWORDS, ServerProcess
from tests.year.ageing import let_pass
from tests.year.office import Office
from tests.year.pupil import Pupil, Step
from tests.year.school import School
from tests.year.web_forms import fill_in

# A restart takes longer on a busy machine than people may be away for.
SETTINGS = {**CHEAP_PASSWORDS, "REJOIN_GRACE_SECONDS": "60"}
SECONDS = 60
PASSWORD = "a-long-passw0rd"
LESSON = (
    Step("studying", "Hello, how are you?", 1.5),
    Step("paused", "Hello, how are you?", 1.0),
    Step("studying", "Nice to meet you.", 1.0),
    Step("idle", "Nice to meet you.", 1.0),
    Step("studying", "See you tomorrow!", 0.5),
)
DONE = 3
# How attendance counts what pupils did.
COLUMNS = {"studying": "active_seconds", "idle": "idle_seconds", "paused": "paused_seconds"}


@dataclass
class Year:
    """One school on one server, with as many pupils who come to class each day as are told."""

    server: ServerProcess
    school: School
    come: int
    lent_days: int = 2
    say: Callable[[str], None] = print
    pupils: list[Pupil] = field(default_factory=list)

    async def pass_by(self, days: int) -> None:
        """Go through the whole year; `days` are those on which there is a lesson."""
        with Office(self.server) as office:
            self.people_come_in(office)
            self.pupils_sign_in(office)
            last = today() + timedelta(days=self.lent_days - 1)
            office.lend(self.tutor, self.substitute, (today(), last))
            for day in range(days):
                await self.lesson(day)
                let_pass(self.server, 1)
            await self.ask_for_help()
            self.count(days)
            await self.class_moves(office)
            await self.year_ends(office, days)

    @property
    def tutor(self) -> str:
        """The tutor of the class that is followed."""
        return self.school.tutor(1)

    @property
    def substitute(self) -> str:
        """Who stands in on the first two days."""
        return self.school.tutor(2)

    def people_come_in(self, office: Office) -> None:
        """Import the file; the server restarts between the preview and the confirmation."""
        shown = office.preview_import(self.school.file())
        self.restart()
        told = office.confirm(shown)
        assert "Imported" in told, told
        again = office.preview_import(self.school.file())
        assert "Nothing changes" in again.text, again.text
        self.say(f"imported: {len(office.numbers)} people")

    def pupils_sign_in(self, office: Office) -> None:
        """Print the codes of a class; its pupils choose their passwords after a restart."""
        mine = self.school.students(1)[: self.come]
        codes = office.print_codes([*mine, self.tutor, self.substitute])
        self.restart()
        for email, code in codes.items():
            with blocking_client(base_url=self.server.url, follow_redirects=True) as browser:
                fill_in(browser, "/first/", {"username": email, "code": code})
                chosen = {"new_password1": PASSWORD, "new_password2": PASSWORD}
                page = fill_in(browser, "/password/new/", chosen)
                assert page.url.path in ("/student/", "/tutor/"), page.text
        self.pupils = [Pupil(self.server, email, PASSWORD) for email in mine]
        self.say(f"signed in with codes: {len(codes)}")

    async def lesson(self, day: int) -> None:
        """Practise over a restart; whoever teaches today gives feedback, and nobody else may."""
        await self.practise()
        is_lent = day < self.lent_days
        giver = self.substitute if is_lent else self.tutor
        answers = [await self.give(giver, pupil, f"day {day}") for pupil in self.pupils]
        assert {answer.status_code for answer in answers} == {202}, answers[0].text
        if not is_lent:
            refused = await self.give(self.substitute, self.pupils[0], "not mine")
            assert refused.status_code == 403
        self.say(f"day {day + 1}: a lesson of {len(self.pupils)}, feedback by {giver}")

    async def practise(self) -> None:
        """Have everybody practise; the server restarts when all are halfway."""
        all_halfway = asyncio.Barrier(len(self.pupils) + 1)
        restarted = asyncio.Event()

        async def wait_for_the_server() -> None:
            await all_halfway.wait()
            await restarted.wait()

        lessons = [
            asyncio.create_task(pupil.practise(LESSON, DONE, wait_for_the_server))
            for pupil in self.pupils
        ]
        await all_halfway.wait()
        await asyncio.to_thread(self.restart)
        restarted.set()
        await asyncio.gather(*lessons)

    async def ask_for_help(self) -> None:
        """Ask; the question outlives a restart, and the tutor's feedback answers it."""
        pupil = self.pupils[0]
        async with pupil.in_class() as socket:
            await pupil.ask(socket, "Which word?")
        await asyncio.to_thread(self.restart)
        async with pupil.in_class():
            await self.give(self.tutor, pupil, "The second one")
            await pupil.until(lambda: "answered" in pupil.help)
        assert [frame["message"] for frame in pupil.feedback][-1] == "The second one"
        self.say("help: asked, kept over a restart, answered")

    def count(self, days: int) -> None:
        """Compare attendance and sessions with what the pupils did."""
        first = (today() - timedelta(days=days + 1)).isoformat()
        span = {"from": first, "to": today().isoformat()}
        rows = self.all_of(self.tutor, "/api/tutor/attendance", span)
        for pupil in self.pupils:
            mine = [row for row in rows if row["student_email"] == pupil.email and row["sentences"]]
            assert len(mine) == len(pupil.did) == days
            for row, did in zip(reversed(mine), pupil.did, strict=True):
                assert row["group"] == self.school.group(1)
                assert (row["sentences"], row["feedback"]) == (did.sentences, 1), (row, did)
                for status, column in COLUMNS.items():
                    lasted = did.seconds[status]
                    # Rounded to whole seconds.
                    assert lasted.least - 1 <= row[column] <= lasted.most + 1, (row, did)
        sheet = self.get_text(self.tutor, "/api/tutor/attendance", {**span, "format": "csv"})
        printed = [line for line in sheet.splitlines() if self.pupils[0].email in line]
        assert len(printed) >= days
        self.say(f"attendance: {len(rows)} rows, as the pupils did it")

    async def class_moves(self, office: Office) -> None:
        """Give the class another tutor; the server restarts between the preview and that."""
        taker = self.school.tutor(3)
        shown = office.preview_move(self.school.group(1), taker)
        self.restart()
        office.confirm(shown)
        await eventually(
            lambda: len(self.get(self.tutor, "/api/tutor/students", {})["students"]),
            lambda left: left == 0,
            SECONDS,
        )
        self.say(f"moved: {self.school.group(1)} to {taker}")

    async def year_ends(self, office: Office, days: int) -> None:
        """End it, undo that, end it again; after a week the accounts are gone.

        Till then the office has the attendance of the class as it was.
        """
        pupil = self.pupils[0]
        number = office.end_year(office.preview_end(everybody="on"))
        self.restart()
        assert await self.sign_in(pupil) == 401
        office.undo(number)
        assert await self.sign_in(pupil) == 200
        office.end_year(office.preview_end(everybody="on"))
        span = (today() - timedelta(days=days + 1), today())
        attended = office.attendance(self.school.group(1), span)
        assert len(attended) >= days * len(self.pupils)
        let_pass(self.server, 8)
        office.end_due_years()
        assert not set(office.ids()) & set(self.school.students(1))
        self.say("the year ended, was undone, ended again; a week later the accounts are gone")

    def restart(self) -> None:
        """Stop the server as an operator would, and start it again."""
        self.server.stop()
        self.server.serve()

    async def give(self, tutor: str, pupil: Pupil, message: str) -> httpx.Response:
        """Give feedback."""
        body = {"student_email": pupil.email, "session_id": pupil.did[-1].session_id}
        async with http_client(base_url=self.server.url) as client:
            headers = {"Authorization": f"Bearer {self.token(tutor)}"}
            text = {"message": message, "message_type": "text"}
            return await client.post("/api/tutor/feedback", json=body | text, headers=headers)

    async def sign_in(self, pupil: Pupil) -> int:
        """Ask for a token; return how that was answered."""
        async with http_client(base_url=self.server.url) as client:
            who = {"email": pupil.email, "password": PASSWORD}
            return (await client.post("/api/auth/token", json=who)).status_code

    def token(self, email: str) -> str:
        """Sign in to the API."""
        with blocking_client(base_url=self.server.url) as client:
            answer = client.post("/api/auth/token", json={"email": email, "password": PASSWORD})
            return str(answer.json()["access"])

    def all_of(self, email: str, path: str, query: dict[str, str]) -> list[Any]:
        """Read all pages of something."""
        page = self.get(email, path, query)
        found: list[Any] = page["results"]
        while page["next"]:
            page = self.get(email, path, {**query, "before": page["next"]})
            found += page["results"]
        return found

    def get(self, email: str, path: str, query: dict[str, str]) -> Any:
        """Read from the API as somebody."""
        return self._get(email, path, query).json()

    def get_text(self, email: str, path: str, query: dict[str, str]) -> str:
        """Read a file of the API."""
        return self._get(email, path, query).text

    def _get(self, email: str, path: str, query: dict[str, str]) -> httpx.Response:
        with blocking_client(base_url=self.server.url) as client:
            headers = {"Authorization": f"Bearer {self.token(email)}"}
            answer = client.get(path, params=query, headers=headers)
            assert answer.status_code == 200, answer.text
            return answer

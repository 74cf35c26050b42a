"""Signs in, invites, imports, deletes and asks how things are, as people do beside the lessons."""

from contextlib import suppress
from time import time
from typing import Any

PASSWORD = "demo-password"
TUTOR_OF_RECORDS = "tutor2@example.com"
STUDENT, GONE, TUTOR, GONE_TUTOR = (
    "student4050@example.com",
    "student4051@example.com",
    "tutor7@example.com",
    "tutor3000@example.com",
)


def walk_calls() -> None:
    """Walk through what is not the admin's lists; in a process whose database is the school."""
    from django.core.management import call_command
    from django.test import Client

    from tests.plans.big_school import STAFF

    walk_sign_ins(Client(SERVER_NAME="localhost"))
    walk_pages(Client(SERVER_NAME="localhost"))
    walk_history(TUTOR_OF_RECORDS)
    walk_work_of_staff(signed_in(STAFF))
    walk_school_year(signed_in(STAFF))
    for path in ("/readyz", "/metrics"):
        expect(200, Client(SERVER_NAME="localhost").get(path))
    call_command("mirror", "--status")
    call_command("sign_in_waits", STUDENT)


def walk_sign_ins(client: Any) -> None:
    """Sign in with a password, rightly and wrongly, and use all that comes of it."""
    from django.contrib.auth.hashers import make_password

    from speaktracker.auth import tickets
    from speaktracker.cognito import selectors
    from speaktracker.cognito.models import PoolAccount
    from speaktracker.cognito.pool_tokens import PoolClaims
    from speaktracker.roster.models import User

    people = User.objects.filter(email__in=[STUDENT, TUTOR])
    people.update(password=make_password(PASSWORD))
    body = {"email": STUDENT, "password": PASSWORD}
    kind = "application/json"
    expect(401, client.post("/api/auth/token", {**body, "password": "-"}, content_type=kind))
    pair = expect(200, client.post("/api/auth/token", body, content_type=kind)).json()
    for _ in range(2):
        pair = {"refresh": pair["refresh"]}
        pair = expect(200, client.post("/api/auth/token/refresh", pair, content_type=kind)).json()
    headers = {"authorization": f"Bearer {pair['access']}"}
    expect(200, client.get("/api/student/sentences", headers=headers))
    expect(200, signed_in(STUDENT).get("/student/"))
    answer = expect(200, client.post("/api/realtime/ticket", headers=headers))
    tickets.redeem(answer.json()["ticket"])
    account = PoolAccount.objects.get(user__email=STUDENT)
    fresh = (time() + 1, time() + 60, frozenset[Any](), False, None, "", b"")
    claims = PoolClaims(account.issuer, account.sub, "", *fresh)
    assert selectors.person_of(claims), claims


def walk_pages(client: Any) -> None:
    """Sign in to the pages as a tutor, look, and ask for a new password."""
    from speaktracker.auth.handshake import credentials_of_session

    expect(302, client.post("/login/", {"username": TUTOR, "password": PASSWORD}))
    credentials_of_session(client.session.session_key)
    sessions = "/api/tutor/feedback?session_id="
    # Of one who is lent students, too.
    paths = ("/tutor/", "/api/tutor/students", "/api/tutor/loans", "/api/tutor/feedback")
    for path in (*paths, f"{sessions}session_3", f"{sessions}no_such"):
        expect(200, client.get(path))
    expect(302, client.post("/logout/everywhere/"))
    expect(302, client.post("/password/forgotten/", {"email": STUDENT}))


def walk_history(email: str) -> None:
    """Look at what the students of a tutor did, and at what one of them did themselves."""
    from datetime import timedelta

    from speaktracker.clock import now
    from speaktracker.roster.models import User

    tutor = signed_in(email)
    student = User.objects.filter(mapping__tutor__email=email).order_by("email")[0]
    first, last = (f"{now() - timedelta(days=days):%Y-%m-%d}" for days in (30, 0))
    for path in (
        f"/api/tutor/sessions?student_email={student.email}",
        f"/api/tutor/attendance?from={first}&to={last}",
        f"/api/tutor/attendance?from={first}&to={last}&format=csv",
        "/api/tutor/coverage",
        f"/tutor/attendance/?first={last}",
        "/tutor/coverage/",
        f"/tutor/history/?student={student.email}&day={last}",
    ):
        expect(200, tutor.get(path))
    expect(200, signed_in(student.email).get("/student/history/"))


def walk_work_of_staff(client: Any) -> None:
    """Change, invite, import and delete people, as the admin does."""
    from django.core.files.uploadedfile import SimpleUploadedFile

    from speaktracker.roster.models import User

    for email in (GONE, GONE_TUTOR):
        url = f"/admin/roster/user/{User.objects.get(email=email).pk}/delete/"
        expect(200, client.get(url))
        expect(302, client.post(url, {"post": "yes"}))
    actions = ("deactivate", "activate", "sign_out_everywhere", "forget_failed_sign_ins")
    for action in (*actions, "assign_a_tutor", "invite", "print_codes", "delete_selected"):
        form = {"action": action, "_selected_action": [*range(100_000, 100_020)]}
        form |= {"post": "yes", "confirmed": "yes"}
        assert client.post("/admin/roster/user/", form).status_code in (200, 302), action
    rows = (f"student{5000 + n}@example.com,tutor{n + 10}@example.com" for n in range(50))
    file = "\n".join(["student_email,tutor_email", *rows]).encode()
    url = "/admin/roster/tutorstudent/import/"
    page = expect(200, client.post(url, {"file": SimpleUploadedFile("all.csv", file)}))
    expect(302, client.post(url, {"shown": page.context["shown"]}))


def walk_school_year(client: Any) -> None:
    """Import people, look at who is new, move a class, and end its year."""
    from datetime import timedelta

    from django.core.files.uploadedfile import SimpleUploadedFile
    from django.utils.timezone import now

    from speaktracker.roster.models import YearEnd
    from speaktracker.roster.year_end.services import finish_due

    rows = (
        *(
            f"student{6000 + n}@example.com,Renamed {n},,tutor{n + 10}@example.com"
            for n in range(50)
        ),
        *(f"new{n}@example.com,New {n},student,tutor{n + 10}@example.com" for n in range(50)),
    )
    file = "\n".join(["email,name,user_type,tutor_email", *rows]).encode()
    url = "/admin/roster/user/import/"
    page = expect(200, client.post(url, {"file": SimpleUploadedFile("all.csv", file)}))
    answer = expect(302, client.post(url, {"shown": page.context["shown"]}))
    steps = expect(200, client.get(answer.headers["Location"])).context["groups"]
    expect(200, client.get(steps[0].url))
    reassign = "/admin/roster/tutorstudent/reassign/"
    page = expect(200, client.get(f"{reassign}?group=Class 7"))
    form = {"students": page.context["form"].initial["students"], "group": "Class 7b"}
    expect(302, client.post(reassign, {**form, "confirm": "1"}))
    form, url = {"group": "Class 7b", "deletes": "1"}, "/admin/roster/yearend/add/"
    for undone in (True, False):
        shown = expect(200, client.post(url, form)).context["shown"]
        answer = expect(302, client.post(url, {**form, "shown": shown, "confirm": "1"}))
        if undone:
            expect(302, client.post(answer.headers["Location"].replace("change", "undo")))
    YearEnd.objects.update(due_at=now() - timedelta(minutes=1))  # by the database's clock, too
    assert finish_due(), list(YearEnd.objects.values())
    YearEnd.objects.update(due_at=now() + timedelta(days=7))  # nothing is left to others' duties


def signed_in(email: str, kind: Any = None) -> Any:
    """Return a client of Django's, or of a `kind` of it, of somebody who reads English."""
    from django.test import Client
    from django.test.utils import setup_test_environment

    from speaktracker.roster.models import User

    with suppress(RuntimeError):  # answers tell their context already
        setup_test_environment()
    client = (kind or Client)(SERVER_NAME="localhost", headers={"accept-language": "en"})
    client.force_login(User.objects.get(email=email), "django.contrib.auth.backends.ModelBackend")
    return client


def expect(status: int, answer: Any) -> Any:
    """Return an answer that has the status it should have."""
    assert answer.status_code == status, f"{answer.status_code}: {answer.content[:500]}"
    return answer

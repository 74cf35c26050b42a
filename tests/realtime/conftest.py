"""People in a classroom, and sockets that are closed however a test ends."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from channels.layers import channel_layers
from django.db import OperationalError

from realtime.presence import server_leases
from speaktracker.background import background
from speaktracker.db import threads
from speaktracker.roster.models import TutorStudent, User
from tests.roster.school_calendar import day_is  # noqa: F401 - a fixture
from tests.socket_client import SocketClient, bearer

Connect = Callable[..., Awaitable[SocketClient]]


@pytest.fixture
def limits(settings: Any) -> Callable[..., None]:
    """Change limits for one test; to be called before the first socket opens."""

    def change(**values: Any) -> None:
        settings.LIMITS = replace(settings.LIMITS, **values)

    return change


@pytest.fixture
def no_rate_limit(limits: Callable[..., None]) -> None:
    """Let a test send as fast as it can."""
    limits(user_messages_per_second=1e6, connection_bytes_per_minute=10**9)


@pytest.fixture
def short_grace(limits: Callable[..., None]) -> None:
    """Make a leave follow the last disconnect almost at once."""
    limits(rejoin_grace_seconds=0.2)


@pytest.fixture
def quick_checks(limits: Callable[..., None]) -> None:
    """Have dashboards and mailboxes look after what was lost several times a second."""
    limits(dashboard_check_seconds=0.3, feedback_reread_seconds=0.3)


@pytest.fixture
def lease_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have nobody renew the lease of this process, or notice its loss, but who is asked to."""
    monkeypatch.setattr(server_leases, "RENEW_SECONDS", 3_600)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a module that says ON_EVERY_SERVER on ours and on one that offers no text writer."""
    if getattr(metafunc.module, "ON_EVERY_SERVER", False) and "connect" in metafunc.fixturenames:
        metafunc.parametrize("connect", ["our server", "another"], indirect=True)


@pytest.fixture
async def connect(transactional_db: None, request: pytest.FixtureRequest) -> AsyncIterator[Connect]:
    """Open sockets as a user; whatever is still open is closed at the end."""
    with_text_writer = getattr(request, "param", "our server") == "our server"
    channel_layers.backends.clear()
    opened: list[SocketClient] = []

    async def open_socket(user: User | None = None, **options: Any) -> SocketClient:
        headers = {**(bearer(user) if user else {}), **options.pop("headers", {})}
        client = SocketClient(headers=headers, with_text_writer=with_text_writer, **options)
        opened.append(client)
        return await client.open()

    yield open_socket
    for client in opened:
        await client.close()
    await background().stop()


def person(user_type: str | None, number: int) -> User:
    """Store somebody who is called after what they are."""
    email = f"{user_type or 'staff'}{number}@example.com"
    return User.objects.create_user(email, user_type=user_type, name=f"{user_type} {number}")


@pytest.fixture
async def tutor(transactional_db: None) -> User:
    """A tutor."""
    return await threads.write(person, "tutor", 1)


@pytest.fixture
async def other_tutor(transactional_db: None) -> User:
    """Another tutor, without students."""
    return await threads.write(person, "tutor", 2)


@pytest.fixture
async def student(tutor: User) -> User:
    """A student of `tutor`."""
    someone = await threads.write(person, "student", 1)
    await assign(someone, tutor)
    return someone


@pytest.fixture
async def other_student(tutor: User) -> User:
    """Another student of `tutor`."""
    someone = await threads.write(person, "student", 2)
    await assign(someone, tutor)
    return someone


async def assign(student: User, tutor: User | None) -> None:
    """Map a student to a tutor, or to nobody, as the admin does."""
    if tutor is None:
        mapping = await TutorStudent.objects.aget(student=student)
        await mapping.adelete()
    else:
        await TutorStudent.objects.aupdate_or_create(student=student, defaults={"tutor": tutor})


@pytest.fixture
def lose_database(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Take the database away from everything that goes through its door."""

    def unreachable(_work: Any) -> Any:
        raise OperationalError("unable to open database file")

    return lambda: monkeypatch.setattr(threads, "_with_fresh_connections", unreachable)


@pytest.fixture
async def dashboard(connect: Connect, tutor: User, student: User) -> SocketClient:
    """The dashboard of the tutor of `student`, with its snapshot received."""
    socket = await connect(tutor)
    await socket.sees("broadcast_all")
    return socket


@pytest.fixture
async def practice(connect: Connect, student: User, dashboard: SocketClient) -> SocketClient:
    """The student's socket; the dashboard has seen the join, and nothing is left to be replayed."""
    socket = await connect(student)
    # What a socket says is dealt with once it has been set up, and its replay read.
    await socket.ask({"type": "ping"}, "pong")
    await dashboard.sees("student_joined", student_email=student.email)
    return socket

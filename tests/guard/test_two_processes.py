"""Guesses sent to two server processes at the same time, as over the network, without Redis."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from random import Random
from typing import Any

import pytest

from tests.cluster.databases import Database, PostgreSQL, SQLite, migrated_postgresql
from tests.guard.conftest import PASSWORD
from tests.migrated_sqlite import copy_migrated
from tests.patient_clients import call
from tests.server_process import ServerProcess

# Two processes race for the first twenty; what comes after is refused (test_guessing.py has more).
GUESSES, PUPILS = 200, 50
ADDRESSES = (1, 50)
_SEED = f"""
from django.contrib.auth.hashers import make_password
from speaktracker.roster.models import User
password = make_password("{PASSWORD}")
for case in {ADDRESSES}:
    User.objects.create_superuser(f"victim{{case}}@example.com", "another password")
    User.objects.bulk_create(
        User(email=f"pupil{{case}}-{{n}}@example.com", password=password) for n in range({PUPILS})
    )
"""
_COUNT = """
SELECT count(*) FROM guard_{} g JOIN roster_user u ON u.id = g.user_id WHERE u.email LIKE '{}%'
"""
_WAYS = ("/login/", "/admin/login/", "/api/auth/token")
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(300),
    pytest.mark.xdist_group("two-processes"),
]


@pytest.fixture(
    scope="module", params=[pytest.param("SQLite", marks=pytest.mark.soak), "PostgreSQL"]
)
def database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """A database of each kind, for all tests of this file."""
    folder = tmp_path_factory.mktemp("database")
    made: Database
    if request.param == "PostgreSQL":
        made = PostgreSQL(migrated_postgresql())
    else:
        made = SQLite(folder)
        copy_migrated(made.path)
    yield made
    made.close()


@pytest.fixture(scope="module")
def servers(
    database: Database, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[ServerProcess]]:
    """Two processes on one database; a proxy in front of them says where somebody comes from."""
    folder = tmp_path_factory.mktemp("servers")
    environment = {
        "DATABASE_URL": database.url,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "TRUSTED_PROXIES": "127.0.0.1",
    }
    (folder / "second").mkdir()
    first = ServerProcess(folder, environment)
    second = ServerProcess(folder / "second", environment)
    first.manage("shell", "-c", _SEED)
    with ExitStack() as stack:
        for server in (first, second):
            server.serve()
            stack.callback(server.stop)
        yield [first, second]


@pytest.fixture(scope="module")
def form_token(servers: list[ServerProcess]) -> str:
    """What a page's form and a cookie hold both; one serves any number of guesses."""
    return call("GET", f"{servers[0].url}/login/").cookies["csrftoken"]


def sends(
    form_token: str, server: ServerProcess, way: str, address: str, email: str, password: str
) -> str:
    """Sign in on one of the ways; answer what came of it."""
    headers = {"X-Forwarded-For": address, "Accept-Language": "en"}
    if way.startswith("/api/"):
        sent: dict[str, Any] = {"json": {"email": email, "password": password}}
    else:
        headers["Cookie"] = f"csrftoken={form_token}"
        known = {"username": email, "password": password}
        sent = {"data": {**known, "csrfmiddlewaretoken": form_token}}
    answer = call("POST", f"{server.url}{way}", headers=headers, **sent)
    if answer.status_code in (429, 503):
        assert int(answer.headers["Retry-After"]) >= 1
        return "refused"
    signed_in = answer.status_code == 302 or ("access" in answer.text and answer.is_success)
    assert answer.status_code in (200, 302, 401), answer.text
    return "signed in" if signed_in else "tried"


@pytest.mark.parametrize("addresses", [pytest.param(1, marks=pytest.mark.soak), 50])
def test_of_hundreds_of_guesses_at_two_processes_at_most_twenty_are_tried(
    database: Database, servers: list[ServerProcess], form_token: str, addresses: int
) -> None:
    account, random = f"victim{addresses}@example.com", Random(addresses)
    calls = [
        (servers[n % 2], _WAYS[n % 3], f"192.0.{addresses}.{n % addresses}", account, f"guess {n}")
        for n in range(GUESSES)
    ]
    pupils = [
        (servers[n % 2], _WAYS[n % 2 * 2], f"192.0.{addresses}.{n % addresses}", email, PASSWORD)
        for n, email in enumerate(f"pupil{addresses}-{n}@example.com" for n in range(PUPILS))
    ]
    mixed = calls + pupils
    random.shuffle(mixed)
    with ThreadPoolExecutor(16) as people:
        came = list(people.map(lambda one: (one[3], sends(form_token, *one)), mixed))
    guesses = Counter(outcome for email, outcome in came if email == account)
    assert guesses["signed in"] == 0
    assert 0 < guesses["tried"] <= 20
    neighbours = Counter(outcome for email, outcome in came if email != account)
    assert neighbours == {"signed in": PUPILS}
    assert database.rows(_COUNT.format("failedtry", account)) == [(guesses["tried"],)]
    pupils_known = _COUNT.format("knownaddress", f"pupil{addresses}-")
    assert database.rows(pupils_known) == [(PUPILS,)]

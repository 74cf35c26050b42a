"""Ways into a socket, good and bad: what each handshake carries, and whose it is."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from speaktracker.auth.models import Ticket
from tests.patient_clients import PATIENCE_SECONDS, blocking_connect, call
from tests.rights.callers import FOREIGN
from tests.rights.site import RightsSite

OURS = "speaktracker.v1"


@dataclass
class Door:
    """What a handshake carries, and whose it is."""

    person: str
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    subprotocols: list[str] = field(default_factory=list)
    origin: str | None = None


def ticket_of(site: RightsSite, person: str, port: int) -> str:
    """Ask one process for a ticket."""
    answer = call(
        "POST",
        f"http://127.0.0.1:{port}/api/realtime/ticket",
        headers=bearer(site.people[person]["access"]),
    )
    return site.secrets.add(f"a ticket of {person}", answer.raise_for_status().json()["ticket"])


def bearer(token: str) -> dict[str, str]:
    """Make the header that carries a token."""
    return {"Authorization": f"Bearer {token}"}


def _by_ticket(site: RightsSite, person: str, port: int, **more: Any) -> Door:
    return Door(person, {"ticket": ticket_of(site, person, port)}, **more)


def _used(site: RightsSite, port: int) -> Door:
    door = _by_ticket(site, "student", port)
    with blocking_connect(f"ws://127.0.0.1:{port}/ws/?ticket={door.query['ticket']}") as socket:
        assert "connection_success" in str(socket.recv(timeout=PATIENCE_SECONDS))
    return door


def _expired(site: RightsSite, port: int) -> Door:
    door = _by_ticket(site, "second-student", port)
    owner = site.people["second-student"]["id"]
    late = f"UPDATE {Ticket._meta.db_table} SET expires_at = now() - interval '1 ms'"
    site.sql(f"{late} WHERE user_id = {owner}")
    return door


def _deactivated(site: RightsSite, port: int) -> Door:
    door = _by_ticket(site, "to-deactivate", port)
    who = site.email("to-deactivate")
    site.sql(f"UPDATE roster_user SET is_active = false WHERE email = '{who}'")
    return door


def _password_changed(site: RightsSite, port: int) -> Door:
    door = _by_ticket(site, "to-change-password", port)
    who = site.email("to-change-password")
    site.sql(f"UPDATE roster_user SET password = 'md5$another$one' WHERE email = '{who}'")
    return door


def _in_query(site: RightsSite, person: str, token: str, **more: Any) -> Door:
    return Door(person, {"token": token}, **more)


def _offering(site: RightsSite, token: str) -> Door:
    return Door("student", subprotocols=[OURS, f"bearer.{token}"])


def _claiming(site: RightsSite, email: str, role: str, in_headers: bool = False) -> Door:
    headers = bearer(site.people["student"]["access"])
    address = site.email(email)
    if in_headers:
        return Door("student", headers={**headers, "X-User-Email": address, "X-User-Type": role})
    return Door("student", {"user_email": address, "user_type": role}, headers)


def _session_from(site: RightsSite, origin: str) -> Door:
    cookie = f"sessionid={site.people['student']['session']}"
    return Door("student", headers={"Cookie": cookie}, origin=origin)


def _token(site: RightsSite, person: str = "student") -> str:
    token: str = site.people[person]["access"]
    return token


WAYS: dict[str, Callable[[RightsSite, int], Door]] = {
    "ticket of student": lambda site, port: _by_ticket(site, "student", port),
    "ticket of tutor": lambda site, port: _by_ticket(site, "tutor", port),
    "ticket of super": lambda site, port: _by_ticket(site, "super", port),
    "ticket, twice": _used,
    "ticket, expired": _expired,
    "ticket of somebody deactivated since": _deactivated,
    "ticket from before a password change": _password_changed,
    "ticket, made up": lambda site, _: Door("student", {"ticket": "x" * 43}),
    "ticket: a token": lambda site, _: Door("student", {"ticket": _token(site)}),
    "ticket: a session key": lambda site, _: Door(
        "student", {"ticket": site.people["student"]["session"]}
    ),
    "ticket: made up, with a good token": lambda site, _: Door(
        "student", {"ticket": "x" * 43}, bearer(_token(site))
    ),
    "ticket of student, with a tutor's token": lambda site, port: _by_ticket(
        site, "student", port, headers=bearer(_token(site, "tutor"))
    ),
    "subprotocol of student": lambda site, _: _offering(site, _token(site)),
    "subprotocol, forged": lambda site, _: _offering(site, site.forged["forged"]),
    "subprotocol, expired": lambda site, _: _offering(site, site.forged["expired"]),
    "subprotocol, alg none": lambda site, _: _offering(site, site.forged["alg none"]),
    "query token of tutor": lambda site, _: _in_query(site, "tutor", _token(site, "tutor")),
    "query token, expired": lambda site, _: _in_query(site, "student", site.forged["expired"]),
    "query token, refresh use": lambda site, _: _in_query(
        site, "student", site.forged["refresh use"]
    ),
    "query token, after a bad header": lambda site, _: _in_query(
        site, "student", _token(site), headers=bearer("not-a-token")
    ),
    "token from another origin": lambda site, _: Door(
        "student", headers=bearer(_token(site)), origin=FOREIGN
    ),
    "token, claiming another address": lambda site, _: _claiming(site, "other-student", "student"),
    "token, claiming another role": lambda site, _: _claiming(site, "student", "tutor"),
    "token, claiming so in headers": lambda site, _: _claiming(site, "tutor", "tutor", True),
    "token, claiming what is true": lambda site, _: _claiming(site, "student", "student"),
    "claims alone": lambda site, _: Door(
        "student", {"user_email": site.email("student"), "user_type": "student"}
    ),
    "session, origin null": lambda site, _: _session_from(site, "null"),
    "session, origin of another port": lambda site, port: _session_from(
        site, f"http://127.0.0.1:{port}"
    ),
    "session, origin by another name": lambda site, port: _session_from(
        site, f"http://localhost:{port}"
    ),
}

"""Who calls, and with what: credentials of every kind, and in which column their answers stand."""

import base64
import secrets
from dataclasses import dataclass, field, replace

from tests.rights.pool_callers import pool_tokens
from tests.rights.site import Calls, RightsSite
from tests.rights.tables import read

CALLERS = read("callers")
FOREIGN = "https://elsewhere.example.com"


@dataclass(frozen=True)
class Caller:
    """What a caller sends with each call; `proof` is the CSRF token that a form would send."""

    name: str
    headers: dict[str, str] = field(default_factory=dict)
    session: str | None = None
    proof: bool = True
    origin: str | None = "own"
    owner: str | None = None

    def column(self, table: str) -> str:
        """Return in which column of a table this caller's answers stand."""
        return CALLERS.cell(self.name, table)

    def http(self, site: RightsSite, port: int) -> dict[str, str]:
        """Make the headers of an HTTP call."""
        token = site.secrets.add("a CSRF token", secrets.token_hex(16))
        headers = dict(self.headers)
        if self.session is not None:
            headers["Cookie"] = f"sessionid={self.session}; csrftoken={token}"
        else:
            headers["Cookie"] = f"csrftoken={token}"
        if self.proof:
            headers["X-CSRFToken"] = token
        if self.origin and self.session is not None:
            headers["Origin"] = self.origin_at(port) or ""
        return headers

    def origin_at(self, port: int) -> str | None:
        """Say from which origin a browser calls a process."""
        return f"http://127.0.0.1:{port}" if self.origin == "own" else self.origin

    def person(self, site: RightsSite) -> str | None:
        """Name whom this caller's credentials are of, good ones or not."""
        if self.owner:
            return self.owner
        said = self.headers.get("Authorization", "").rpartition(" ")[2]
        for name, record in site.people.items():
            if said and said == record.get("access"):
                return name
        for name, record in site.people.items():
            if self.session and self.session == record.get("session"):
                return name
        return None

    def spare(self, site: RightsSite, number: int) -> "Caller":
        """Return this caller with another session of the same person, for calls that end it."""
        for record in site.people.values():
            if self.session == record.get("session") and "spare" in record:
                return replace(self, session=record["spare"][number])
        return self


def callers(site: RightsSite) -> dict[str, Caller]:
    """Make every caller of the table, by name."""
    made = [Caller("nobody"), *_bearers(site), *_cookies(site), *_mixed(site)]
    for name, (person, token) in pool_tokens(site).items():
        made.append(replace(bearer(name, token), owner=person))
    return {caller.name: caller for caller in made}


def bearer(name: str, token: str) -> Caller:
    """Make a caller who sends a token."""
    return Caller(name, {"Authorization": f"Bearer {token}"})


def _bearers(site: RightsSite) -> list[Caller]:
    people = site.people
    tokens = {person: record["access"] for person, record in people.items() if "access" in record}
    named = (
        *("student", "other-student", "lone-student", "tutor", "other-tutor"),
        *("tutor-substitute", "tutor-before", "tutor-after"),
        *("super", "staff-none", "typeless", "deactivated", "deleted"),
        *("password-changed", "password-renewed", "role-changed"),
    )
    made = [bearer(f"token of {person}", tokens[person]) for person in named]
    made += [bearer(f"token: {kind}", token) for kind, token in site.forged.items()]
    made.append(bearer("token: a session key", people["student"]["session"]))
    made.append(
        Caller("token: twice Bearer", {"Authorization": f"Bearer Bearer {tokens['tutor']}"})
    )
    return made


def _cookies(site: RightsSite) -> list[Caller]:
    named = (
        *("student", "other-student", "lone-student", "tutor", "other-tutor"),
        *("tutor-substitute", "tutor-before"),
        *("super", "staff-none", "typeless", "deactivated", "deleted"),
        *("password-changed", "password-renewed", "signed-out"),
    )
    made = [Caller(f"session of {who}", session=site.people[who]["session"]) for who in named]
    for who in ("student", "tutor", "super"):
        session = site.people[who]["session"]
        made.append(
            Caller(f"session of {who}, no proof", session=session, proof=False, origin=None)
        )
        made.append(Caller(f"session of {who}, elsewhere", session=session, origin=FOREIGN))
    made.append(Caller("session: made up", session=secrets.token_hex(16)))
    made.append(Caller("session: a token", session=site.people["student"]["access"]))
    return made


def _mixed(site: RightsSite) -> list[Caller]:
    student, tutor = site.people["student"], site.people["tutor"]
    both = bearer("token of student, session of tutor", student["access"])
    bad = bearer("token: garbage, session of student", "not-a-token")
    words = base64.b64encode(f"student@rights.example.com:{student['password']}".encode()).decode()
    site.secrets.add("a Basic header", words)
    return [
        replace(both, session=tutor["session"]),
        replace(bad, session=student["session"]),
        Caller("password in a Basic header", {"Authorization": f"Basic {words}"}),
    ]


async def fresh(site: RightsSite, calls: Calls, caller: Caller, role: str) -> Caller:
    """Return this caller with new credentials of somebody in the same role, for what ends all."""
    role = "tutor" if role in ("substitute", "colleague") else role.rstrip("!2")
    person = f"leaver-{role}"
    if person not in site.people:
        return caller  # nobody, or a bad one: there is nothing to end
    words = {"username": site.email(person), "password": site.people[person]["password"]}
    made = caller
    if "Authorization" in caller.headers:
        body = {"email": words["username"], "password": words["password"]}
        answer = (await calls("POST", "/api/auth/token", json=body)).raise_for_status().json()
        site.secrets.add_all("signing in", answer)
        made = replace(made, headers=bearer("", answer["access"]).headers)
    if caller.session is not None:
        proof = Caller("nobody").http(site, port := calls.port())
        page = await calls("POST", "/login/", port=port, headers=proof, data=words)
        session = site.secrets.add("a session", page.cookies["sessionid"])
        made = replace(made, session=session)
    return replace(made, owner=person)

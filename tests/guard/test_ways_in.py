"""Every form and call that takes a secret is found, and refuses to have it guessed.

Nobody lists them: routes are opened and searched for secrets, the API's document for their fields.
"""

import ast
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.contrib.auth import authenticate, get_backends
from django.contrib.auth.backends import ModelBackend
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from drf_spectacular.generators import SchemaGenerator
from rest_framework.authentication import BasicAuthentication

from speaktracker.guard.refusals import TryRefused
from speaktracker.roster.models import User
from tests.guard.conftest import PASSWORD

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

ROOT = Path(__file__).resolve().parents[2]
# What a route with arguments is opened with: the person whose account is guessed.
ARGUMENTS = ("id", "object_id", "pk", "user_id", "content_type_id")
GUESSED = ("current-password", "one-time-code")
NEW = "new-password"
# More than any account has in ten minutes.
GUESSES = 25
pytestmark = pytest.mark.django_db


class SecretFields(HTMLParser):
    """The fields of the forms of a page that hold a secret, each with the others beside it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.forms: list[dict[str, dict[str, str]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append({})
        elif tag in ("input", "textarea", "select") and self.forms and given.get("name"):
            self.forms[-1][given["name"]] = given


def is_secret(field: dict[str, str]) -> bool:
    known = (*GUESSED, NEW)
    return field.get("type") == "password" or field.get("autocomplete") in known


@dataclass(frozen=True)
class SecretForm:
    """A form of a page with a secret that somebody could guess."""

    path: str
    fields: tuple[tuple[str, str], ...]
    secret: str

    def guess(self, client: Client, email: str, guess: str) -> "Answer":
        """Send the form, filled in with an account and a guess."""
        values = {name: value or email for name, value in self.fields}
        return client.post(self.path, {**values, self.secret: guess})


def routes(resolver: URLResolver | None = None, before: str = "/") -> Iterator[tuple[str, Any]]:
    """List every route with what it is written as."""
    for entry in (resolver or get_resolver()).url_patterns:
        route = before + str(entry.pattern).removeprefix("^").removesuffix("$")
        if isinstance(entry, URLResolver):
            yield from routes(entry, route)
        elif isinstance(entry, URLPattern):
            yield route, entry


def opened(route: str, entry: URLPattern, person: User) -> str:
    """Write a route's path, with its arguments filled in."""
    for name, converter in entry.pattern.converters.items():
        value = str(person.pk) if name in ARGUMENTS else "x"
        for written in (f"<{name}>", *(f"<{kind}:{name}>" for kind in CONVERTERS)):
            route = route.replace(written, value)
        del converter
    return route


CONVERTERS = ("int", "str", "path", "slug", "uuid")


def forms_with_secrets(client: Client, person: User) -> Iterator[SecretForm]:
    """Open every route and list its forms with a secret to guess."""
    for route, entry in routes():
        path = opened(route, entry, person)
        if "logout" in path or "(?P" in path:
            continue
        page = client.get(path)
        if not page.headers.get("Content-Type", "").startswith("text/html") or page.streaming:
            continue
        for form in SecretFields(page.content.decode()).forms:
            for name, field in form.items():
                if is_secret(field):
                    kind = field.get("autocomplete")
                    assert kind in (*GUESSED, NEW), f"{path}: say what {name} is by `autocomplete`"
                    if kind != NEW:
                        others = tuple(
                            (other, given.get("value", ""))
                            for other, given in form.items()
                            if given.get("type") not in ("submit", "checkbox", "hidden")
                        )
                        yield SecretForm(path, others, name)


def all_forms(owner: User) -> set[SecretForm]:
    stranger, member = Client(), Client()
    member.force_login(owner)
    found = [*forms_with_secrets(stranger, owner), *forms_with_secrets(member, owner)]
    return {form for form in found if not form.path.startswith("/api/")}


def calls_with_secrets() -> Iterator[tuple[str, str]]:
    """List the calls of the API whose body has a secret, by path and field."""
    document = SchemaGenerator().get_schema(request=None, public=True)
    for path, methods in document["paths"].items():
        for described in methods.values():
            for content in described.get("requestBody", {}).get("content", {}).values():
                name = content["schema"].get("$ref", "").rpartition("/")[2]
                for field in document["components"]["schemas"].get(name, {}).get("properties", {}):
                    if any(word in field for word in ("password", "code", "secret", "pin")):
                        yield path, field


def test_every_form_that_takes_a_secret_refuses_to_have_it_guessed(
    owner: User, compared: list[str]
) -> None:
    forms = all_forms(owner)
    assert {"/login/", "/admin/login/"} <= {form.path for form in forms}
    assert any("password" in form.path for form in forms), "the change of one's own is missing"
    for number, form in enumerate(sorted(forms, key=lambda form: form.path)):
        person = User.objects.create_superuser(f"person{number}@example.com", PASSWORD)
        clients = Client(REMOTE_ADDR=f"192.0.2.{number}"), Client(REMOTE_ADDR=f"192.0.2.{number}")
        clients[1].force_login(person)
        for client in clients:
            answers = [form.guess(client, person.email, f"guess {n}") for n in range(GUESSES)]
            if answers[0].status_code != 302:  # it is not this kind of visitor's
                break
        assert answers[-1].status_code == 429, f"{form.path} lets {form.secret} be guessed"
        assert "Retry-After" in answers[-1].headers
        assert len([one for one in compared if one.startswith("guess")]) <= 20
        compared.clear()


def test_every_call_that_takes_a_secret_refuses_to_have_it_guessed(owner: User) -> None:
    calls = set(calls_with_secrets())
    assert ("/api/auth/token", "password") in calls
    client = Client()
    client.force_login(owner)
    for number, (path, field) in enumerate(sorted(calls)):
        account = f"person{number}@example.com"
        for _ in range(GUESSES):
            body = {"email": account, "username": account, field: "ABCDEF-123456"}
            answer = client.post(path, body, "application/json")
        assert answer.status_code == 429, f"{path} lets {field} be guessed"


def shapes_of_credentials() -> Iterator[tuple[str, ...]]:
    for backend in get_backends():
        if type(backend) is not ModelBackend:
            parameters = inspect.signature(backend.authenticate).parameters
            yield tuple(name for name in parameters if name not in ("request", "_request"))


def test_whatever_signs_somebody_in_is_guarded(owner: User) -> None:
    for number, names in enumerate(shapes_of_credentials()):
        person = User.objects.create_user(f"shape{number}@example.com", PASSWORD)

        def guess(guess: str, person: User = person, names: tuple[str, ...] = names) -> None:
            credentials = dict.fromkeys(names, guess) | {names[0]: person.email}
            assert authenticate(None, **credentials) is None

        for attempt in range(4):
            guess(f"guess {attempt}")
        with pytest.raises(TryRefused):
            guess("the fifth")


def test_no_call_takes_a_password_in_a_header() -> None:
    classes = [*settings.REST_FRAMEWORK["DEFAULT_AUTHENTICATION_CLASSES"]]
    assert not [name for name in classes if "Basic" in name]
    for _route, entry in routes():
        view = getattr(entry.callback, "cls", None)
        for authentication in getattr(view, "authentication_classes", ()):
            assert not issubclass(authentication, BasicAuthentication), view


def test_nothing_compares_a_password_beside_the_guard() -> None:
    for package in ("speaktracker", "realtime", "feedback"):
        for path in (ROOT / package).rglob("*.py"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            names = {
                alias.name
                for node in ast.walk(tree)
                if isinstance(node, ast.ImportFrom) and node.module == "django.contrib.auth.hashers"
                for alias in node.names
            }
            assert not {"check_password", "acheck_password", "verify_password"} & names, path
    assert User.check_password.__module__ == User.__module__

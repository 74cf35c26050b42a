"""People who forgot, and the letters that reach them."""

import re
from collections.abc import Callable, Iterator

import pytest
from django.core.cache import cache
from django.core.mail import EmailMessage
from django.test import Client
from pytest_django import Settings

from speaktracker.auth import throttling
from speaktracker.configuration.email_settings import email_settings
from speaktracker.passwords.letter_sending import send_due_letters
from speaktracker.roster.models import User
from tests.passwords.mail_server import Mailboxes, MailServer

OLD = "an-old-passw0rd"
NEW = "a-new-passw0rd"
CHOICE = {"new_password1": NEW, "new_password2": NEW}
PUBLIC = "https://speak.example.com"
LINK = re.compile(r"^(\S+)(/password/new/\?token=\S+)$", re.MULTILINE)

Posted = Callable[[], list[EmailMessage]]


@pytest.fixture(autouse=True)
def counts_anew() -> None:
    """What one test did counts for no other's limits."""
    cache.clear()
    throttling._begun.clear()


@pytest.fixture(autouse=True)
def public_url(settings: Settings) -> None:
    settings.PUBLIC_URL = PUBLIC


@pytest.fixture
def person(db: None) -> User:
    return User.objects.create_user("minsu@example.com", OLD, name="민수", user_type="student")


@pytest.fixture
def staff(db: None) -> User:
    return User.objects.create_superuser("staff@example.com", OLD)


@pytest.fixture
def english(client: Client) -> Client:
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


@pytest.fixture
def posted(mailoutbox: list[EmailMessage]) -> Posted:
    """Send what waits, and return every letter there was."""

    def send() -> list[EmailMessage]:
        while send_due_letters():
            pass
        return mailoutbox

    return send


@pytest.fixture
def mailboxes() -> Mailboxes:
    return Mailboxes()


@pytest.fixture
def mail_server(
    mailboxes: Mailboxes, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[MailServer]:
    """A real mail server, which the settings name."""
    server = MailServer(mailboxes)
    server.start()
    monkeypatch.setenv("EMAIL_URL", server.url)
    for name, value in email_settings(False, PUBLIC).items():
        setattr(settings, name, value)
    yield server
    server.stop()


def link_in(letter: EmailMessage) -> str:
    """Find the link of a letter, without its host."""
    found = LINK.search(str(letter.body))
    assert found
    assert found[1] == PUBLIC
    return found[2]


def signs_in(address: str, password: str) -> bool:
    """Tell whether an address and a password open a session."""
    return bool(Client().login(username=address, password=password))

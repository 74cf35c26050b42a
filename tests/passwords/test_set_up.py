"""How letters leave is set up in words, and a school begins with one command."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command

from speaktracker.configuration.email_settings import CONSOLE, NONE, SMTP, email_settings
from tests.passwords.conftest import PUBLIC, signs_in


@pytest.fixture
def email_url(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("EMAIL_URL", "DEFAULT_FROM_EMAIL"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def test_letters_stand_on_the_console_in_development_alone(email_url: pytest.MonkeyPatch) -> None:
    assert email_settings(True, "")["EMAIL_BACKEND"] == CONSOLE
    assert email_settings(False, "")["EMAIL_BACKEND"] == NONE


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://localhost", {"EMAIL_HOST": "localhost", "EMAIL_PORT": 25}),
        ("smtp+tls://u%40x:p%3Aq@m.example", {"EMAIL_PORT": 587, "EMAIL_USE_TLS": True}),
        ("smtp+tls://u%40x:p%3Aq@m.example", {"EMAIL_HOST_USER": "u@x"}),
        ("smtps://u:p%3Aq@m.example:1465", {"EMAIL_PORT": 1465, "EMAIL_USE_SSL": True}),
        ("smtps://u:p%3Aq@m.example", {"EMAIL_HOST_PASSWORD": "p:q", "EMAIL_TIMEOUT": 10}),
    ],
)
def test_a_mail_server_is_read(
    email_url: pytest.MonkeyPatch, url: str, expected: dict[str, object]
) -> None:
    email_url.setenv("EMAIL_URL", url)
    found = email_settings(False, PUBLIC)
    assert {**found, **expected, "EMAIL_BACKEND": SMTP} == found
    assert found["DEFAULT_FROM_EMAIL"] == "SpeakTracker <no-reply@speak.example.com>"


@pytest.mark.parametrize(
    ("name", "value", "public"),
    [
        ("EMAIL_URL", "mail.example.com", PUBLIC),
        ("EMAIL_URL", "http://mail.example.com", PUBLIC),
        ("EMAIL_URL", "smtp://", PUBLIC),
        ("EMAIL_URL", "smtp://mail.example.com:port", PUBLIC),
        ("EMAIL_URL", "smtp://mail.example.com", ""),
        ("DEFAULT_FROM_EMAIL", "nobody", PUBLIC),
        ("DEFAULT_FROM_EMAIL", "a@example.com\nBcc: b@example.com", PUBLIC),
    ],
)
def test_a_wrong_value_is_named(
    email_url: pytest.MonkeyPatch, name: str, value: str, public: str
) -> None:
    email_url.setenv(name, value)
    with pytest.raises(ImproperlyConfigured, match=name):
        email_settings(False, public)


@pytest.mark.django_db
def test_a_school_begins_with_one_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_EMAIL", "Head@School.example")
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "a-first-passw0rd")
    call_command("createsuperuser", "--no-input", verbosity=0)
    assert signs_in("head@school.example", "a-first-passw0rd")

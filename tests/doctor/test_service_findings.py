"""What the doctor says of a mail server and of a user pool's keys, both real."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from speaktracker.configuration.email_settings import SMTP
from speaktracker.doctor.email_checks import check_email
from speaktracker.doctor.user_pool_checks import check_user_pool
from tests.cognito.key_server import KeyServer
from tests.passwords.mail_server import Mailboxes, MailServer


@pytest.fixture
def mail_server(settings: Settings) -> Iterator[MailServer]:
    server = MailServer(Mailboxes())
    settings.EMAIL_BACKEND = SMTP
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    yield server
    server.stop()


def test_a_mail_server_is_greeted_and_sent_nothing(
    mail_server: MailServer, settings: Settings
) -> None:
    mail_server.start()
    (well,) = check_email()
    assert (well.state, well.says.endswith("answers; nothing was sent.")) == ("ok", True)
    assert not mail_server._mailboxes.letters

    settings.EMAIL_USE_TLS = True  # which it cannot
    (plain,) = check_email()
    assert "STARTTLS extension not supported by server" in plain.says

    mail_server.stop()
    (away,) = check_email()
    assert (away.state, "Connection refused" in away.says) == ("failed", True)


def test_without_a_mail_server_letters_are_off(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    assert [finding.state for finding in check_email()] == ["off"]


def test_the_keys_of_a_user_pool_are_read_or_the_reason_is_said(settings: Settings) -> None:
    settings.COGNITO = None
    assert [finding.state for finding in check_user_pool()] == ["off"]
    pool = KeyServer()
    settings.COGNITO = pool.config
    (well,) = check_user_pool()
    assert (well.state, "2 keys" in well.says) == ("ok", True)
    pool.with_body(b"{}", 404)
    (missing,) = check_user_pool()
    assert "HTTP Error 404" in missing.says
    pool.stop()
    (away,) = check_user_pool()
    assert (away.state, "COGNITO_USER_POOL_ID" in away.says) == ("failed", True)

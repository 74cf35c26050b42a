"""Letters on their way: batches, refusals, outages. The mail server is a real one."""

import logging
from collections.abc import Iterator
from datetime import timedelta

import pytest

from speaktracker import db
from speaktracker.background import once
from speaktracker.clock import now
from speaktracker.passwords import letter_sending, services
from speaktracker.passwords.letter_sending import BATCH, MailOutage, send_due_letters, send_letters
from speaktracker.passwords.models import FirstCode, Letter, Mailing
from speaktracker.passwords.selectors import progress_of
from speaktracker.roster.models import User
from tests.passwords.mail_server import Mailboxes, MailServer

pytestmark = pytest.mark.usefixtures("mail_server")


@pytest.fixture(autouse=True)
def _no_outage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(letter_sending, "_outage", MailOutage())


@pytest.fixture
def mailing(staff: User) -> Mailing:
    """An invitation of three batches of people."""
    people = User.objects.bulk_create(
        User(email=f"s{number:02}@example.com") for number in range(2 * BATCH + 5)
    )
    return services.invite(staff, [person.pk for person in people], "ko")


def counts(mailing: Mailing) -> tuple[int, int, int]:
    mailing.refresh_from_db()
    progress = progress_of(mailing)
    return progress.sent, progress.waiting, progress.failed


def make_due() -> None:
    Letter.objects.filter(due_at__isnull=False).update(due_at=now())


def test_letters_leave_in_batches_and_are_counted(mailing: Mailing, mailboxes: Mailboxes) -> None:
    assert send_due_letters()
    assert counts(mailing) == (BATCH, BATCH + 5, 0)
    while send_due_letters():
        pass
    assert counts(mailing) == (2 * BATCH + 5, 0, 0)
    assert len(set(mailboxes.to())) == 2 * BATCH + 5
    assert not Letter.objects.exists()


def test_who_forgot_goes_before_a_class(
    mailing: Mailing, person: User, mailboxes: Mailboxes
) -> None:
    services.ask_for_link(person.email, "ko")
    send_due_letters()
    assert mailboxes.to()[0] == person.email
    assert "비밀번호" in mailboxes.letters[0]["Subject"]
    assert "/password/new/?token=" in mailboxes.letters[0].get_content()


def test_a_refused_address_is_given_up_and_named(mailing: Mailing, mailboxes: Mailboxes) -> None:
    mailboxes.refusals["s03@"] = "550 nobody here"
    while send_due_letters():
        pass
    assert counts(mailing) == (2 * BATCH + 4, 0, 1)
    failed = mailing.letters.get()
    assert (failed.person and failed.person.email, failed.problem) == (
        "s03@example.com",
        "refused: [550]",
    )


def test_a_busy_mailbox_is_tried_again(mailing: Mailing, mailboxes: Mailboxes) -> None:
    mailboxes.refusals["s03@"] = "450 come back"
    while send_due_letters():
        pass
    assert counts(mailing) == (2 * BATCH + 4, 1, 0)
    mailboxes.refusals.clear()
    make_due()
    send_due_letters()
    assert counts(mailing) == (2 * BATCH + 5, 0, 0)


def test_a_letter_that_is_refused_as_it_is_holds_no_other_up(
    mailing: Mailing, mailboxes: Mailboxes
) -> None:
    mailboxes.refusals["To: s00@"] = "554 looks like spam"
    while send_due_letters():
        pass
    assert counts(mailing) == (2 * BATCH + 4, 0, 1)


def test_an_outage_loses_nothing_and_is_one_line_without_a_link(
    mailing: Mailing,
    mail_server: MailServer,
    mailboxes: Mailboxes,
    caplog: pytest.LogCaptureFixture,
) -> None:
    mail_server.stop()
    assert not send_due_letters()
    assert counts(mailing) == (0, 2 * BATCH + 5, 0)
    lines = [record.__dict__["error"] for record in caplog.records]
    assert lines == ["letters: ConnectionRefusedError"]
    mail_server.start()
    make_due()
    while send_due_letters():
        pass
    assert counts(mailing) == (2 * BATCH + 5, 0, 0)


def test_only_the_first_of_an_interrupted_batch_waits_longer(
    mailing: Mailing, mail_server: MailServer
) -> None:
    mail_server.stop()
    send_due_letters()
    assert sorted(Letter.objects.values_list("attempts", flat=True))[-2:] == [0, 1]
    assert Letter.objects.filter(due_at__lte=now()).count() == 2 * BATCH + 4


def test_a_letter_that_comes_too_late_is_not_sent(
    person: User, mailboxes: Mailboxes, caplog: pytest.LogCaptureFixture
) -> None:
    services.ask_for_link(person.email, "ko")
    Letter.objects.update(ends_at=now() - timedelta(seconds=1))
    send_due_letters()
    assert (mailboxes.letters, Letter.objects.count()) == ([], 0)
    assert [record.__dict__["error"] for record in caplog.records] == ["a letter: too late"]


def test_a_claimed_letter_is_nobody_else_s_until_its_process_is_given_up(
    mailing: Mailing, mailboxes: Mailboxes
) -> None:
    claimed = services.claim_letters(BATCH)
    while send_due_letters():
        pass
    assert len(mailboxes.letters) == BATCH + 5
    assert {letter.pk for letter in claimed} == set(mailing.letters.values_list("pk", flat=True))
    make_due()
    send_due_letters()
    assert counts(mailing) == (2 * BATCH + 5, 0, 0)


def test_people_who_left_get_no_letter(mailing: Mailing, mailboxes: Mailboxes) -> None:
    User.objects.filter(email="s01@example.com").delete()
    User.objects.filter(email="s02@example.com").update(is_active=False)
    while send_due_letters():
        pass
    progress = progress_of(Mailing.objects.get())
    assert (progress.sent, progress.failed, progress.gone) == (2 * BATCH + 3, 1, 1)


def test_old_mailings_and_codes_go(mailing: Mailing, person: User) -> None:
    services.issue_codes([person])
    services.purge()
    assert (Mailing.objects.count(), FirstCode.objects.count()) == (1, 1)
    Mailing.objects.update(asked_at=now() - timedelta(days=31))
    FirstCode.objects.update(expires_at=now() - timedelta(seconds=1))
    services.purge()
    assert (Mailing.objects.count(), FirstCode.objects.count()) == (0, 0)


@pytest.fixture
def quiet_log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.DEBUG):
        yield caplog


@pytest.mark.django_db(transaction=True)
async def test_the_background_sends_and_logs_no_link(
    mailboxes: Mailboxes, quiet_log: pytest.LogCaptureFixture
) -> None:
    await User.objects.acreate(email="minsu@example.com", password="md5$x$y")
    await db.write(services.ask_for_link, "minsu@example.com", "en")
    await once(send_letters)
    assert mailboxes.to() == ["minsu@example.com"]
    # The mail server of this test says what it was sent; of ours nothing may.
    ours = [record.getMessage() for record in quiet_log.records if record.name != "mail.log"]
    assert "token" not in " ".join(ours)


@pytest.mark.django_db(transaction=True)
async def test_the_background_leaves_a_mail_server_that_is_away_alone(
    mail_server: MailServer, mailboxes: Mailboxes, caplog: pytest.LogCaptureFixture
) -> None:
    mail_server.stop()
    await User.objects.acreate(email="minsu@example.com", password="md5$x$y")
    for _ in range(3):
        await db.write(services.ask_for_link, "minsu@example.com", "en")
        await once(send_letters)
    assert len(caplog.records) == 1

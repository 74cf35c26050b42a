"""One-time tickets."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from rest_framework.test import APIClient

from speaktracker.auth import tickets
from speaktracker.auth.models import Ticket
from speaktracker.auth.validity import services as validity
from speaktracker.exceptions import InvalidCredentials
from speaktracker.roster.models import User
from tests.api.conftest import SignedIn


@pytest.mark.parametrize("path", ["/api/realtime/ticket", "/api/realtime/ticket/"])
def test_a_ticket_stands_for_its_user_once(signed_in: SignedIn, student: User, path: str) -> None:
    answer = signed_in(student).post(path)
    assert answer.status_code == 200
    assert answer.data["expires_in"] == 30
    assert tickets.redeem(answer.data["ticket"]).user_id == student.pk
    with pytest.raises(InvalidCredentials):
        tickets.redeem(answer.data["ticket"])


def test_nobody_gets_no_ticket(api: APIClient, db: None) -> None:
    assert api.post("/api/realtime/ticket").status_code == 401


def test_only_the_digest_is_stored(student: User) -> None:
    ticket = tickets.issue(student)
    assert len(ticket) >= 43  # 256 bits in base64
    assert ticket not in str(list(Ticket.objects.values()))


def test_a_ticket_expires_and_is_purged(student: User) -> None:
    ticket = tickets.issue(student)
    for row in Ticket.objects.all():
        row.expires_at -= timedelta(seconds=31)
        row.save()
    with pytest.raises(InvalidCredentials):
        tickets.redeem(ticket)
    tickets.issue(student)
    validity.purge()
    assert Ticket.objects.count() == 1


@pytest.mark.parametrize("ticket", ["", "nonsense", "\x00", "\ud800", "x" * 10_000])
def test_a_made_up_ticket_is_refused(db: None, ticket: str) -> None:
    with pytest.raises(InvalidCredentials):
        tickets.redeem(ticket)


def test_a_ticket_of_a_deactivated_user_is_refused(student: User) -> None:
    ticket = tickets.issue(student)
    User.objects.filter(pk=student.pk).update(is_active=False)
    with pytest.raises(InvalidCredentials):
        tickets.redeem(ticket)


@pytest.mark.django_db(transaction=True)
def test_of_many_who_present_a_ticket_at_once_one_is_let_in() -> None:
    user = User.objects.create_user("tutor@example.com", user_type="tutor")
    ticket = tickets.issue(user)

    def present(_: int) -> bool:
        try:
            return tickets.redeem(ticket).user_id == user.pk
        except InvalidCredentials:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(present, range(16))) == 1

"""Guesses by the hundred, on every way in, from one address and from fifty."""

import itertools

import pytest
from django.contrib.auth import authenticate
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from speaktracker.guard.models import FailedTry
from speaktracker.roster.models import User
from tests.guard.conftest import PASSWORD, WAYS, TimePasses, Tries, signed_in

JSON = "application/json"


@pytest.mark.parametrize("addresses", [1, 50])
@pytest.mark.parametrize("guesses", [250, pytest.param(1000, marks=pytest.mark.soak)])
def test_of_many_guesses_few_are_tried_and_the_neighbours_come_in(
    owner: User, tries: Tries, compared: list[str], addresses: int, guesses: int
) -> None:
    neighbours = [f"pupil{number}@example.com" for number in range(guesses // 5)]
    User.objects.bulk_create(User(email=email, password=owner.password) for email in neighbours)
    for number, way in zip(range(guesses), itertools.cycle(WAYS)):
        address = f"192.0.2.{number % addresses}"
        tries(owner.email, f"guess {number}", way, address)
        if number % 5 == 0:
            email = neighbours[number // 5]
            assert signed_in(tries(email, PASSWORD, WAYS[number % 2 * 2], address))
    assert len([password for password in compared if password.startswith("guess")]) <= 20
    assert FailedTry.objects.count() <= 20


def test_the_right_guess_comes_in_no_sooner_than_a_wrong_one(owner: User, tries: Tries) -> None:
    for way in WAYS:
        tries(owner.email, way=way)
    for way in WAYS:
        answer = tries(owner.email, PASSWORD, way)
        assert not signed_in(answer)
        assert answer.status_code == 429
        assert 0 < int(answer.headers["Retry-After"]) <= 60


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("language", "words"), [("ko", "분 후에 다시 시도"), ("en", "1 minute.")])
def test_the_wait_is_said_in_words(
    owner: User, tries: Tries, way: str, language: str, words: str
) -> None:
    for _ in range(4):
        tries(owner.email)
    answer = tries(owner.email, way=f"{way}?lang={language}")
    assert answer.status_code == 429
    assert words in answer.content.decode()


def test_an_account_nobody_has_is_refused_alike(
    owner: User, tries: Tries, compared: list[str]
) -> None:
    for way in WAYS * 3:
        existing, unknown = tries(owner.email, way=way), tries("nobody@example.com", way=way)
        assert existing.status_code == unknown.status_code
        assert existing.headers.get("Retry-After") == unknown.headers.get("Retry-After")
    assert compared == ["wrong"] * 8


def test_an_account_nobody_has_costs_the_same_queries(owner: User, tries: Tries) -> None:
    def queries(email: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            tries(email)
        return len(captured)

    for _ in range(6):
        assert queries(owner.email) == queries("nobody@example.com")


def test_waits_grow(owner: User, tries: Tries, time_passes: TimePasses) -> None:
    waits = []
    for _ in range(16):
        answer = tries(owner.email)
        if answer.status_code == 429:
            waits.append(int(answer.headers["Retry-After"]))
            time_passes(waits[-1])
    assert waits == [60, 120, 240, 480, 960, 1800]


def test_a_right_sign_in_forgives_what_failed_there(
    owner: User, tries: Tries, time_passes: TimePasses
) -> None:
    for _ in range(3):
        tries(owner.email)
    assert signed_in(tries(owner.email, PASSWORD))
    assert [tries(owner.email).status_code for _ in range(4)] == [401] * 4


def test_a_guesser_beside_the_owner_gains_nothing_by_the_owners_signing_in(
    owner: User, tries: Tries, compared: list[str]
) -> None:
    for number in range(20):
        tries(owner.email, PASSWORD)
        tries(owner.email, f"guess {number}")
    assert compared.count(PASSWORD) + len(compared) > 20
    assert len([password for password in compared if password.startswith("guess")]) <= 20


def test_strangers_do_not_lock_the_owner_out_where_they_signed_in_before(
    owner: User, tries: Tries
) -> None:
    assert signed_in(tries(owner.email, PASSWORD, address="198.51.100.7"))
    for number in range(200):
        tries(owner.email, address=f"192.0.2.{number}")
    assert tries(owner.email, PASSWORD, address="203.0.113.5").status_code == 429
    assert signed_in(tries(owner.email, PASSWORD, address="198.51.100.7"))


def test_one_stranger_does_not_lock_the_owner_out_elsewhere(owner: User, tries: Tries) -> None:
    for _ in range(50):
        tries(owner.email)
    assert signed_in(tries(owner.email, PASSWORD, address="198.51.100.7"))


def test_a_neighbour_at_one_known_address_does_not_lock_the_owner_out_at_another(
    owner: User, tries: Tries
) -> None:
    for address in ("198.51.100.7", "192.0.2.1"):
        assert signed_in(tries(owner.email, PASSWORD, address=address))
    for _ in range(50):
        tries(owner.email, address="192.0.2.1")
    assert signed_in(tries(owner.email, PASSWORD, address="198.51.100.7"))


def test_hosts_of_one_ipv6_network_are_one_address(owner: User, tries: Tries) -> None:
    answers = [tries(owner.email, address=f"2001:db8::{number}:1") for number in range(1, 6)]
    assert [answer.status_code for answer in answers] == [401] * 4 + [429]


def test_what_a_client_says_of_its_own_address_counts_nothing(owner: User) -> None:
    body, client = {"email": owner.email, "password": "wrong"}, Client()
    answers = [
        client.post(WAYS[2], body, JSON, headers={"X-Forwarded-For": f"192.0.2.{number}"})
        for number in range(5)
    ]
    assert answers[-1].status_code == 429


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("text", ["a\0b", "\ud800", "\udcff@example.com", "x" * 5000, "ı@İ.com"])
def test_text_that_nothing_can_store_is_no_error_of_ours(
    owner: User, tries: Tries, way: str, text: str
) -> None:
    for email, password in ((text, "wrong"), (owner.email, text), (text, text)):
        try:
            answer = tries(email, password, way)
        except UnicodeEncodeError:  # nothing sends this but a caller inside
            assert authenticate(username=email, password=password) is None
        else:
            assert answer.status_code in (200, 400, 401, 429)


def test_an_inactive_person_is_refused_like_one_who_mistyped(owner: User, tries: Tries) -> None:
    User.objects.filter(pk=owner.pk).update(is_active=False)
    answers = [tries(owner.email, PASSWORD).status_code for _ in range(5)]
    assert answers == [401] * 4 + [429]

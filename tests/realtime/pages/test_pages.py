"""The pages as the server renders them."""

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django.test import Client

from speaktracker.roster.models import User

ROOT = Path(__file__).resolve().parents[3]
TEMPLATES = sorted((ROOT / "realtime/templates/realtime").glob("*.html"))
TRANSLATED = re.compile(r"""(?:translate\s+|\b_\(\s*)(["'])(.+?)\1\s*(?:%}|\))""")
pytestmark = pytest.mark.django_db


def somebody(**fields: object) -> Client:
    """Sign a new person in."""
    User.objects.create_user("Who@Example.com", "a-long-password", **fields)
    client = Client()
    assert client.login(username="WHO@example.com", password="a-long-password")
    return client


@pytest.mark.parametrize(
    ("fields", "page"),
    [
        ({"user_type": "student"}, "/student/"),
        ({"user_type": "tutor"}, "/tutor/"),
        ({"user_type": "tutor", "is_staff": True}, "/tutor/"),
        ({"is_staff": True}, "/admin/"),
    ],
)
def test_everybody_is_sent_to_the_page_of_their_role(fields: dict[str, object], page: str) -> None:
    assert somebody(**fields).get("/").headers["Location"] == page


def test_somebody_without_a_role_is_told_so() -> None:
    answer = somebody().get("/", headers={"Accept-Language": "en"})
    assert answer.status_code == 403
    assert "neither a student" in answer.content.decode()


@pytest.mark.parametrize("path", ["/", "/student/", "/tutor/"])
def test_a_stranger_is_sent_to_the_login(path: str) -> None:
    assert Client().get(path).headers["Location"] == f"/login/?next={path}"


def test_signing_in_takes_the_address_in_any_case() -> None:
    User.objects.create_user("who@example.com", "a-long-password", user_type="tutor")
    fields = {"username": "WHO@Example.com", "password": "a-long-password"}
    assert Client().post("/login/", fields).headers["Location"] == "/"


def test_signing_out_takes_a_post() -> None:
    client = somebody(user_type="student")
    assert client.get("/logout/").status_code == 405
    assert client.post("/logout/").headers["Location"] == "/login/"


def test_signing_out_everywhere_takes_a_post_with_the_page_s_own_token() -> None:
    client = somebody(user_type="tutor")
    assert client.get("/logout/everywhere/").status_code == 405
    assert "/logout/everywhere/" in client.get("/tutor/").content.decode()
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = client.cookies
    assert strict.post("/logout/everywhere/").status_code == 403
    assert client.post("/logout/everywhere/").headers["Location"] == "/login/"
    assert User.objects.get().credentials_version == 1
    assert client.get("/tutor/").headers["Location"] == "/login/?next=/tutor/"


def test_only_practice_may_listen() -> None:
    assert (
        "microphone=(self)"
        in somebody(user_type="student").get("/student/").headers["Permissions-Policy"]
    )
    assert "microphone=()" in Client().get("/student/").headers["Permissions-Policy"]


def test_a_page_is_not_kept_by_caches_of_others() -> None:
    answer = somebody(user_type="student").get("/student/")
    assert "no-store" in answer.headers["Cache-Control"]


def test_a_language_that_was_asked_for_is_kept() -> None:
    client = Client()
    assert 'lang="ko"' in client.get("/login/").content.decode()
    assert 'lang="en"' in client.get("/login/?lang=en").content.decode()
    assert 'lang="en"' in client.get("/login/").content.decode()
    assert 'lang="ko"' in client.get("/login/?lang=ko").content.decode()


def test_switching_the_language_keeps_where_one_was_going() -> None:
    page = Client().get("/login/?next=/tutor/", headers={"Accept-Language": "en"})
    assert "?next=%2Ftutor%2F&amp;lang=ko" in page.content.decode()


@pytest.mark.parametrize("path", ["/login/", "/student/"])
def test_no_page_has_a_script_or_style_of_its_own(path: str) -> None:
    page = (Client() if path == "/login/" else somebody(user_type="student")).get(path)
    text = page.content.decode()
    assert not re.search(r"<style|\sstyle=|\son\w+=", text)
    for script in re.findall(r"<script[^>]*>", text):
        assert "src=" in script or "application/json" in script


def test_every_text_of_the_pages_has_a_korean_one() -> None:
    with (ROOT / "speaktracker/locale/ko/LC_MESSAGES/django.po").open("rb") as file:
        known = {message.id for message in read_po(file) if message.string and not message.fuzzy}
    pages = ROOT / "realtime/pages"
    sources = [*TEMPLATES, pages / "views.py", *pages.glob("*texts.py")]
    texts = {text for path in sources for _, text in TRANSLATED.findall(path.read_text())}
    assert len(texts) > 80
    assert texts <= known, f"without Korean: {texts - known}"

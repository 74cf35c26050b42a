"""The other language is one click away on every page of the admin, and the page stays."""

import re

import pytest
from django.test import Client

LINK = re.compile(r'<a id="language" href="([^"]+)"')


def other_language(client: Client, address: str) -> str:
    """Follow the link of a page; answers the page that it leads to."""
    page = client.get(address)
    (link,) = LINK.findall(page.content.decode())
    return client.get(page.wsgi_request.path + link.replace("&amp;", "&")).content.decode()


@pytest.mark.parametrize(
    "address",
    [
        "/admin/",
        "/admin/roster/user/?q=a&user_type__exact=student",
        "/admin/roster/user/add/",
        "/admin/password_change/",
    ],
)
def test_a_page_is_read_in_the_other_language(admin_client: Client, address: str) -> None:
    english = other_language(admin_client, address)
    assert '<html lang="en"' in english
    assert 'lang="ko" hreflang="ko">한국어</a>' in english
    if "?q=" in address:
        assert 'name="q" value="a"' in english
        assert '<input type="hidden" name="user_type__exact" value="student">' in english


def test_the_sign_in_of_staff_is_read_in_the_other_language(client: Client, db: None) -> None:
    english = other_language(client, "/admin/login/?next=/admin/roster/user/")
    assert "Sign in" in english
    assert 'name="next" value="/admin/roster/user/"' in english


def test_the_language_stays_on_the_next_page(admin_client: Client) -> None:
    other_language(admin_client, "/admin/")
    assert '<html lang="en"' in admin_client.get("/admin/roster/user/").content.decode()

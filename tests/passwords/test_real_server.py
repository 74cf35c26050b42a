"""The whole way through a real server process: from a forgotten password to the page."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.passwords.conftest import NEW
from tests.passwords.mail_server import Mailboxes, MailServer
from tests.patient_clients import blocking_client
from tests.server_process import ServerProcess

FIELD = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')


def post(browser: httpx.Client, page: str, **fields: str) -> httpx.Response:
    """Fill in the form on `page`, as a browser does."""
    found = FIELD.search(browser.get(page).text)
    assert found
    return browser.post(page, data={"csrfmiddlewaretoken": found[1], **fields})


@pytest.fixture
def mail() -> Mailboxes:
    return Mailboxes()


@pytest.mark.e2e
def test_a_letter_comes_and_its_link_works_and_no_secret_is_logged(
    tmp_path: Path, mail: Mailboxes
) -> None:
    mail_server = MailServer(mail)
    mail_server.start()
    env = {"EMAIL_URL": mail_server.url, "PUBLIC_URL": "http://speak.example.com"}
    server = ServerProcess(tmp_path, {**env, "LOG_LEVEL": "DEBUG"})
    server.migrate()
    server.manage("seed_demo", "--tutors", "1", "--students", "1")
    with server, blocking_client(base_url=server.url, follow_redirects=True) as browser:
        post(browser, "/password/forgotten/", email="student1@example.com")
        assert mail.came.wait(30)
        link = re.search(r"http://speak.example.com(/\S+)", mail.letters[0].get_content())
        assert link
        assert urlsplit(str(browser.get(link[1]).url)).query == ""
        page = post(browser, "/password/new/", new_password1=NEW, new_password2=NEW)
        assert page.url.path == "/student/"
        changed = {"new_password1": "third-passw0rd", "new_password2": "third-passw0rd"}
        done = post(browser, "/password/", old_password=NEW, **changed)
        assert done.url.path == "/password/changed/"
    mail_server.stop()
    log = server.log.read_text(encoding="utf-8")
    token = link[1].partition("token=")[2]
    assert not [secret for secret in (token[:20], NEW, "third-passw0rd") if secret in log]

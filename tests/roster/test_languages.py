"""The admin speaks its reader's language: Korean first, English on request."""

import gettext
from pathlib import Path

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils.translation import trans_real

IMPORT = "/admin/roster/tutorstudent/import/"
WRONG = b"student_email,tutor_email\nno@example.com,no@example.com\n"


@pytest.fixture
def catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Compile the translations as they stand now, so that no older build is tested."""
    source = Path(settings.LOCALE_PATHS[0]) / "ko/LC_MESSAGES/django.po"
    compiled = tmp_path / "ko/LC_MESSAGES/django.mo"
    compiled.parent.mkdir(parents=True)
    with source.open("rb") as po, compiled.open("wb") as mo:
        write_mo(mo, read_po(po))
    monkeypatch.setattr(settings, "LOCALE_PATHS", [tmp_path])
    monkeypatch.setattr(gettext, "_translations", {})
    monkeypatch.setattr(trans_real, "_translations", {})


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("ko", "이 이메일 주소를 가진 사용자가 없습니다."),
        ("en", "Nobody has this address."),
        ("", "이 이메일 주소를 가진 사용자가 없습니다."),
    ],
)
@pytest.mark.usefixtures("catalogue")
def test_a_bad_row_is_explained_in_the_reader_s_language(
    admin_page: Client, language: str, sentence: str
) -> None:
    file = SimpleUploadedFile("roster.csv", WRONG)
    answer = admin_page.post(IMPORT, {"file": file}, headers={"Accept-Language": language})
    assert sentence in answer.content.decode()


@pytest.mark.parametrize(
    "page", ["", "add/", "import/", "?q=a", "?tutor=1", "export/", "?o=1", "?all="]
)
@pytest.mark.parametrize("model", ["user", "tutorstudent"])
@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_page_opens_in_both_languages(
    admin_page: Client, page: str, model: str, language: str
) -> None:
    if model == "user" and page in ("import/", "export/"):
        page = ""
    answer = admin_page.get(f"/admin/roster/{model}/{page}", headers={"Accept-Language": language})
    assert (answer.status_code, answer.headers["Content-Language"]) == (200, language)


@pytest.mark.parametrize("page", ["user/add/", "tutorstudent/add/", "tutorstudent/import/"])
def test_no_page_runs_a_script_of_its_own(admin_page: Client, page: str) -> None:
    answer = admin_page.get(f"/admin/roster/{page}")
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    scripts = answer.content.decode().split("<script")[1:]
    assert all("src=" in script.partition(">")[0] for script in scripts)

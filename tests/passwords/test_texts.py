"""Everything these pages and letters say has its Korean words, and every field its label."""

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django.test import Client

from speaktracker.roster.models import User

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "speaktracker/passwords/templates").rglob("*.*"))
CATALOGUE = ROOT / "speaktracker/locale/ko/LC_MESSAGES/django.po"
SHORT = re.compile(r'translate "(.+?)"')
LONG = re.compile(r"{% blocktranslate(.*?)%}(.*?){% (?:plural|endblocktranslate) %}", re.DOTALL)
# What each field says to the browser and to password managers.
FIELDS = {
    "/password/": {
        "old_password": "current-password",
        "new_password1": "new-password",
        "new_password2": "new-password",
    },
    "/password/forgotten/": {"email": "username"},
    "/first/": {"username": "username", "code": "one-time-code"},
    "/login/": {"username": "username", "password": "current-password"},
}


def said_in(template: str) -> set[str]:
    """Find the texts of a template as they stand in the catalogue."""
    found = set(SHORT.findall(template))
    for options, text in LONG.findall(template):
        lines = " ".join(line.strip() for line in text.strip().splitlines())
        words = lines if "trimmed" in options else text
        found.add(re.sub(r"{{ (\w+) }}", r"%(\1)s", words))
    return found


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_every_text_is_translated(path: Path) -> None:
    with CATALOGUE.open("rb") as file:
        messages = [message for message in read_po(file, locale="ko") if message.string]
    known = {m.id[0] if isinstance(m.id, tuple) else m.id for m in messages}
    assert not said_in(path.read_text(encoding="utf-8")) - known


@pytest.mark.parametrize("page", FIELDS)
def test_every_field_has_a_label_and_says_what_it_takes(
    client: Client, person: User, page: str
) -> None:
    if page == "/password/":
        client.force_login(person)
    html = client.get(page).content.decode()
    for name, expected in FIELDS[page].items():
        field = re.search(rf'<input[^>]*name="{name}"[^>]*>', html)
        assert field
        assert f'autocomplete="{expected}"' in field[0]
        assert f'<label for="id_{name}">' in html

"""`manage.py export_person`: all that is held on one person, and nothing that is others'."""

import io
import json
import stat
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command

from speaktracker.roster.erasure.holdings import registered_holdings
from speaktracker.roster.models import User
from tests.erasure.conftest import ADDRESS, MESSAGE, NAME, SENTENCE, TUTOR, TUTOR_NAME, School

# What the roster itself shows of a person: their rights.
WITH_THE_PERSON = {Group, Permission, User.groups.through, User.user_permissions.through}


def exported(address: str) -> dict[str, Any]:
    out = io.StringIO()
    call_command("export_person", address, stdout=out, stderr=io.StringIO())
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def test_all_that_is_held_on_a_child_is_exported(school: School) -> None:
    held = exported(ADDRESS.upper())
    assert held["person"][0]["name"] == NAME
    assert held["tutor"][0]["tutor__email"] == TUTOR
    assert held["practice_sessions"][0]["current_sentence"] == SENTENCE
    assert held["feedback_received"][0]["message"] == MESSAGE
    assert {letter["kind"] for letter in held["letters"]} == {"invitation", "reset"}
    counted = ("sessions", "tickets", "one_time_codes", "cognito_accounts", "failed_sign_ins")
    assert [len(held[name]) for name in counted] == [1, 1, 1, 1, 1]
    assert len(held["admin_log_about"]) == 3


def test_nothing_in_it_opens_an_account(school: School) -> None:
    text = json.dumps(exported(ADDRESS))
    secrets = [school.child.password, *Session.objects.values_list("session_key", flat=True)]
    assert not [secret for secret in secrets if secret in text]


def test_a_tutor_s_export_names_no_student(school: School) -> None:
    held = exported(TUTOR)
    text = json.dumps(held, ensure_ascii=False)
    assert (held["person"][0]["name"], held["feedback_given"][0]["message"]) == (
        TUTOR_NAME,
        MESSAGE,
    )
    assert [len(held["students"]), ADDRESS in text, NAME in text] == [1, False, False]


def test_every_table_that_refers_to_people_is_in_the_export() -> None:
    shown = {model for holding in registered_holdings() for model in holding.models}
    referring = {relation.related_model for relation in User._meta.related_objects}
    assert referring - shown - WITH_THE_PERSON == set()


def test_a_file_is_its_owner_s_alone_and_never_written_over(school: School, tmp_path: Path) -> None:
    file = tmp_path / "child.json"
    call_command("export_person", ADDRESS, "--output", str(file), stderr=io.StringIO())
    assert json.loads(file.read_text("utf-8"))["address"] == ADDRESS
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with pytest.raises(CommandError, match="File exists"):
        call_command("export_person", ADDRESS, "--output", str(file), stderr=io.StringIO())

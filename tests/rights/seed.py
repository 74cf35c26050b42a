"""People of every kind and their credentials, made by the product's own code; runs in a shell."""

import io
import json
import secrets
from base64 import urlsafe_b64encode
from datetime import timedelta
from hashlib import sha256
from hmac import digest
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.contrib import admin
from django.contrib.auth import login, logout
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import call_command
from django.http import HttpRequest

from feedback.models import OwnQuickReply, SchoolQuickReply
from realtime.models import Sentence, SentenceAssignment, SentenceList
from speaktracker.clock import now
from speaktracker.cognito.models import PoolAccount
from speaktracker.passwords.models import Mailing
from speaktracker.persistence.models import Change
from speaktracker.roster.loans.models import Loan
from speaktracker.roster.loans.services import LoanDraft, lend
from speaktracker.roster.models import User, YearEnd
from speaktracker.roster.services import assign_tutor
from speaktracker.school_days import today

KINDS = ("view", "add", "change", "delete")
SPARE_SESSIONS = 4
# People for test_endings.py, who lose everything they have.
ENDINGS = 40
BACKEND = "django.contrib.auth.backends.ModelBackend"
Record = dict[str, Any]


def seed() -> None:
    """Make everybody, and print their credentials as JSON in the last line."""
    tutor, other = _person("tutor", "tutor"), _person("other-tutor", "tutor")
    pupils = {
        **dict.fromkeys(("student", "second-student", "connected", "deactivated"), tutor),
        **dict.fromkeys(("password-changed", "deleted", "twin-student"), tutor),
        **dict.fromkeys(("to-deactivate", "to-change-password", "leaver-student"), tutor),
        **dict.fromkeys(("other-student", "other-connected"), other),
    }
    for name, teacher in pupils.items():
        assign_tutor(_person(name, "student"), teacher)
    for name in ("lone-student", "role-changed", "forgets", "changes", "uses-code"):
        _person(name, "student")
    for name in ("twin-tutor", "leaver-tutor", *(f"ends-{number}" for number in range(ENDINGS))):
        _person(name, "tutor")
    _lends(tutor, "tutor-substitute", "tutor-before", "tutor-after")
    _person("leaver-lone", "student")
    _person("leaver-typeless", None)
    _person("leaver-staff", None, is_staff=True)
    _person("leaver-super", None, is_staff=True, is_superuser=True)
    _person("typeless", None)
    _staff()
    known = {user.email.partition("@")[0]: _record(user) for user in User.objects.all()}
    boss = User.objects.get(pk=known["super"]["id"])
    known["super"]["staff_sessions"] = [_session(boss) for _ in range(ENDINGS)]
    forged = _forged(known["student"])
    _afterwards(known)
    _rows()
    print(json.dumps({"people": known, "forged": forged}))  # noqa: T201


def _person(name: str, user_type: str | None, **fields: Any) -> User:
    return User.objects.create_user(
        f"{name}@rights.example.com",
        secrets.token_urlsafe(12),
        name=name,
        user_type=user_type,
        **fields,
    )


def _lends(tutor: User, substitute: str, before: str, after: str) -> None:
    """Lend a tutor's students to somebody now, to one from a later day on, and to one earlier."""
    day, week = today(), timedelta(days=7)
    to = {name: _person(name, "tutor").pk for name in (substitute, before, after)}
    lend(LoanDraft(tutor.pk, to[substitute], day, day + week))
    lend(LoanDraft(tutor.pk, to[before], day + week, day + 2 * week))
    past = {"first_day": day - week, "last_day": day - timedelta(days=1)}
    Loan.objects.create(tutor=tutor, substitute_id=to[after], **past)


def _staff() -> None:
    _person("super", None, is_staff=True, is_superuser=True)
    _person("staff-none", None, is_staff=True)
    for kind in KINDS:
        somebody = _person(f"staff-{kind}", None, is_staff=True)
        somebody.user_permissions.set(Permission.objects.filter(codename__startswith=f"{kind}_"))
    for model in admin.site._registry:
        label = model._meta.label_lower.replace(".", "-")
        somebody = _person(f"staff-{label}", None, is_staff=True)
        of_model = ContentType.objects.get_for_model(model)
        somebody.user_permissions.set(Permission.objects.filter(content_type=of_model))
    for group in Group.objects.all():
        somebody = _person(f"staff-{group.name.replace(' ', '-').lower()}", None, is_staff=True)
        somebody.groups.add(group)


def _record(user: User) -> Record:
    password = secrets.token_urlsafe(12)
    user.set_password(password)
    user.save()
    return {"id": user.pk, "password": password, **_credentials(user)}


def _credentials(user: User) -> Record:
    sessions = [_session(user) for _ in range(1 + SPARE_SESSIONS)]
    return {"access": _token(user), "session": sessions[0], "spare": sessions[1:]}


def _token(user: User) -> str:
    said = io.StringIO()
    call_command("issue_token", user.email, stdout=said)
    return said.getvalue().splitlines()[-1]


def _session(user: User) -> str:
    request = HttpRequest()
    request.META = {"REMOTE_ADDR": "127.0.0.1"}
    request.session = SessionStore()
    login(request, user, backend=BACKEND)
    request.session.save()
    return str(request.session.session_key)


def _signed_out(user: User) -> str:
    key = _session(user)
    request = HttpRequest()
    request.META = {"REMOTE_ADDR": "127.0.0.1"}
    request.session = SessionStore(key)
    request.user = user
    logout(request)
    return key


def _forged(student: Record) -> Record:
    """Make tokens of the student that are almost right; signed with the right key where said."""
    user = User.objects.get(pk=student["id"])
    with patch("jwt.encode", wraps=jwt.encode) as encode:
        _token(user)
    claims, key = encode.call_args.args[:2]
    late = {"iat": claims["iat"] - 3600, "exp": claims["iat"] - 60}
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    pool = f"https://cognito-idp.ap-northeast-2.amazonaws.com/{uuid4().hex}"

    def signed(**changes: Any) -> str:
        kept = {name: value for name, value in {**claims, **changes}.items() if value is not None}
        return jwt.encode(kept, key, algorithm="HS256")

    head, _, signature = student["access"].rpartition(".")
    return {
        "garbage": "not-a-token",
        "dots": "..",
        "expired": signed(**late),
        "forged": f"{head}.{signature[:-6]}AAAAAA",
        "another key": jwt.encode(claims, secrets.token_bytes(32), algorithm="HS256"),
        "alg none": jwt.encode(claims, "", algorithm="none"),
        "RS256": jwt.encode(claims, private, algorithm="RS256"),
        "HS256 by public key": _by_hand(claims, public),
        "Cognito's issuer": signed(iss=pool),
        "wrong issuer": signed(iss="somebody-else"),
        "wrong audience": signed(aud="somebody-else"),
        "without expiry": signed(exp=None),
        "without issuer": signed(iss=None),
        "of no one": signed(sub="999999999"),
        "sub of another kind": signed(sub="' OR 1=1"),
        "refresh use": signed(token_use="refresh"),
        "without use": signed(token_use=None),
        "in the future": signed(nbf=claims["iat"] + 3600),
    }


def _by_hand(claims: Record, key: bytes) -> str:
    def packed(part: bytes) -> str:
        return urlsafe_b64encode(part).decode().rstrip("=")

    head = packed(json.dumps({"alg": "HS256", "typ": "JWT"}).encode())
    body = f"{head}.{packed(json.dumps(claims).encode())}"
    return f"{body}.{packed(digest(key, body.encode(), sha256))}"


def _afterwards(known: Record) -> None:
    """Do what ends credentials to those who were given some before."""
    changed = User.objects.get(email="password-changed@rights.example.com")
    password = secrets.token_urlsafe(12)
    changed.set_password(password)
    changed.save()
    changed = User.objects.get(pk=changed.pk)
    known["password-renewed"] = {"id": changed.pk, "password": password, **_credentials(changed)}
    student = User.objects.get(email="student@rights.example.com")
    known["signed-out"] = {"access": _token(student), "session": _signed_out(student)}
    role_changed = User.objects.get(email="role-changed@rights.example.com")
    role_changed.user_type = "tutor"
    role_changed.save()
    deactivated = User.objects.get(email="deactivated@rights.example.com")
    deactivated.is_active = False
    deactivated.save()
    User.objects.get(email="deleted@rights.example.com").delete()


def _rows() -> None:
    """Make a row of each model in the admin that no run of the product makes."""
    Group.objects.create(name="without rights")
    Mailing.objects.create(wanted=0)
    YearEnd.objects.create(made_at=now(), due_at=now(), students=0, deletes=False)
    typeless = User.objects.get(email="typeless@rights.example.com")
    PoolAccount.objects.create(user=typeless, issuer="https://pool.example.com", sub="absent")
    SchoolQuickReply.objects.create(text_ko="잘했어요", text_en="Well done")
    other = User.objects.get(email="other-student@rights.example.com")
    for given in ({}, {"given_to": "student", "student": other}):
        made = SentenceList.objects.create(title=f"Given to {len(given)}", language="en")
        Sentence.objects.create(sentence_list=made, text="Hello.", translation="안녕.")
        SentenceAssignment.objects.create(sentence_list=made, **given)
    for person in ("tutor", "other-tutor"):
        OwnQuickReply.objects.create(
            tutor=User.objects.get(email=f"{person}@rights.example.com"), text="Once more"
        )
    Change.objects.create(table="connections", key="absent", set_aside_at=now())

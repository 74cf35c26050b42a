"""Access tokens of the simulated people: signed here when our database knows them, else fetched."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import DatabaseError

from realtime.protocol.codes import CloseCode
from speaktracker.auth import tokens
from speaktracker.roster.models import User
from speaktracker.simulation.people.rest_calls import CallRefused, RestClient
from speaktracker.simulation.simulation_errors import Refused

SIGN_INS_AT_ONCE = 4
# A token is replaced once less than this share of its life is left.
RENEWED_BELOW = 0.3


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A token's text, and when it should be replaced and ends (epoch seconds)."""

    text: str
    renew_at: float
    expires_at: float


def known_people(emails: Sequence[str]) -> dict[str, User]:
    """Find the people our own database knows; nobody when there is no database to ask."""
    try:
        return {user.email: user for user in User.objects.filter(email__in=emails, is_active=True)}
    except DatabaseError:
        return {}


class AccessTokens:
    """Everybody's token."""

    def __init__(self, client: RestClient, password: str, known: Mapping[str, User]) -> None:
        self._client = client
        self._password = password
        self._known = dict(known)
        self._tokens: dict[str, AccessToken] = {}
        self._refresh: dict[str, str] = {}
        self._sign_in_slots = asyncio.Semaphore(SIGN_INS_AT_ONCE)

    async def of(self, email: str) -> AccessToken:
        """Return a token that lasts; signs in where needed. Raises Refused, OSError."""
        found = self._tokens.get(email)
        if found is not None and time.time() < found.renew_at:
            return found
        if email in self._known:
            lifetime = settings.ACCESS_TOKEN_LIFETIME.total_seconds()
            found = _token(tokens.issue(self._known[email]), lifetime)
        else:
            async with self._sign_in_slots:
                found = await self._fetch(email)
        self._tokens[email] = found
        return found

    def needs_renewal(self, email: str, now: float) -> bool:
        """Tell whether a socket of `email` should hand in a fresh token."""
        found = self._tokens.get(email)
        return found is not None and now >= found.renew_at

    def discard(self, email: str) -> bool:
        """Forget a token the server refused; False when there is no other way to get one."""
        self._tokens.pop(email, None)
        fetched = self._refresh.pop(email, None)
        return self._known.pop(email, None) is not None or fetched is not None

    async def _fetch(self, email: str) -> AccessToken:
        post = self._client.post_patiently
        if email in self._refresh:
            try:
                body = await post("/api/auth/token/refresh", {"refresh": self._refresh[email]})
                self._refresh[email] = body["refresh"]
                return _token(body["access"], body["expires_in"])
            except CallRefused:
                del self._refresh[email]
        try:
            body = await post("/api/auth/token", {"email": email, "password": self._password})
        except CallRefused as refused:
            sentence = f"sign-in: HTTP {refused.status}"
            raise Refused(sentence, CloseCode.INVALID_CREDENTIALS) from None
        self._refresh[email] = body["refresh"]
        return _token(body["access"], body["expires_in"])


def _token(text: str, lifetime: float) -> AccessToken:
    now = time.time()
    return AccessToken(text, now + lifetime * (1 - RENEWED_BELOW), now + lifetime)

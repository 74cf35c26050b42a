"""Access tokens of the simulated people: signed here when our database knows them, else fetched."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import DatabaseError

from realtime.protocol.codes import CloseCode
from speaktracker.auth import tokens
from speaktracker.roster.models import User
from speaktracker.simulation.people.rest_calls import Api, ApiRefused
from speaktracker.simulation.simulation_errors import Refused

SIGN_INS_AT_ONCE = 4
# A token is replaced once less than this share of its life is left.
RENEWED_BELOW = 0.3


@dataclass(frozen=True, slots=True)
class Pass:
    """An access token, and when it should be replaced and ends (epoch seconds)."""

    token: str
    renew_at: float
    expires_at: float


def known_people(emails: Sequence[str]) -> dict[str, User]:
    """Find the people our own database knows; nobody when there is no database to ask."""
    try:
        return {user.email: user for user in User.objects.filter(email__in=emails, is_active=True)}
    except DatabaseError:
        return {}


class Passes:
    """Everybody's token."""

    def __init__(self, api: Api, password: str, known: Mapping[str, User]) -> None:
        self._api = api
        self._password = password
        self._known = dict(known)
        self._passes: dict[str, Pass] = {}
        self._refresh: dict[str, str] = {}
        self._door = asyncio.Semaphore(SIGN_INS_AT_ONCE)

    async def of(self, email: str) -> Pass:
        """Return a token that lasts; signs in where needed. Raises Refused, OSError."""
        found = self._passes.get(email)
        if found is None or time.time() >= found.renew_at:
            found = self._passes[email] = await self._make(email)
        return found

    def needs_renewal(self, email: str, now: float) -> bool:
        """Tell whether a socket of `email` should hand in a fresh token."""
        found = self._passes.get(email)
        return found is not None and now >= found.renew_at

    def distrust(self, email: str) -> bool:
        """Forget a token the server refused; False when there is no other way to get one."""
        self._passes.pop(email, None)
        fetched = self._refresh.pop(email, None)
        return self._known.pop(email, None) is not None or fetched is not None

    async def _make(self, email: str) -> Pass:
        if email in self._known:
            lifetime = settings.ACCESS_TOKEN_LIFETIME.total_seconds()
            return _pass(tokens.issue(self._known[email]), lifetime)
        async with self._door:
            return await self._fetch(email)

    async def _fetch(self, email: str) -> Pass:
        if email in self._refresh:
            try:
                answer = await self._call(
                    "/api/auth/token/refresh", {"refresh": self._refresh[email]}
                )
                return _pass(answer["access"], answer["expires_in"])
            except ApiRefused:
                del self._refresh[email]
        credentials = {"email": email, "password": self._password}
        try:
            answer = await self._call("/api/auth/token", credentials)
        except ApiRefused as refused:
            raise Refused(
                f"sign-in: HTTP {refused.status}", CloseCode.INVALID_CREDENTIALS
            ) from None
        self._refresh[email] = answer["refresh"]
        return _pass(answer["access"], answer["expires_in"])

    async def _call(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return (await self._api.post_patiently(path, body)).body


def _pass(token: str, lifetime: float) -> Pass:
    now = time.time()
    return Pass(token, now + lifetime * (1 - RENEWED_BELOW), now + lifetime)

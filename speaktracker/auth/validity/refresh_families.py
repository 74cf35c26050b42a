"""Refresh tokens that rotate: each is used once, and one that is used twice ends its family.

docs/decisions/refresh-tokens.md says why, and what a client does that lost the answer.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings
from django.db import transaction

from speaktracker.auth import tokens
from speaktracker.auth.models import RefreshFamily
from speaktracker.auth.validity.services import announce_end
from speaktracker.clock import now
from speaktracker.exceptions import InvalidCredentials
from speaktracker.roster.models import User
from speaktracker.roster.selectors import STANDING


@dataclass(frozen=True, slots=True)
class TokenPair:
    """An access token, and the refresh token that is exchanged for the next pair."""

    access: str
    refresh: str

    def body(self) -> dict[str, str | int]:
        """Return the answer of the token calls."""
        seconds = int(settings.ACCESS_TOKEN_LIFETIME.total_seconds())
        return {"access": self.access, "expires_in": seconds, "refresh": self.refresh}


def begin(user: User) -> TokenPair:
    """Issue the first pair of a new family; its row is written when it is first used."""
    refresh = tokens.issue(user, "refresh")
    family = tokens.verify(refresh, "refresh").family
    return TokenPair(tokens.issue(user, family=family), refresh)


def rotate(token: str, retry_key: str | None = None) -> TokenPair:
    """Exchange a refresh token for the next pair, once; raises InvalidCredentials.

    The same pair is given again to a call that came while the first was under way, and, until that
    pair's own refresh token is used, to one that repeats the `retry_key` of the first.
    """
    pair = PresentedToken(token, retry_key).exchange()
    if pair is None:  # not raised before: the end of a family must commit
        raise InvalidCredentials("the refresh token was used, or its family has ended")
    return pair


class PresentedToken:
    """A verified refresh token that somebody asks to exchange."""

    def __init__(self, token: str, retry_key: str | None) -> None:
        self._claims = claims = tokens.read(token, "refresh")
        self.credentials = tokens.credentials_in(claims)
        self.generation = int(claims.get("gen", 0))
        self._retry_digest = retry_key and hashlib.sha256(retry_key.encode()).hexdigest()
        # Two tabs at once: the one that waits for the other's lock came before it was used.
        self._was_unused = self._newest_generation() == self.generation

    @transaction.atomic
    def exchange(self) -> TokenPair | None:
        """Return the next pair, or None, with the family ended where it must be."""
        user = self._user()
        family = self._locked_family(user) if user else None
        if user is None or family is None or family.ended_at is not None:
            return None
        if family.generation == self.generation:
            family.generation += 1
            family.rotated_at = now()
            family.retry_digest = self._retry_digest
            family.save()
        elif not self._is_repeated(family):
            family.ended_at = now()
            family.save()
            announce_end(user.pk)
            return None
        return self._pair(user, family)

    def _newest_generation(self) -> int:
        rows = RefreshFamily.objects.filter(pk=self.credentials.family)
        return rows.values_list("generation", flat=True).first() or 0

    def _user(self) -> User | None:
        people = User.objects.filter(
            pk=self.credentials.user_id,
            is_active=True,
            credentials_version=self.credentials.version,
        )
        return people.only(*STANDING).first()

    def _locked_family(self, user: User) -> RefreshFamily | None:
        rows = RefreshFamily.objects.select_for_update()
        if self.generation:
            return rows.filter(pk=self.credentials.family, user=user).first()
        end = datetime.fromtimestamp(self.credentials.expires_at or 0, UTC)
        given = {"user": user, "expires_at": end}
        return rows.get_or_create(pk=self.credentials.family, defaults=given)[0]

    def _is_repeated(self, family: RefreshFamily) -> bool:
        same_key = self._retry_digest is not None and self._retry_digest == family.retry_digest
        return family.generation == self.generation + 1 and (self._was_unused or same_key)

    def _pair(self, user: User, family: RefreshFamily) -> TokenPair:
        # Made of what is stored, so that a repeated call is given the very same token.
        moment = family.rotated_at or now()
        refresh = tokens.sign(
            user,
            "refresh",
            (int(moment.timestamp()), int(family.expires_at.timestamp())),
            jti=f"{family.pk}.{family.generation}",
            fam=family.pk,
            gen=family.generation,
        )
        return TokenPair(tokens.issue(user, family=family.pk), refresh)

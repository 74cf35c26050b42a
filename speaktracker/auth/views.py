"""Tokens for an address and a password, and tickets for the socket."""

from typing import Any

from django.conf import settings
from django.contrib.auth import authenticate
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import Throttled
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from speaktracker.auth import tickets, tokens
from speaktracker.auth.api_view import ApiView
from speaktracker.auth.authentication import WrongCredentials
from speaktracker.auth.openapi_security import BAD_BODY, NO_IDENTITY, REFUSALS
from speaktracker.auth.serializers import (
    AccessOut,
    CredentialsIn,
    RefreshIn,
    TicketOut,
    TokensOut,
)
from speaktracker.auth.throttling import Window, address_of
from speaktracker.exceptions import InvalidCredentials
from speaktracker.roster.models import User
from speaktracker.text import normal_email

# Few for one guesser; more for one account, so that a stranger can hardly lock its owner out.
FAILURES_FROM_ADDRESS = Window("sign-in.pair", 10, seconds=300)
FAILURES_OF_ACCOUNT = Window("sign-in.account", 100, seconds=300)


class TokenView(ApiView):
    """Sign in with an address and a password."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="sign_in",
        request=CredentialsIn,
        responses={200: TokensOut, **BAD_BODY, **NO_IDENTITY},
        auth=[],
    )
    def post(self, request: Request) -> Response:
        """Exchange an e-mail address and a password for an access and a refresh token."""
        credentials = _valid(CredentialsIn(data=request.data))
        email = normal_email(credentials["email"])
        guesser = f"{address_of(request)}.{email}"
        wait = FAILURES_FROM_ADDRESS.peek(guesser) or FAILURES_OF_ACCOUNT.peek(email)
        if wait:
            raise Throttled(wait)
        # Hashes the password for an unknown address too: both refusals take the same time.
        user = authenticate(request._request, username=email, password=credentials["password"])
        if not isinstance(user, User):
            FAILURES_FROM_ADDRESS.count(guesser)
            FAILURES_OF_ACCOUNT.count(email)
            raise WrongCredentials
        return Response({**_access(user), "refresh": tokens.issue(user, "refresh")})


class RefreshView(ApiView):
    """Stay signed in."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="stay_signed_in",
        request=RefreshIn,
        responses={200: AccessOut, **BAD_BODY, **NO_IDENTITY},
        auth=[],
    )
    def post(self, request: Request) -> Response:
        """Exchange a refresh token for a fresh access token."""
        try:
            claims = tokens.verify(_valid(RefreshIn(data=request.data))["refresh"], "refresh")
        except InvalidCredentials:
            raise WrongCredentials from None
        user = User.objects.filter(pk=claims.user_id, is_active=True).first()
        if user is None:
            raise WrongCredentials
        return Response(_access(user))


class TicketView(ApiView):
    """Open a socket from a client that can send nothing but an address."""

    @extend_schema(
        operation_id="issue_ticket", request=None, responses={200: TicketOut, **REFUSALS}
    )
    def post(self, request: Request) -> Response:
        """Issue a ticket that opens one socket as `/ws/?ticket=…`, once, within 30 seconds."""
        assert isinstance(request.user, User)  # noqa: S101 - the permission let nobody else in
        ticket = tickets.issue(request.user)
        return Response({"ticket": ticket, "expires_in": tickets.LIFETIME_SECONDS})


def _valid(serializer: Any) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def _access(user: User) -> dict[str, Any]:
    seconds = int(settings.ACCESS_TOKEN_LIFETIME.total_seconds())
    return {"access": tokens.issue(user), "expires_in": seconds}

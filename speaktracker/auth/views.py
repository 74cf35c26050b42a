"""Tokens for an address and a password, and tickets for the socket."""

from typing import Any

from django.contrib.auth import authenticate, logout
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from speaktracker.auth import tickets
from speaktracker.auth.api_view import ApiView
from speaktracker.auth.authentication import WrongCredentials, caller_id, credentials_of
from speaktracker.auth.idempotency_key import key_of, key_parameter
from speaktracker.auth.openapi_security import BAD_BODY, NO_IDENTITY, REFUSALS
from speaktracker.auth.serializers import (
    CredentialsIn,
    RefreshIn,
    TicketOut,
    TokensOut,
)
from speaktracker.auth.throttling import RefreshThrottle
from speaktracker.auth.validity import refresh_families, services
from speaktracker.exceptions import InvalidCredentials
from speaktracker.roster.models import User
from speaktracker.roster.services import note_first_sign_in


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
        user = authenticate(
            request._request, username=credentials["email"], password=credentials["password"]
        )
        if not isinstance(user, User):
            raise WrongCredentials
        note_first_sign_in(user)
        return Response(refresh_families.begin(user).body())


class RefreshView(ApiView):
    """Stay signed in."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = (RefreshThrottle,)

    @extend_schema(
        operation_id="stay_signed_in",
        parameters=[key_parameter("Send the same key again when the answer was lost.")],
        request=RefreshIn,
        responses={200: TokensOut, **BAD_BODY, **NO_IDENTITY},
        auth=[],
    )
    def post(self, request: Request) -> Response:
        """Exchange a refresh token, once, for a fresh access token and the next refresh token.

        A refresh token that is used twice ends all that its sign-in made.
        """
        token, key = _valid(RefreshIn(data=request.data))["refresh"], key_of(request)
        try:
            return Response(refresh_families.rotate(token, key).body())
        except InvalidCredentials:
            raise WrongCredentials from None


class TicketView(ApiView):
    """Open a socket from a client that can send nothing but an address."""

    @extend_schema(
        operation_id="issue_ticket", request=None, responses={200: TicketOut, **REFUSALS}
    )
    def post(self, request: Request) -> Response:
        """Issue a ticket that opens one socket as `/ws/?ticket=…`, once, within 30 seconds."""
        assert isinstance(request.user, User)  # noqa: S101 - the permission let nobody else in
        ticket = tickets.issue(request.user, credentials_of(request))
        return Response({"ticket": ticket, "expires_in": tickets.LIFETIME_SECONDS})


class SignOutView(ApiView):
    """Leave one device."""

    @extend_schema(operation_id="sign_out", request=None, responses={204: None, **REFUSALS})
    def post(self, request: Request) -> Response:
        """End the sign-in of this call: its tokens, or its session, and the sockets they opened."""
        credentials = credentials_of(request)
        if credentials.family:
            services.end_family(credentials)
        if credentials.session_key:
            logout(request._request)
        return Response(status=status.HTTP_204_NO_CONTENT)


class SignOutEverywhereView(ApiView):
    """Leave every device."""

    @extend_schema(
        operation_id="sign_out_everywhere", request=None, responses={204: None, **REFUSALS}
    )
    def post(self, request: Request) -> Response:
        """End every session, token, ticket and live socket of yours, this call's own included."""
        services.sign_out_everywhere([caller_id(request)])
        if credentials_of(request).session_key:
            logout(request._request)
        return Response(status=status.HTTP_204_NO_CONTENT)


def _valid(serializer: Any) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)

"""Addresses of the token and ticket calls, each with and without a trailing slash."""

from speaktracker.auth.views import (
    RefreshView,
    SignOutEverywhereView,
    SignOutView,
    TicketView,
    TokenView,
)
from speaktracker.http.slashes import either_way

urlpatterns = [
    *either_way("api/auth/token", TokenView.as_view(), "token"),
    *either_way("api/auth/token/refresh", RefreshView.as_view(), "token-refresh"),
    *either_way("api/auth/sign-out", SignOutView.as_view(), "sign-out"),
    *either_way(
        "api/auth/sign-out-everywhere", SignOutEverywhereView.as_view(), "sign-out-everywhere"
    ),
    *either_way("api/realtime/ticket", TicketView.as_view(), "ticket"),
]

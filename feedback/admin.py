"""Feedback in the admin: staff look; the state says how far it has come."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from feedback.frames import note_unreadable
from feedback.models import Feedback, State
from feedback.quick_replies.admin import SchoolQuickReplyAdmin
from realtime.admin import RecordAdmin
from speaktracker.field_encryption.ciphertext import (
    DamagedText,
    MovedText,
    UnknownKey,
    UnreadableText,
)
from speaktracker.persistence.records import FEEDBACK_LIFETIME
from speaktracker.roster.admin.people_search import FoundBySession
from speaktracker.staff_home.django_words import NOTHING, shown_time

__all__ = ["FeedbackAdmin", "SchoolQuickReplyAdmin"]


class GivenFilter(admin.SimpleListFilter):
    """Feedback of late, by the index of when it expires."""

    title = _("given")
    parameter_name = "given"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("0", _("today")), ("6", _("in the last 7 days"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Feedback]) -> QuerySet[Feedback]:
        days = self.value()
        if days not in ("0", "6"):
            return queryset
        midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
        since = midnight - timedelta(days=int(days))
        return queryset.filter(expires_at__gte=since + FEEDBACK_LIFETIME)


SENT = "sent"
# For people: `delivered` is no more than written to a connection, until a client acknowledged it.
WORDS = {SENT: _("sent")} | {state.value: state.label for state in State}


class HowFarFilter(admin.SimpleListFilter):
    """Feedback by how far it has come, in the words of the list."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, Any]]:
        """Offer each word."""
        return list(WORDS.items())

    def queryset(self, _request: HttpRequest, rows: QuerySet[Feedback]) -> QuerySet[Feedback]:
        """Select what stands under the chosen word."""
        word = self.value()
        if word not in WORDS:
            return rows
        if word in (SENT, State.DELIVERED):
            return rows.filter(state=State.DELIVERED, acknowledged_at__isnull=word == SENT)
        return rows.filter(state=word)


WHY = {
    UnknownKey: _("cannot be read: its key is not in FIELD_ENCRYPTION_KEYS"),
    MovedText: _("cannot be read: it was encrypted for another record"),
    DamagedText: _("cannot be read: it was damaged"),
}


def _text_or_why(row: Feedback, name: str) -> Any:
    try:
        return getattr(row, name) or NOTHING
    except UnreadableText as error:
        note_unreadable(row, error)
        return WHY[type(error)]


@admin.register(Feedback)
class FeedbackAdmin(FoundBySession, RecordAdmin):
    """What was said to whom, and whether it arrived."""

    list_display = (
        *("timestamp", "tutor_email", "student_email"),
        *("message_type", "how_far", "text"),
    )
    list_filter = (GivenFilter, HowFarFilter)
    ordering = ("-expires_at", "-id")
    search_fields = ("tutor_email", "student_email", "message_id", "session_id")
    search_help_text = _("How an address or a name begins, or an address with a session after it")
    readonly_fields = ("how_far", "sent_at", "text", "audio")
    # Without `outcome`, `state` and `written_at`: their "delivered" says more than is known.
    fields = (
        *("message_id", "tutor_email", "student_email", "session_id", "timestamp"),
        *("client_timestamp", "message_type", "text", "audio", "speak"),
        *("sequence", "how_far", "sent_at", "acknowledged_at", "expires_at"),
    )

    @admin.display(description=_("state"), ordering="state")
    def how_far(self, row: Feedback) -> Any:
        """Say how far it has come, in a word for people."""
        is_only_sent = row.state == State.DELIVERED and row.acknowledged_at is None
        return WORDS[SENT if is_only_sent else row.state]

    @admin.display(description=_("sent"))
    def sent_at(self, row: Feedback) -> Any:
        """Say when a connection wrote it."""
        return shown_time(row.written_at)

    @admin.display(description=_("message"))
    def text(self, row: Feedback) -> Any:
        """Show the text, or why it cannot be shown."""
        return _text_or_why(row, "message")

    @admin.display(description=_("audio"))
    def audio(self, row: Feedback) -> Any:
        """Show the address of its speech, or why it cannot be shown."""
        return _text_or_why(row, "audio_url")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find one message by its id, else those of people and sessions."""
        try:
            return queryset.filter(message_id=UUID(search_term.strip())), False
        except ValueError:
            return super().get_search_results(request, queryset, search_term)

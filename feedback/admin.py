"""Feedback in the admin: staff look; the state says how far it has come."""

from django.contrib import admin

from feedback.models import Feedback
from realtime.admin import RecordAdmin


@admin.register(Feedback)
class FeedbackAdmin(RecordAdmin):
    """What was said to whom, and whether it arrived."""

    list_display = ("timestamp", "tutor_email", "student_email", "message_type", "state", "message")
    list_filter = ("state", "message_type")
    search_fields = ("tutor_email", "student_email", "message_id", "session_id")
    date_hierarchy = "timestamp"
    exclude = ("idempotency_key", "request_digest")

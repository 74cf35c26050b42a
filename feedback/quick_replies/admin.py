"""The school's quick replies in the admin; what tutors keep for themselves is theirs."""

from django.contrib import admin

from feedback.quick_replies.models import SchoolQuickReply
from speaktracker.db.long_lists import LongList
from speaktracker.http.row_history import RowHistory


@admin.register(SchoolQuickReply)
class SchoolQuickReplyAdmin(RowHistory, LongList, admin.ModelAdmin):  # type: ignore[type-arg]
    """What all tutors are offered, in the order in which they see it."""

    list_display = ("text_ko", "text_en", "position")
    ordering = ("position", "pk")

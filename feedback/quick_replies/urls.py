"""Addresses of the calls for quick replies, each with and without a trailing slash."""

from feedback.quick_replies.views import OneQuickReply, TutorQuickReplies
from speaktracker.http.slashes import either_way

urlpatterns = [
    *either_way("api/tutor/quick-replies", TutorQuickReplies.as_view(), "quick-replies"),
    *either_way("api/tutor/quick-replies/<int:reply_id>", OneQuickReply.as_view(), "quick-reply"),
]

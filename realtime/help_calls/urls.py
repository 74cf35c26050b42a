"""Addresses of the calls for help, each with and without a trailing slash."""

from realtime.help_calls.views import HelpSeen, StudentHelp
from speaktracker.http.slashes import either_way

urlpatterns = [
    *either_way("api/student/help", StudentHelp.as_view(), "student-help"),
    *either_way("api/tutor/help/seen", HelpSeen.as_view(), "help-seen"),
]

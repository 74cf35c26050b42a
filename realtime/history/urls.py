"""Addresses of history: the API's calls, each with and without a trailing slash, and the pages."""

from django.urls import path

from realtime.history import history_pages
from realtime.history.views import (
    StudentSessions,
    TutorAttendance,
    TutorCoverage,
    TutorSessions,
)
from speaktracker.http.slashes import either_way

urlpatterns = [
    *either_way("api/tutor/sessions", TutorSessions.as_view(), "tutor-sessions"),
    *either_way("api/tutor/attendance", TutorAttendance.as_view(), "tutor-attendance"),
    *either_way("api/tutor/coverage", TutorCoverage.as_view(), "tutor-coverage"),
    *either_way("api/student/sessions", StudentSessions.as_view(), "student-sessions"),
    path("tutor/history/", history_pages.tutor_history, name="tutor-history"),
    path("tutor/attendance/", history_pages.attendance_page, name="attendance"),
    path("tutor/coverage/", history_pages.coverage_page, name="coverage"),
    path("student/history/", history_pages.student_history, name="student-history"),
]

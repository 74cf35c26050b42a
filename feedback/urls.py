"""Addresses of the feedback API, each with and without a trailing slash."""

from feedback.quick_replies.urls import urlpatterns as quick_replies
from feedback.views import StudentFeedback, TutorFeedback, TutorStudents
from speaktracker.http.slashes import either_way

urlpatterns = [
    *either_way("api/tutor/feedback", TutorFeedback.as_view(), "tutor-feedback"),
    *either_way("api/student/feedback", StudentFeedback.as_view(), "student-feedback"),
    *either_way("api/tutor/students", TutorStudents.as_view(), "tutor-students"),
    *quick_replies,
]

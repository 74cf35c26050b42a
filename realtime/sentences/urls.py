"""The address of the call for sentences, with and without a trailing slash."""

from realtime.sentences.views import StudentSentences
from speaktracker.http.slashes import either_way

urlpatterns = either_way("api/student/sentences", StudentSentences.as_view(), "student-sentences")

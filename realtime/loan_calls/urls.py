"""Addresses of the calls for loans, each with and without a trailing slash."""

from realtime.loan_calls.views import OneLoan, TutorLoans
from speaktracker.http.slashes import either_way

urlpatterns = [
    *either_way("api/tutor/loans", TutorLoans.as_view(), "loans"),
    *either_way("api/tutor/loans/<int:loan_id>", OneLoan.as_view(), "loan"),
]

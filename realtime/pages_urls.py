"""Routes of the pages."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from realtime import pages

urlpatterns = [
    path("", pages.home, name="home"),
    path("login/", pages.SignIn.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("student/", pages.student, name="student"),
    path("tutor/", pages.tutor, name="tutor"),
]

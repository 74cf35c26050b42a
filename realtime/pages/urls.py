"""Routes of the pages."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from realtime.pages import views

urlpatterns = [
    path("", views.home, name="home"),
    path("login/", views.SignIn.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("logout/everywhere/", views.leave_everywhere, name="logout-everywhere"),
    path("student/", views.student, name="student"),
    path("tutor/", views.tutor, name="tutor"),
]

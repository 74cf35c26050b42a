"""Routes of the pages by which people come to a password."""

from django.urls import path
from django.views.generic import RedirectView

from speaktracker.passwords import views

urlpatterns = [
    path("password/", views.OwnPassword.as_view(), name="own-password"),
    path("password/changed/", views.PasswordChanged.as_view(), name="password-changed"),
    path("password/forgotten/", views.ForgottenPassword.as_view(), name="forgotten-password"),
    path(
        "password/forgotten/sent/",
        views.ForgottenPasswordSent.as_view(),
        name="forgotten-password-sent",
    ),
    path("password/new/", views.NewPassword.as_view(), name="new-password"),
    path("first/", views.FirstSignIn.as_view(), name="first-sign-in"),
    # Under this name the admin's sign-in page links to it.
    path(
        "admin/password_forgotten/",
        RedirectView.as_view(pattern_name="forgotten-password"),
        name="admin_password_reset",
    ),
]

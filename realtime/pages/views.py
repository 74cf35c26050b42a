"""The pages of students and tutors: sign-in, practice and the live dashboard."""

from typing import cast

from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.forms import EmailInput
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from realtime.pages.texts import student_texts, tutor_texts
from realtime.protocol.wire_limits import (
    EMAIL_LENGTH,
    FEEDBACK_LENGTH,
    SESSION_ID_LENGTH,
    URL_LENGTH,
)
from speaktracker.roster.models import User, UserType

# How much the fields of a page take in.
LIMITS = {"message": FEEDBACK_LENGTH, "session": SESSION_ID_LENGTH, "audio_url": URL_LENGTH}
PAGE_OF_TYPE = {UserType.STUDENT: "student", UserType.TUTOR: "tutor"}


class SignInForm(AuthenticationForm):
    """An e-mail address in any case, and a password."""

    error_messages = {  # noqa: RUF012 - Django's own attribute
        "invalid_login": _("The e-mail address and the password do not match. Please try again."),
        "inactive": _("This account is switched off. Please ask your school."),
    }

    def __init__(self, request: HttpRequest | None = None, *args: object, **kwargs: object) -> None:
        super().__init__(request, *args, **kwargs)
        self.label_suffix = ""
        address = self.fields["username"]
        address.label = _("E-mail address")
        address.widget = EmailInput(attrs={"autocomplete": "username", "autofocus": True})
        address.widget.attrs["maxlength"] = EMAIL_LENGTH


class SignIn(LoginView):
    """Sign in, then go where the person was going."""

    template_name = "realtime/login.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True


@login_required
@never_cache
def home(request: HttpRequest) -> HttpResponse:
    """Send everybody to the page of their role."""
    user = cast(User, request.user)
    if user.user_type:
        return redirect(PAGE_OF_TYPE[UserType(user.user_type)])
    if user.is_staff:
        return redirect("admin:index")
    return render(request, "realtime/no_role.html", status=403)


@login_required
@never_cache
def student(request: HttpRequest) -> HttpResponse:
    """Show a student the sentences to practise and the feedback they get."""
    return _page(request, UserType.STUDENT, student_texts())


@login_required
@never_cache
def tutor(request: HttpRequest) -> HttpResponse:
    """Show a tutor all of their students, live."""
    return _page(request, UserType.TUTOR, tutor_texts())


def _page(request: HttpRequest, user_type: UserType, texts: dict[str, str]) -> HttpResponse:
    if cast(User, request.user).user_type != user_type:
        return redirect("home")
    context = {"texts": texts, "limits": LIMITS}
    return render(request, f"realtime/{PAGE_OF_TYPE[user_type]}.html", context)

"""The pages of students and tutors: sign-in, practice and the live dashboard."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, cast

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.forms import EmailInput
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from realtime.pages.texts import student_texts, tutor_texts
from realtime.presence.attention import attention_minutes
from realtime.protocol.wire_limits import (
    EMAIL_LENGTH,
    FEEDBACK_LENGTH,
    HELP_NOTE_LENGTH,
    PRACTISED_LENGTH,
    SESSION_ID_LENGTH,
    URL_LENGTH,
)
from realtime.sentences.models import school_day
from realtime.sentences.offers import offer_body
from realtime.sentences.selectors import offer_to
from speaktracker.auth.shared_computers.forms import SharedComputerForm
from speaktracker.auth.validity.services import sign_out_everywhere
from speaktracker.http.page_security import LISTENING_PERMISSIONS
from speaktracker.roster.models import User, UserType
from speaktracker.school_days import today

# How much the fields of a page take in.
LIMITS = {
    "message": FEEDBACK_LENGTH,
    "session": SESSION_ID_LENGTH,
    "audio_url": URL_LENGTH,
    "help_note": HELP_NOTE_LENGTH,
    "practised": PRACTISED_LENGTH,
}
PAGE_OF_TYPE = {UserType.STUDENT: "student", UserType.TUTOR: "tutor"}


class SignInForm(SharedComputerForm, AuthenticationForm):
    """An e-mail address in any case, a password, and whose computer it is."""

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
@require_POST
def leave_everywhere(request: HttpRequest) -> HttpResponse:
    """Sign the person of the page out on every device, this one included."""
    sign_out_everywhere([cast(User, request.user).pk])
    logout(request)
    return redirect("login")


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
    response = _page(request, UserType.STUDENT, student_texts(), first_offer)
    if response.status_code == HTTPStatus.OK:
        response.headers["Permissions-Policy"] = LISTENING_PERMISSIONS
    return response


@login_required
@never_cache
def tutor(request: HttpRequest) -> HttpResponse:
    """Show a tutor all of their students, live."""
    return _page(request, UserType.TUTOR, tutor_texts())


def first_offer(student: User) -> dict[str, Any]:
    """Read what a student's page begins with."""
    return {"offer": offer_body(offer_to(student.pk, school_day()))}


def _page(
    request: HttpRequest,
    user_type: UserType,
    texts: dict[str, str],
    more: Callable[[User], dict[str, Any]] = lambda _user: {},
) -> HttpResponse:
    user = cast(User, request.user)
    if user.user_type != user_type:
        return redirect("home")
    context = {
        **more(user),
        "texts": texts,
        "limits": LIMITS,
        "attention_minutes": attention_minutes(settings.LIMITS),
        "today": today().isoformat(),
    }
    return render(request, f"realtime/{PAGE_OF_TYPE[user_type]}.html", context)

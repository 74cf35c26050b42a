"""The pages by which people come to a password."""

import math
from datetime import timedelta
from typing import Any, cast

from django.conf import settings
from django.contrib.auth import login, update_session_auth_hash
from django.contrib.auth.mixins import LoginRequiredMixin
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import FormView, TemplateView

from speaktracker.auth.throttling import Window, address_of
from speaktracker.passwords import services
from speaktracker.passwords.credentials_state import account_key
from speaktracker.passwords.forms import (
    FirstCodeForm,
    ForgottenForm,
    NewPasswordForm,
    OwnPasswordForm,
)
from speaktracker.passwords.letter_sending import mail_is_set_up
from speaktracker.passwords.password_links import LinkEnded, make_token, person_of
from speaktracker.roster.models import User
from speaktracker.text import normal_email

HOUR_SECONDS = 60 * 60
# Under this name the session keeps the token while its person chooses.
TOKEN = "password_token"  # noqa: S105 - the name of it
# How long somebody may take to choose, once a code was right.
CHOOSING = timedelta(minutes=30)


# For every class that has a `dispatch` of its own: no cache and no error report keeps the secret.
PRIVATE = (sensitive_post_parameters(), never_cache)


@method_decorator(PRIVATE, name="dispatch")
class PasswordPage(FormView):  # type: ignore[type-arg]
    """A page with a secret in it."""


class OwnPassword(LoginRequiredMixin, PasswordPage):
    """Change one's own password, with the old one; this session stays signed in."""

    template_name = "passwords/own.html"
    form_class = OwnPasswordForm
    success_url = reverse_lazy("password-changed")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "request": self.request, "user": self.request.user}

    def form_valid(self, form: Form) -> HttpResponse:
        person = cast(User, self.request.user)
        services.change_own_password(person, form.cleaned_data["new_password1"])
        update_session_auth_hash(self.request, person)
        return super().form_valid(form)


class PasswordChanged(LoginRequiredMixin, TemplateView):
    """Say that the password is changed, and what that ends."""

    template_name = "passwords/changed.html"


class ForgottenPassword(PasswordPage):
    """Ask for a link by letter; the answer is the same whoever has the address."""

    template_name = "passwords/forgotten.html"
    form_class = ForgottenForm
    success_url = reverse_lazy("forgotten-password-sent")
    extra_context = {"mail_is_set_up": mail_is_set_up}  # noqa: RUF012 - Django's own attribute

    def form_valid(self, form: Form) -> HttpResponse:
        address = normal_email(form.cleaned_data["email"])
        wait = self._wait(address) if mail_is_set_up() else 0
        if wait:
            context = self.get_context_data(form=form, wait_minutes=math.ceil(wait / 60))
            answer = self.render_to_response(context, status=429)
            answer.headers["Retry-After"] = str(math.ceil(wait))
            return answer
        if mail_is_set_up():
            services.ask_for_link(address, get_language() or "ko")
        return super().form_valid(form)

    def _wait(self, address: str) -> float:
        """Count this letter; return 0, or the seconds until the next may be asked for."""
        limits = settings.LIMITS
        here = Window("letters.address", limits.letters_from_address_per_hour, HOUR_SECONDS)
        account = Window("letters.account", limits.letters_of_account_per_hour, HOUR_SECONDS)
        return here.count(address_of(self.request)) or account.count(account_key(address))


class ForgottenPasswordSent(TemplateView):
    """Say that a letter is on its way, if anybody has the address."""

    template_name = "passwords/forgotten_sent.html"
    extra_context = {  # noqa: RUF012 - Django's own attribute
        "minutes": lambda: round(settings.LIMITS.reset_link_minutes),
        "mail_is_set_up": mail_is_set_up,
    }


@method_decorator(PRIVATE, name="dispatch")
class NewPassword(PasswordPage):
    """Choose a password, with a link or after a code; then signed in.

    The token of a link goes into the session at once and out of the address, so that no page,
    history or referrer keeps it.
    """

    template_name = "passwords/new.html"
    form_class = NewPasswordForm
    success_url = reverse_lazy("home")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            if request.method == "GET" and "token" in request.GET:
                return begin_choosing(request, request.GET["token"])
            token = request.session.get(TOKEN, "")
            self.person = person_of(token, User.objects.all())
            return super().dispatch(request, *args, **kwargs)
        except LinkEnded:
            request.session.pop(TOKEN, None)
            return render(request, "passwords/ended.html", status=410)

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "user": self.person}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(person=self.person, **kwargs)

    def form_valid(self, form: Form) -> HttpResponse:
        password = form.cleaned_data["new_password1"]
        person = services.choose_password(self.request.session[TOKEN], password)
        del self.request.session[TOKEN]
        # Whoever else was signed in here is signed out by this.
        login(self.request, person, backend=settings.AUTHENTICATION_BACKENDS[0])
        return super().form_valid(form)


class FirstSignIn(PasswordPage):
    """Begin with the code on paper; what follows is choosing a password."""

    template_name = "passwords/first.html"
    form_class = FirstCodeForm

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "request": self.request}

    def form_valid(self, form: Form) -> HttpResponse:
        person = cast(FirstCodeForm, form).person
        assert person is not None  # noqa: S101 - a valid form has found its person
        return begin_choosing(self.request, make_token(person, CHOOSING))


def begin_choosing(request: HttpRequest, token: str) -> HttpResponse:
    """Let this session choose a password for the person of `token`; raises LinkEnded."""
    person_of(token, User.objects.all())
    request.session[TOKEN] = token
    answer = redirect("new-password")
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer

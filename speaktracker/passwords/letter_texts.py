"""What a letter says, in its language; here its link is made."""

from datetime import timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from speaktracker.clock import now
from speaktracker.passwords.models import Letter
from speaktracker.passwords.password_links import link_to_new_password, public_address
from speaktracker.roster.models import User


def recipient_of(letter: Letter) -> User | None:
    """Return who is to get `letter`; None when nobody active is."""
    if letter.kind == Letter.Kind.INVITATION:
        person = letter.person
    else:
        person = User.objects.filter(email=letter.address).first()
    return person if person and person.is_active else None


def written(letter: Letter, person: User) -> EmailMessage:
    """Write `letter` to `person`, in their language, else in that of whoever asked for it."""
    limits = settings.LIMITS
    with translation.override(person.language or letter.language):
        if letter.kind == Letter.Kind.INVITATION:
            name, subject = "invitation", _("Welcome to SpeakTracker: choose your password")
            lifetime = timedelta(days=limits.invitation_days)
        elif person.has_usable_password():
            name, subject = "reset", _("Choose a new password for SpeakTracker")
            lifetime = timedelta(minutes=limits.reset_link_minutes)
        else:
            # Staff switched passwords off for this person, or gave none yet: a letter must not.
            name, subject = "no_password", _("About your SpeakTracker password")
            lifetime = timedelta(0)
        context = {
            "person": person,
            "link": link_to_new_password(person, lifetime) if lifetime else "",
            "until": timezone.localtime(now() + lifetime),
            "sign_in": public_address("login"),
        }
        body = render_to_string(f"passwords/letters/{name}.txt", context)
    return EmailMessage(subject, body, to=[person.email])

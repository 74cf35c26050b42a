"""Everything that is held on one person, for whoever asks what is."""

from typing import Any

from django.conf import settings

from speaktracker.clock import now, wire
from speaktracker.roster.erasure.holdings import registered_holdings
from speaktracker.roster.erasure.named_person import NamedPerson
from speaktracker.roster.models import User
from speaktracker.text import normal_email


def named(address: str) -> NamedPerson:
    """Find the person of an address; one without `pk` where nobody has it, or no longer."""
    email = normal_email(address)
    found = User.objects.filter(email=email).values_list("pk", "email", "name").first()
    return NamedPerson(*found) if found else NamedPerson(None, email)


def everything_on(person: NamedPerson) -> dict[str, Any]:
    """Show what each room holds on a person, by its name in the export."""
    about = {"address": person.email, "exported_at": wire(now()), "installation": settings.STACK}
    return about | {holding.name: holding.show(person) for holding in registered_holdings()}

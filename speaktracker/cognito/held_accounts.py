"""What the product holds of a person's accounts at user pools."""

from speaktracker.cognito.models import PoolAccount
from speaktracker.roster.erasure.holdings import Holding, Shown, register, shown
from speaktracker.roster.erasure.named_person import NamedPerson


def accounts(person: NamedPerson) -> Shown:
    """Show which accounts are linked."""
    return shown(PoolAccount.objects.filter(user=person.pk), "issuer", "sub", "linked_at")


register(Holding("cognito_accounts", (PoolAccount,), accounts))

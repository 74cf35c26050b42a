"""What sentence lists hold on people: what is given to a student alone, which goes with them."""

from realtime.sentences.models import SentenceAssignment
from speaktracker.roster.erasure.holdings import Holding, Shown, register, shown
from speaktracker.roster.erasure.named_person import NamedPerson


def given_lists(person: NamedPerson) -> Shown:
    """Show which lists a student was given alone, and when."""
    own = SentenceAssignment.objects.filter(student=person.pk)
    return shown(own, "sentence_list__title", "first_day", "last_day")


register(Holding("given_sentence_lists", (SentenceAssignment,), given_lists))

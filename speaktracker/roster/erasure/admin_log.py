"""The admin's log names people in words: those who are erased get their pseudonyms there."""

import json
import re
from collections.abc import Collection, Iterable
from datetime import timedelta
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q, QuerySet
from django.dispatch import receiver

from speaktracker.clock import now
from speaktracker.db.bulk_update import update_many
from speaktracker.roster.erasure.named_person import NamedPerson, ids_of, pseudonym_of
from speaktracker.roster.models import User
from speaktracker.roster.selectors import in_batches
from speaktracker.roster.signals import people_going

# An address in a sentence, and a person as `str()` writes one: "name <address>".
ADDRESS = re.compile(r"[^\s\"'<>()\[\],;:→]+@[^\s\"'<>()\[\],;:→]*[^\s\"'<>()\[\],;:→.]")
PERSON = re.compile(r"[^<>→\"]*<([^<>]+@[^<>]+)>")
# Of more people than this at once the whole log is looked through once, not once for each.
MOST_SOUGHT = 20
PURGE_ROWS = 1_000


class NamesInText:
    """Puts pseudonyms for people's addresses, and for names that stand before them."""

    def __init__(self, addresses: Iterable[str], names: Iterable[str] = ()) -> None:
        self.addresses = set(addresses)
        # Of one letter would be found in every word.
        self.names = {name for name in names if len(name) > 1}

    def learn(self, described: str) -> None:
        """Take the name and the address that a person had when an entry was written."""
        self.addresses |= {found.lower() for found in ADDRESS.findall(described)}
        name, _, _ = described.rpartition(" <")
        self.names |= {name} if len(name) > 1 else set()

    def without(self, text: str) -> str:
        """Return `text` with nobody named, be it plain or a list in JSON as the admin writes it."""
        try:
            said = json.loads(text) if text.startswith("[") else None
        except ValueError:
            said = None
        return self._plain(text) if said is None else json.dumps(self._inside(said))

    def _inside(self, said: Any) -> Any:
        if isinstance(said, str):
            return self._plain(said)
        if isinstance(said, list):
            return [self._inside(one) for one in said]
        if isinstance(said, dict):
            # Words of the product's own, among which a name may be too.
            return {k: v if k == "fields" else self._inside(v) for k, v in said.items()}
        return said

    def _plain(self, text: str) -> str:
        text = PERSON.sub(lambda found: self._pseudonym(found[1], found[0]), text)
        text = ADDRESS.sub(lambda found: self._pseudonym(found[0], found[0]), text)
        for name in self.names:
            text = text.replace(name, "…")
        return text

    def _pseudonym(self, address: str, found: str) -> str:
        address = address.lower()
        return pseudonym_of(address) if address in self.addresses else found


@receiver(people_going)
def forget_in_admin_log(people: Collection[NamedPerson], **_: Any) -> None:
    """Name these people no more, in entries about them and about others."""
    own = list(_about(ids_of(people)))
    names = NamesInText((p.email for p in people), (p.name for p in people))
    for entry in own:
        names.learn(entry.object_repr)
    of_id = {str(person.pk): person.pseudonym for person in people}
    for entry in own:
        entry.object_repr = of_id[entry.object_id or ""]
        entry.change_message = names.without(entry.change_message)
    update_many(own, ("object_repr", "change_message"))
    # A name alone may be other people's too: who is named with the address is meant.
    others = NamesInText(names.addresses)
    mentions = list(_mentioning(others.addresses))
    for entry in mentions:
        entry.object_repr = others.without(entry.object_repr)[:200]
        entry.change_message = others.without(entry.change_message)
    update_many(mentions, ("object_repr", "change_message"))


def without_others(text: str, address: str) -> str:
    """Return `text` with nobody named but whoever has `address`."""
    text = PERSON.sub(lambda found: found[0] if found[1].lower() == address else "…", text)
    return ADDRESS.sub(lambda found: found[0] if found[0].lower() == address else "…", text)


def purge_admin_log(days: float) -> bool:
    """Delete some entries older than `days`, oldest first; tell whether more may be."""
    # In the order of their numbers, which is that of their times: those have no index.
    oldest = LogEntry.objects.order_by("pk").values_list("pk", "action_time")[:PURGE_ROWS]
    end = now() - timedelta(days=days)
    expired = [pk for pk, at in oldest if at <= end]
    if expired:
        # By the ends of their numbers alone: to so many PostgreSQL may prefer the whole table.
        between = LogEntry.objects.filter(pk__range=(expired[0], expired[-1]))
        between.filter(action_time__lte=end).delete()
    return len(expired) == PURGE_ROWS


def _about(user_ids: Collection[int]) -> Iterable[LogEntry]:
    content_type = ContentType.objects.get_for_model(User)
    for some in in_batches(str(pk) for pk in user_ids):
        yield from LogEntry.objects.filter(content_type=content_type, object_id__in=some)


def _mentioning(addresses: Collection[str]) -> QuerySet[LogEntry]:
    mentions = Q(pk__in=())
    for address in addresses if len(addresses) <= MOST_SOUGHT else ("@",):
        in_json = json.dumps(address)[1:-1]
        mentions |= Q(object_repr__contains=address) | Q(change_message__contains=in_json)
        mentions |= Q(change_message__contains=address)
    return LogEntry.objects.filter(mentions).order_by()

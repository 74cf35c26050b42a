"""Every page of the admin, a new one by itself: Korean all through, and twelve queries at most."""

import re
from typing import Any

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType

from speaktracker.roster.models import User
from tests.plans.admin_walk import patient_home, walk_pages_of_staff
from tests.plans.counted_client import CountedClient
from tests.staff_home.admin_pages import pages
from tests.staff_home.read_page import texts_of

# Addresses, ids, names of products, formats and their columns, the link to the other language.
SAME_EVERYWHERE = re.compile(
    r"[\w.+-]+@[\w.-]+|https?://\S*|[0-9a-f]{8}-[0-9a-f-]{27}"
    r"|(?<![A-Za-z])(?:SpeakTracker|English|CSV|URL|ID|API|DynamoDB|Cognito|UTF-8|Excel)(?![A-Za-z])"
    r"|\b[a-z_]+(?:,[a-z_]+)+\b|\{\w+\}"
)
LATIN = re.compile(r"[A-Za-z]{2,}")


class ReadingClient(CountedClient):
    """Reads each page that it opens, too."""

    def __init__(self) -> None:
        super().__init__()
        self.foreign: dict[str, list[str]] = {}

    def get(self, path: Any, *arguments: Any, **options: Any) -> Any:
        answer = super().get(path, *arguments, **options)
        if answer.status_code == 200 and "text/html" in answer.headers["Content-Type"]:
            texts = texts_of(answer.content.decode())
            if found := [text for text in texts if LATIN.search(SAME_EVERYWHERE.sub("", text))]:
                self.foreign[self.pages[-1].address] = found
        return answer


def test_every_page_is_korean_and_asks_twelve_times_at_most(school: None) -> None:
    # No superuser, since of one less is asked.
    staff = User.objects.create_user("staff@example.com", is_staff=True)
    staff.user_permissions.set(Permission.objects.exclude(codename="delete_group"))
    client = ReadingClient()
    client.force_login(staff)
    ContentType.objects.clear_cache()
    with patient_home():
        walk_pages_of_staff(client, is_thorough=False)
        for address in pages():
            client.get(address)
    foreign = "\n".join(f"{address}: {words}" for address, words in client.foreign.items())
    assert not foreign, f"these are not Korean:\n{foreign}"
    crowded = "\n".join(f"{page.queries} {page.address}" for page in client.crowded())
    assert not crowded, f"these pages ask too often:\n{crowded}"

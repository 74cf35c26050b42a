"""Opens every page of the admin, and lists each way they can be filtered, searched and paged."""

import json
import sys
from datetime import timedelta
from itertools import combinations
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qs

from django.contrib.admin.utils import quote

SEARCHES = (
    "student4001@example.com",
    "student4",
    "Person 77",
    "student4001@example.com s1",
    "01234567-89ab-7def-8123-456789abcdef",
    # A tutor, many of them, and everybody.
    "tutor40@example.com",
    "tutor1",
    "example.com",
)
# So nobody's address or name begins: everybody has it in them, many have, one has, nobody has.
INSIDE = ("om", "E.C", "erson 7", "erson 7777", "nobody@example.com", "솔", "민지")
ATTENDANCE = "/admin/realtime/classstay/attendance/"


def walk_admin(with_pairs: bool = True) -> None:
    """Walk as staff with nearly all rights; in a process whose database is the school."""
    from speaktracker.server.garbage import Garbage
    from tests.plans.big_school import STAFF
    from tests.plans.caller_walk import signed_in
    from tests.plans.counted_client import CountedClient

    Garbage().begin()  # as a server does
    client = signed_in(STAFF, CountedClient)
    with patient_home():
        walk_pages_of_staff(client, with_pairs=with_pairs)
        assert see(client, ATTENDANCE).context["by_group"], "today is no longer too much for a page"
        sys.stdout.write(f"\n{json.dumps(client.slowest())}\n")
    crowded = "\n".join(f"{page.queries} {page.address}" for page in client.crowded())
    assert not crowded, f"these pages ask too often:\n{crowded}"


def walk_pages_of_staff(client: Any, is_thorough: bool = True, with_pairs: bool = True) -> None:
    """Open the home, every list, and what it leads to; thoroughly each choice of each filter.

    With pairs, each two filters together.
    """
    from django.contrib import admin

    for _ in range(2):
        see(client, "/admin/")
    for label in sorted({model._meta.app_label for model in admin.site._registry}):
        see(client, f"/admin/{label}/")
    for model, model_admin in admin.site._registry.items():
        walk(client, model._meta, model_admin, is_thorough, with_pairs)
    walk_attendance(client)
    for field in ("student", "tutor"):
        for term in ("", "st", "tutor1", "Person 7"):
            query = {"app_label": "roster", "model_name": "tutorstudent", "field_name": field}
            see(client, "/admin/autocomplete/", {**query, "term": term})


def walk_searches() -> None:
    """Search each list of people's rows: for many tutors, and for everybody."""
    from django.contrib import admin

    from speaktracker.roster.admin.people_search import FoundByPeople
    from tests.plans.big_school import STAFF
    from tests.plans.caller_walk import signed_in

    client = signed_in(STAFF)
    lists = [a for a in admin.site._registry.values() if isinstance(a, FoundByPeople)]
    for meta in [one.model._meta for one in lists]:
        for search in SEARCHES[-2:]:
            see(client, f"/admin/{meta.app_label}/{meta.model_name}/", {"q": search})


def walk_what_is_inside() -> None:
    """Search people, and rows of theirs, for what stands inside addresses and names."""
    from tests.plans.big_school import STAFF
    from tests.plans.caller_walk import signed_in

    client = signed_in(STAFF)
    students = {"app_label": "roster", "model_name": "tutorstudent", "field_name": "student"}
    for text in INSIDE:
        for query in ({}, {"p": "2"}, {"user_type__exact": "tutor"}):
            client.get("/admin/roster/user/", {"q": text, **query})  # there may be one page
        see(client, "/admin/realtime/presence/", {"q": text})
        see(client, "/admin/autocomplete/", {**students, "term": text})


def patient_home() -> Any:
    """Return a context in which the home waits: a busy machine counts what is late once more."""
    from speaktracker.staff_home import home_reading

    return patch.multiple(home_reading, PART_SECONDS=60.0, PAGE_SECONDS=60.0)


def walk_attendance(client: Any) -> None:
    """Ask for today's and a month's attendance: of everybody, a group, a tutor, and both."""
    from speaktracker.school_days import today

    month = f"{today() - timedelta(days=30):%Y-%m-%d}"
    for query in ("", "?group=Class 7", "?tutor=7", f"?group=Class 7&first={month}"):
        see(client, ATTENDANCE + query)
    see(client, f"{ATTENDANCE}?tutor=7&first={month}&last={today():%Y-%m-%d}")
    see(client, f"{ATTENDANCE}?first={month}&last={today():%Y-%m-%d}")


def walk(
    client: Any, meta: Any, model_admin: Any, is_thorough: bool, with_pairs: bool = True
) -> None:
    """Open a list in every way, and the pages of its first row."""
    url = f"/admin/{meta.app_label}/{meta.model_name}/"
    changelist = see(client, url).context["cl"]
    filters = [choices_of(one, changelist) for one in changelist.filter_specs]
    queries: list[Any] = [choice for choices in filters for choice in choices]
    if not is_thorough:
        queries = [choice for choices in filters for choice in choices[:1]]
    for some, others in combinations(filters, 2) if is_thorough and with_pairs else ():
        queries += [{**one, **other} for one in ends_of(some) for other in ends_of(others)]
    columns = range(1, len(changelist.list_display))
    queries += [
        "?_facets=True",
        "?o=" + ".".join(map(str, columns)),
        *(f"?o=-{n}" for n in columns[:2]),
    ]
    if changelist.multi_page:
        queries += ["?p=2", f"?p={min(20, changelist.paginator.num_pages)}"]
    if model_admin.search_fields:
        queries += [{"q": search} for search in SEARCHES[: None if is_thorough else 2]]
        together = filters if is_thorough else ()
        queries += [{**choices[0], "q": search} for choices in together for search in SEARCHES[1:2]]
    for query in queries:
        see(client, url, query)
    request = client.get(url).wsgi_request
    if model_admin.has_add_permission(request):
        see(client, f"{url}add/")
    if changelist.result_list and model_admin.list_display_links is not None:
        row = changelist.result_list[0]
        may_delete = model_admin.has_delete_permission(request, row)
        for page in ("change", "history", *(["delete"] if may_delete else [])):
            see(client, f"{url}{quote(row.pk)}/{page}/")


def choices_of(one_filter: Any, changelist: Any) -> list[dict[str, list[str]]]:
    """Return some of what a filter offers, the last too; of fifty tutors a few will do."""
    links = [choice["query_string"] for choice in one_filter.choices(changelist)]
    return [parse_qs(link.lstrip("?")) for link in dict.fromkeys([*links[1:4], links[-1]])]


def ends_of(choices: list[dict[str, list[str]]]) -> list[dict[str, list[str]]]:
    """Return the first and the last."""
    return choices[:1] + choices[1:][-1:]


def see(client: Any, url: str, query: Any = None) -> Any:
    """Open a page, which must be there."""
    query, url = ({}, url + query) if isinstance(query, str) else (query or {}, url)
    answer = client.get(url, query)
    assert answer.status_code == 200, f"{url} {query}: {answer.status_code}"
    return answer

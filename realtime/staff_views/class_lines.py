"""The admin's home on the class: who is in it, and who waits for help, in plain words."""

from collections import Counter
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, F
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from realtime.models import Presence
from realtime.presence.circumstances import OPEN
from speaktracker.clock import now
from speaktracker.roster.models import User
from speaktracker.roster.selectors import NAMED
from speaktracker.staff_home.home_lines import HomeLine, number

# How many tutors, groups and waiting students have a line of their own.
MOST_LINES = 8
MOST_WAITING = 100


def class_lines() -> list[HomeLine]:
    """Say how many are in class, of whom, and who waits for help; three queries."""
    rows = Presence.objects.filter(in_class=True).order_by().values("tutor_id", "group")
    by_tutor, by_group = Counter[Any](), Counter[str]()
    for row in rows.annotate(students=Count("pk")):
        by_tutor[row["tutor_id"]] += row["students"]
        by_group[row["group"]] += row["students"]
    count = by_group.total()
    if not count:
        return [HomeLine(_("Nobody is in class."), list_of())]
    text = ngettext("%(n)s student is in class.", "%(n)s students are in class.", count)
    in_class = HomeLine(text % {"n": number(count)}, list_of(in_class__exact=1))
    return [in_class, *of_tutors(by_tutor), *of_groups(by_group), *waiting_lines()]


def of_tutors(students: Counter[Any]) -> list[HomeLine]:
    """Say how many each tutor has in class, those with most first."""
    most = students.most_common(MOST_LINES)
    ids = [tutor_id for tutor_id, _count in most if tutor_id]
    tutors = User.objects.only(*NAMED).order_by().in_bulk(ids)
    lines = [
        HomeLine(
            f"{tutor.name or tutor.email}: {number(count)}",
            list_of(in_class__exact=1, tutor=tutor_id),
        )
        for tutor_id, count in most
        if (tutor := tutors.get(tutor_id))
    ]
    return folded(_("By tutor"), lines, len(students) - len(lines))


def of_groups(students: Counter[str]) -> list[HomeLine]:
    """Say how many of each group are in class; nothing where a school has no groups."""
    named = Counter({group: count for group, count in students.items() if group})
    lines = [
        HomeLine(f"{group}: {number(count)}", list_of(group=group))
        for group, count in named.most_common(MOST_LINES)
    ]
    return folded(_("By group"), lines, len(named) - len(lines))


def waiting_lines() -> list[HomeLine]:
    """Say who waits for help and since when, who waits longest first."""
    rows = Presence.objects.filter(in_class=True, help_state__in=OPEN)
    rows = rows.order_by("help_asked_at").annotate(
        name=F("student__name"),
        email=F("student__email"),
        tutor_name=F("tutor__name"),
        tutor_email=F("tutor__email"),
    )
    columns = ("student_id", "name", "email", "tutor_name", "tutor_email", "help_asked_at")
    waiting = list(rows.values(*columns)[: MOST_WAITING + 1])
    if not waiting:
        return [HomeLine(_("Nobody waits for help."))]
    count = len(waiting)
    text = ngettext("%(n)s student waits for help.", "%(n)s students wait for help.", count)
    shown = f"{MOST_WAITING}+" if count > MOST_WAITING else number(count)
    details = tuple(waiting_line(row) for row in waiting[:MOST_LINES])
    return [HomeLine(text % {"n": shown}, list_of(help="waiting"), urgent=True, details=details)]


def waiting_line(row: dict[str, Any]) -> HomeLine:
    """Say of one student whose they are, and since when they wait."""
    asked: datetime = row["help_asked_at"] or now()
    words = {
        "student": row["name"] or row["email"],
        "tutor": row["tutor_name"] or row["tutor_email"] or "–",
        "time": date_format(timezone.localtime(asked), "TIME_FORMAT"),
        "minutes": max(0, int((now() - asked).total_seconds() // 60)),
    }
    text = _("%(student)s (tutor: %(tutor)s), since %(time)s, %(minutes)d min") % words
    return HomeLine(text, reverse("admin:realtime_presence_change", args=[row["student_id"]]))


def folded(title: str, lines: list[HomeLine], others: int) -> list[HomeLine]:
    """Put lines below one that says what they are, with how many are left out."""
    if not lines:
        return []
    if others > 0:
        lines.append(HomeLine(_("and %(count)s more") % {"count": others}))
    return [HomeLine(title, details=tuple(lines))]


def list_of(**choice: Any) -> str:
    """Link to the list of those who are present, as it is filtered by `choice`."""
    url = reverse("admin:realtime_presence_changelist")
    return f"{url}?{urlencode(choice)}" if choice else url

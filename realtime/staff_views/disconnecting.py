"""Disconnecting people on behalf of staff: the page asks for a reason, and everybody is told it.

The page that asks posts the same choice back to the list, as those of passwords do.
"""

from typing import Any, cast

from channels.layers import get_channel_layer
from django import forms
from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext, gettext_lazy, ngettext

from realtime.broadcast import publish
from realtime.models import Connection
from realtime.protocol.codes import CloseCode
from realtime.protocol.wire_limits import CLOSE_REASON_BYTES
from speaktracker.roster.models import User
from speaktracker.roster.selectors import in_batches
from speaktracker.text import normal_text, plain_line

MAY_DISCONNECT = "realtime.delete_connection"
MOST_SHOWN = 200


class DisconnectForm(forms.Form):
    """Why somebody is disconnected; it goes to them, into the log and into their history."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy(
            "The people who are disconnected read it. It has room for about 40 Korean or 120 "
            "English letters."
        ),
        # In bytes it is looked at below; so much no field need take in.
        widget=forms.TextInput(attrs={"size": 60, "maxlength": CLOSE_REASON_BYTES}),
    )

    def clean_reason(self) -> str:
        """Write it as one line that fits into a close frame."""
        reason = " ".join(normal_text(self.cleaned_data["reason"]).split())
        if not plain_line(reason):
            raise ValidationError(gettext("Say why."))
        if len(reason.encode()) > CLOSE_REASON_BYTES:
            raise ValidationError(gettext("This is too long. Say it more briefly."))
        return reason


def ask_or_disconnect(
    model_admin: Any, request: HttpRequest, chosen: QuerySet[Connection]
) -> HttpResponse | None:
    """Ask why the chosen connections are to be closed, then close them."""
    if not request.user.has_perm(MAY_DISCONNECT):
        messages.error(request, gettext("You may not disconnect anybody."))
        return None
    form = DisconnectForm(request.POST if "reason" in request.POST else None)
    if form.is_valid():
        disconnect(request, list(chosen), form.cleaned_data["reason"])
        return None
    people = list(chosen[: MOST_SHOWN + 1])
    count = len(people) if len(people) <= MOST_SHOWN else chosen.order_by().count()
    context = {
        **model_admin.admin_site.each_context(request),
        "title": gettext("Disconnect"),
        "opts": Connection._meta,
        "form": form,
        "connections": people[:MOST_SHOWN],
        "count": count,
        "unshown": max(0, count - MOST_SHOWN),
        "action": request.POST["action"],
        "across": request.POST.get("select_across", "0"),
        "picked": request.POST.getlist(ACTION_CHECKBOX_NAME),
        "checkbox": ACTION_CHECKBOX_NAME,
        "form_url": request.get_full_path(),
        "list_url": request.get_full_path(),
    }
    return TemplateResponse(request, "admin/realtime/disconnect.html", context)


def disconnect(request: HttpRequest, connections: list[Connection], reason: str) -> None:
    """Close sockets with "removed by staff": their clients do not come back by themselves."""
    with transaction.atomic():
        write_history(request, connections, reason)
    publish.from_thread(close_channels, [one.channel for one in connections], reason)
    layer: Any = get_channel_layer()
    if not getattr(layer, "healthy", True):
        text = gettext("Redis is away: who is connected to another process may stay. Try again.")
        messages.warning(request, text)
    text = ngettext(
        "%(count)d connection is being closed.",
        "%(count)d connections are being closed.",
        len(connections),
    )
    messages.success(request, text % {"count": len(connections)})


def close_channels(channels: list[str], reason: str) -> None:
    """Close sockets, wherever they are."""
    for channel in channels:
        publish.close_channel(channel, CloseCode.REMOVED, reason)


def write_history(request: HttpRequest, connections: list[Connection], reason: str) -> None:
    """Note in the admin's log who disconnected whom and why, with the person as well.

    A connection is gone in a moment; the history of its person is where one looks later.
    """
    staff = cast(int, request.user.pk)
    what = gettext("Disconnected: %s") % reason
    if connections:
        LogEntry.objects.log_actions(staff, cast(Any, connections), CHANGE, what)
    for some in in_batches({connection.user_id for connection in connections}):
        people = User.objects.filter(pk__in=some)
        LogEntry.objects.log_actions(staff, people, CHANGE, what)

"""Giving rights in the admin: of those one has, to others, and what each shows stands beside it."""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import Permission
from django.db.models import Prefetch, Q, QuerySet, prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from speaktracker.roster.admin.ranks import RankedPages, editor_of, ids_above
from speaktracker.roster.models import User
from speaktracker.roster.permissions import may_give_rights, permissions_of

RIGHTS = ("is_superuser", "groups", "user_permissions")
WHAT_RIGHTS_SHOW = _(
    "Whoever may view feedback sees everybody's: every message of every tutor to every student. "
    "Whoever may change mappings decides whose practice a tutor sees, and may choose themselves. "
    "Whoever may change users can set the password of everybody who may do no more than they. "
    "You can give what you have yourself, and nobody changes their own rights but superusers."
)
NOT_YOURS = _(
    "You can give only what you have yourself: groups that you are in, permissions that you have. "
    "Ask somebody who has it, or a superuser."
)


def offer(form: Any, name: str, own: QuerySet[Any], kept: Iterable[int] = ()) -> None:
    """Offer the rows that are one's `own`, and those `kept`, in a field of `form`.

    Others are refused in words.
    """
    if field := form.base_fields.get(name):
        # One's own may stand there twice, and in an order: both are nothing to a subquery.
        may_be = Q(pk__in=own.order_by().values("pk")) | Q(pk__in=list(kept))
        field.queryset = field.queryset.filter(may_be)
        field.error_messages["invalid_choice"] = NOT_YOURS


def with_kinds(name: str) -> Any:
    """Have the permissions in the field `name` read together with what they are about."""
    return Prefetch(name, Permission.objects.select_related("content_type"))


class RightsGiven(RankedPages):
    """The rights on a person's page, as far as who asks may give and take them."""

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        """Read a person with their rights, which the page asks for more than once."""
        person = super().get_object(request, object_id, from_field)
        if person:
            prefetch_related_objects([person], "groups", with_kinds("user_permissions"))
        return person

    def rights_kept(self, request: HttpRequest, person: User | None) -> tuple[str, ...]:
        """Name the fields that stay as they are, whoever else edits this person."""
        editor = editor_of(request)
        if editor.is_superuser:
            return ()
        if person and person.pk == editor.pk:
            return ("user_type", "is_active", "is_staff", *RIGHTS)
        return RIGHTS[:1] if may_give_rights(editor) else RIGHTS

    def get_form(
        self, request: HttpRequest, obj: User | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form: Any = super().get_form(request, obj, change=change, **kwargs)  # type: ignore[misc]
        editor = editor_of(request)
        if obj and not editor.is_superuser:
            for name, own in (
                ("groups", editor.groups.all()),
                ("user_permissions", permissions_of(editor)),
            ):
                offer(form, name, own, [row.pk for row in getattr(obj, name).all()])
        return form

    def is_above(self, request: HttpRequest, row: Any) -> bool:
        return row.pk in ids_above(request)

    def user_change_password(
        self,
        request: HttpRequest,
        id: str,  # noqa: A002 - Django's own
        form_url: str = "",
    ) -> HttpResponse:
        with self.in_words(request, id, self.has_change_permission):
            page: HttpResponse = super().user_change_password(request, id, form_url)  # type: ignore[misc]
        return page

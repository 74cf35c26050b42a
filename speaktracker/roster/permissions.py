"""Ranks: who may edit whom, and give what. Nobody reaches rights that are not theirs.

Not through another's account, not by a group, and by no page, action or file of the admin: each
asks here. docs/decisions/ranks.md has the rule in words.
"""

from typing import Any

from django.contrib.auth.models import Group, Permission
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from speaktracker.roster.models import User

EDIT = "roster.change_user"
# Whoever may change groups decides about rights: of people, too, if they may edit people.
GIVE = "auth.change_group"


class Outranked(PermissionDenied):
    """What is asked for is about somebody who may do what the reader may not; the text says so."""

    SENTENCE = _(
        "This person may do what you may not, so only somebody who may do all of it can change "
        "this. Ask such a person, or a superuser."
    )
    OF_GROUP = _(
        "You may change no group that you are in, that gives rights you do not have, or that has "
        "a member who may do what you may not. Ask a superuser."
    )


def may_edit(editor: User, person: User) -> bool:
    """Tell whether `editor` may change `person`, the password and what sets one included."""
    may_edit_people = editor.is_active and editor.is_staff and editor.has_perm(EDIT)
    return may_edit_people and not people_above(editor).filter(pk=person.pk).exists()


def may_give_rights(editor: User) -> bool:
    """Tell whether `editor` may give others groups and permissions, of those they have."""
    return editor.has_perms((EDIT, GIVE))


def permissions_of(editor: User) -> QuerySet[Permission]:
    """Return what `editor` may do, perhaps twice: directly and by groups; of a superuser, all."""
    if editor.is_superuser:
        return Permission.objects.all()
    return Permission.objects.filter(Q(user=editor.pk) | Q(group__user=editor.pk)).order_by()


def people_above(editor: User) -> QuerySet[User]:
    """Return who has a right that `editor` has not, or would have it once active again."""
    return User.objects.filter(pk__in=ids_of_people_above(editor))


def ids_of_people_above(editor: User) -> QuerySet[Any, Any]:
    """Return the ids of `people_above`, each once, for another query to hold its people against."""
    superusers = User.objects.order_by()
    if editor.is_active and editor.is_superuser:
        return superusers.none().values("pk")
    more = _permissions_beyond(editor)
    # Each for itself, by an index: what ORs them reads everybody, and so does what joins people.
    by_themselves = User.user_permissions.through.objects.filter(permission__in=more)
    by_groups = User.groups.through.objects.filter(group__permissions__in=more)
    ids = (rows.order_by().values("user_id") for rows in (by_themselves, by_groups))
    return superusers.filter(is_superuser=True).values("pk").union(*ids)


def groups_above(editor: User) -> QuerySet[Group]:
    """Return the groups that `editor` may not change: what holds more, or anybody above, or them.

    Whoever could widen a group that they are in would widen what they may do themselves; whoever
    could narrow or delete one with somebody above in it would take rights from that person.
    """
    if editor.is_active and editor.is_superuser:
        return Group.objects.none()
    members = User.groups.through.objects.order_by()
    whose = Q(user=editor.pk) | Q(user__in=ids_of_people_above(editor))
    holds_more = Q(permissions__in=_permissions_beyond(editor))
    has_them = Q(pk__in=members.filter(whose).values("group_id"))
    return Group.objects.filter(
        pk__in=Group.objects.filter(holds_more | has_them).order_by().values("pk")
    )


def _permissions_beyond(editor: User) -> QuerySet[Permission, Any]:
    return Permission.objects.exclude(pk__in=permissions_of(editor).values("pk")).values("pk")

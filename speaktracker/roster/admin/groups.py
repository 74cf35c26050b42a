"""The admin page of groups: nobody widens one by what they have not, nor one that they are in."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin
from django.contrib.auth.models import Group
from django.db.models import prefetch_related_objects
from django.http import HttpRequest

from speaktracker.roster.admin.deletions import RowsToDelete
from speaktracker.roster.admin.ranks import RankedPages, editor_of, once
from speaktracker.roster.admin.rights_given import WHAT_RIGHTS_SHOW, offer, with_kinds
from speaktracker.roster.permissions import Outranked, groups_above, permissions_of

admin.site.unregister(Group)


@admin.register(Group)
class StaffGroupAdmin(RankedPages, GroupAdmin):
    """Groups of staff, and what each may do."""

    why_not = Outranked.OF_GROUP
    fieldsets = ((None, {"fields": ("name", "permissions"), "description": WHAT_RIGHTS_SHOW}),)

    def is_above(self, request: HttpRequest, row: Any) -> bool:
        return row.pk in once(request, "groups_above", groups_above)

    def get_form(
        self, request: HttpRequest, obj: Group | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form, editor = super().get_form(request, obj, change=change, **kwargs), editor_of(request)
        if not editor.is_superuser:
            offer(form, "permissions", permissions_of(editor))
        return form

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        group = super().get_object(request, object_id, from_field)
        if group:
            prefetch_related_objects([group], with_kinds("permissions"))
        return group

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Name the groups alone: what they give and who is in them has no words of its own."""
        meta, groups = self.opts, list(objs)
        kept = [group for group in groups if not self.has_delete_permission(request, group)]
        counts = {str(meta.verbose_name_plural): len(groups)}
        lacking = {str(meta.verbose_name)} if kept else set()
        return RowsToDelete([str(group) for group in groups], counts, lacking, [])

    def get_fieldsets(self, request: HttpRequest, obj: Group | None = None) -> Any:
        if obj and self.has_change_permission(request) and self.is_above(request, obj):
            return ((None, {"fields": ("name", "permissions"), "description": self.why_not}),)
        return super().get_fieldsets(request, obj)

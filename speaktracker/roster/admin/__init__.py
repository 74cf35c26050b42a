"""The admin of people and of who teaches whom."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from speaktracker.roster.admin.mappings import MappingAdmin
from speaktracker.roster.admin.people import PeopleAdmin

admin.site.site_header = admin.site.site_title = "SpeakTracker"
admin.site.index_title = _("Administration")

__all__ = ["MappingAdmin", "PeopleAdmin"]

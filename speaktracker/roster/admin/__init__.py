"""The admin of people, of their groups, and of who teaches whom."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from speaktracker.roster.admin.groups import StaffGroupAdmin
from speaktracker.roster.admin.mappings import MappingAdmin
from speaktracker.roster.admin.people import PeopleAdmin
from speaktracker.roster.admin.year_end_pages import YearEndAdmin
from speaktracker.roster.home.people_counts import PEOPLE_COUNTS
from speaktracker.roster.loans.admin import LoanAdmin
from speaktracker.staff_home.home_lines import add_to_home

add_to_home(*PEOPLE_COUNTS)
admin.site.index_title = _("Administration")

__all__ = ["LoanAdmin", "MappingAdmin", "PeopleAdmin", "StaffGroupAdmin", "YearEndAdmin"]

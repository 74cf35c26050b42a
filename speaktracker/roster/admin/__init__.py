"""The admin of people and of who teaches whom."""

from speaktracker.roster.admin.mappings import MappingAdmin
from speaktracker.roster.admin.people import PeopleAdmin

__all__ = ["MappingAdmin", "PeopleAdmin"]

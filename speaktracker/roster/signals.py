"""What the roster tells those above it, always after the commit and once per transaction."""

from django.dispatch import Signal

# student_ids: list[int], whose tutor was set, changed or removed.
mapping_changed = Signal()

# user_ids: list[int], who were deactivated, renamed, given another role, or deleted.
people_changed = Signal()

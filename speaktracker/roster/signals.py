"""What the roster tells those above it: after the commit and once per transaction, but for two."""

from django.dispatch import Signal

# student_ids: list[int], whose tutor was set, changed or removed.
mapping_changed = Signal()

# user_ids: list[int], who were deactivated, renamed, given another role, or deleted.
people_changed = Signal()

# user_ids: list[int], the substitutes of loans that were made, changed or ended.
loans_changed = Signal()

# people: list[NamedPerson], who are about to be deleted, or were before and are erased now. Sent
# inside the transaction that does it, once for all whom one deletion takes: whoever keeps something
# that names them deletes it then, or puts their pseudonyms.
people_going = Signal()

# groups: list[str], which nobody is in any more since an end of the year, which `year_end` is; sent
# inside the transaction. And those that have somebody again, since it was undone.
groups_left = Signal()
groups_returned = Signal()

# The people of the demo are there: whoever has something to be tried with adds it, once.
demo_seeded = Signal()

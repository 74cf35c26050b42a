"""The indexes of people: each serves a list that would read everybody without it."""

from django.db import models

PEOPLE_INDEXES = (
    models.Index(fields=("user_type", "email"), name="people_of_type"),
    # Those of one import joined in one moment.
    models.Index(fields=("date_joined", "email"), name="people_joined"),
    # The few that lists are filtered for, among all the others.
    models.Index(fields=("email",), condition=models.Q(is_staff=True), name="staff"),
    models.Index(fields=("email",), condition=models.Q(is_superuser=True), name="superusers"),
    models.Index(fields=("email",), condition=models.Q(is_active=False), name="inactive_people"),
    models.Index(
        fields=("email",),
        condition=models.Q(last_login__isnull=True),
        name="never_signed_in",
    ),
    # PostgreSQL finds what a text begins with only in such an index; the address has one.
    models.Index(fields=("name",), opclasses=("varchar_pattern_ops",), name="people_by_name"),
    # Whom nobody teaches is looked for among all of these: without the table, for a count.
    models.Index(
        fields=("id",),
        condition=models.Q(user_type="student", is_active=True),
        name="active_students",
    ),
)

"""The indexes of people: each serves a list that would read everybody without it."""

from django.db import connection, models
from django.db.models import BooleanField, F, Func, Q, Value

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


def contains(text: str) -> Q:
    """Select people whose address or name contains `text`, in whatever case.

    PostgreSQL looks, by the index `people_by_pieces`, at those alone who have each letter of it,
    and each two that are neighbours in it.
    """
    found = Q(email__icontains=text) | Q(name__icontains=text)
    if connection.vendor != "postgresql":
        return found
    pieces = Func(
        *(F("email"), F("name")),
        arg_joiner=" || E'\\n' || ",
        template="roster_pieces(UPPER(%(expressions)s))",
    )
    # In a subquery of its own it cannot be looked at beforehand. Where each piece is frequent,
    # PostgreSQL would go through everybody, the more slowly for having to take them all to pieces.
    asked = Func(Value(text), template="(SELECT roster_pieces(UPPER(%(expressions)s)))")
    has_pieces = Func(
        *(pieces, asked),
        arg_joiner=" @> ",
        template="%(expressions)s",
        output_field=BooleanField(),
    )
    return Q(has_pieces) & found

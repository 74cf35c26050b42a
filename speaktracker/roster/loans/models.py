"""A loan of students; whom it lends is looked up, since students come and go meanwhile."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from speaktracker.roster.fields import GROUP_WORD

# As `roster.models.UserType` has it, which imports this.
TUTORS = {"user_type": "tutor", "is_active": True}


class Extent(models.TextChoices):
    """Which of a tutor's students a loan is of."""

    ALL = "all", _("all students")
    GROUP = "group", _("one group")
    SOME = "some", _("some students")


class Loan(models.Model):
    """A tutor's students, lent to a substitute on the days from the first to the last.

    The days are the school's. It lends who is mapped to the tutor and within the extent on that
    very day; the mappings stay as they are.
    """

    tutor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="loans_given",
        limit_choices_to=TUTORS,
        db_index=False,  # it leads an index below, as the substitute does
        verbose_name=_("tutor"),
    )
    substitute = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="loans_taken",
        limit_choices_to=TUTORS,
        db_index=False,
        verbose_name=_("substitute"),
    )
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    extent = models.CharField(_("who is lent"), max_length=5, choices=Extent, default=Extent.ALL)
    group = models.CharField(
        GROUP_WORD, max_length=64, blank=True, default="", db_column="group_name"
    )
    chosen: Any = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        related_name="+",
        blank=True,
        limit_choices_to={"user_type": "student"},
        verbose_name=_("chosen students"),
    )
    # Set where somebody ended it before its last day was over.
    ended_at = models.DateTimeField(_("ended early"), null=True, editable=False)

    class Meta:
        verbose_name = _("loan of students")
        verbose_name_plural = _("loans of students")
        ordering = ("-last_day", "-id")
        constraints = (
            models.CheckConstraint(
                condition=~models.Q(tutor=models.F("substitute")), name="loan_to_somebody_else"
            ),
            models.CheckConstraint(
                condition=models.Q(last_day__gte=models.F("first_day")), name="loan_of_a_day"
            ),
            models.CheckConstraint(
                condition=models.Q(extent__in=Extent.values), name="loan_extent_known"
            ),
            models.CheckConstraint(
                condition=models.Q(extent=Extent.GROUP, group__gt="")
                | (~models.Q(extent=Extent.GROUP) & models.Q(group="")),
                name="loan_group_named",
            ),
        )
        indexes = (
            models.Index(fields=("substitute", "last_day"), name="loans_of_substitute"),
            models.Index(fields=("tutor", "last_day"), name="loans_of_tutor"),
            models.Index(fields=("-last_day", "-id"), name="newest_loans"),
        )

    def __str__(self) -> str:
        return f"{self.tutor.email} → {self.substitute.email} {self.first_day} – {self.last_day}"

    @classmethod
    def names(cls, user_id: int) -> bool:
        """Tell whether a loan is of this tutor or to them."""
        return cls.objects.filter(models.Q(tutor=user_id) | models.Q(substitute=user_id)).exists()

    def clean(self) -> None:
        if self.tutor_id and self.tutor_id == self.substitute_id:
            raise ValidationError({"substitute": _("Nobody is their own substitute.")})

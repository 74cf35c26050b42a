"""Ends of the year, and the students that each has set aside."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from speaktracker.clock import now
from speaktracker.roster.fields import GROUP_WORD


class YearEnd(models.Model):
    """One end of the year: of whom, by whom, and what became of it. It names no student."""

    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("ended by"),
    )
    made_at = models.DateTimeField(_("ended"), db_index=True)
    # Of one tutor, of one group, of both, or of everybody.
    tutor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("students of"),
    )
    group = models.CharField(
        GROUP_WORD, max_length=64, blank=True, default="", db_column="group_name"
    )
    students = models.IntegerField(_("students"))
    deletes = models.BooleanField(_("deletes the accounts"))
    # Until then it can be undone; from then on the accounts are deleted.
    due_at = models.DateTimeField(_("can be undone until"))
    undone_at = models.DateTimeField(_("undone"), null=True, default=None)
    finished_at = models.DateTimeField(_("finished"), null=True, default=None)
    erased = models.IntegerField(_("deleted accounts"), default=0)

    class Meta:
        verbose_name = _("end of the year")
        verbose_name_plural = _("ends of the year")
        ordering = ("-made_at", "-id")
        indexes = (
            models.Index(
                fields=("due_at",),
                condition=models.Q(undone_at=None, finished_at=None),
                name="year_ends_due",
            ),
        )

    def __str__(self) -> str:
        return f"{timezone.localtime(self.made_at):%Y-%m-%d %H:%M}"

    @property
    def is_open(self) -> bool:
        """Tell whether it can still be undone."""
        return self.undone_at is None and self.finished_at is None and now() < self.due_at


class ArchivedStudent(models.Model):
    """A student whom an end of the year switched off, with the mapping that was set aside."""

    student = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="archived",
        verbose_name=_("student"),
    )
    year_end = models.ForeignKey(YearEnd, on_delete=models.CASCADE, related_name="archived")
    was_active = models.BooleanField()
    tutor: Any = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("tutor"),
    )
    group = models.CharField(
        GROUP_WORD, max_length=64, blank=True, default="", db_column="group_name"
    )

    class Meta:
        verbose_name = _("archived student")
        verbose_name_plural = _("archived students")

    def __str__(self) -> str:
        return str(self.student_id)

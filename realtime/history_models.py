"""Stays in class and the changes of practice in them: what history is made of."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from speaktracker.roster.fields import GROUP_WORD


class LeaveReason(models.TextChoices):
    """Why a stay in class ended."""

    FINISHED = "finished", _("finished")
    DISCONNECTED = "disconnected", _("disconnected")


class ClassStay(models.Model):
    """One stay of a student in class, from the join to the leave; open while it lasts.

    `tutor` and `group` are those of the join. Sorted and purged by the key, which is about the
    order of time: an index of the time alone would be taken for those of a few students, too.
    """

    student = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="class_stays",
        db_index=False,  # it leads the constraint below
        verbose_name=_("student"),
    )
    tutor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        db_index=False,  # it leads an index below
        verbose_name=_("tutor"),
    )
    group = models.CharField(
        GROUP_WORD, max_length=64, default="", db_default="", db_column="group_name"
    )
    came_at = models.DateTimeField(_("came into class"))
    left_at = models.DateTimeField(_("left class"), null=True)
    reason = models.CharField(
        _("why it ended"), max_length=12, choices=LeaveReason, default="", db_default=""
    )

    class Meta:
        verbose_name = _("stay in class")
        verbose_name_plural = _("stays in class")
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(fields=("student", "came_at"), name="one_stay_at_a_time"),
        )
        indexes = (
            models.Index(
                fields=("student",), condition=models.Q(left_at__isnull=True), name="open_stays"
            ),
            models.Index(fields=("tutor", "-id"), name="stays_of_tutor"),
            models.Index(fields=("group", "came_at"), name="stays_of_group"),
        )

    def __str__(self) -> str:
        return f"{self.student_id} · {timezone.localtime(self.came_at):%Y-%m-%d %H:%M}"


class PracticeChange(models.Model):
    """What a student did from `at` on: another status, session or sentence than just before.

    Purged by the key, as stays are.
    """

    student = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,  # it leads the constraint below
        verbose_name=_("student"),
    )
    at = models.DateTimeField(_("since"))
    # The report's own: one that is written again, after an outage, is the same row.
    version = models.BigIntegerField()
    status = models.CharField(_("status"), max_length=8)
    session_id = models.CharField(_("session"), max_length=128, default="", db_default="")
    current_sentence = models.TextField(_("sentence"), default="", db_default="")
    progress = models.FloatField(_("progress"), default=0, db_default=0)
    skipped = models.PositiveIntegerField(_("skipped sentences"), default=0, db_default=0)
    # None where the client does not say.
    done = models.PositiveIntegerField(_("done sentences"), null=True)

    class Meta:
        verbose_name = _("change of practice")
        verbose_name_plural = _("changes of practice")
        constraints = (
            models.UniqueConstraint(fields=("student", "at", "version"), name="changes_in_order"),
        )

    def __str__(self) -> str:
        return f"{self.student_id} {self.status} since {self.at}"

"""Sentence lists, their sentences, and whom they are given to."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from realtime.protocol.wire_limits import LIST_TITLE_LENGTH, PRACTISED_LENGTH, URL_LENGTH
from realtime.sentences.sentence_rules import (
    address_error,
    language_error,
    without_line_breaks,
)
from speaktracker.clock import now
from speaktracker.roster.fields import GROUP_WORD


class PractisedLanguage(models.TextChoices):
    """What is practised; its translations are in the other one."""

    ENGLISH = "en", _("English")
    KOREAN = "ko", _("Korean")


class GivenTo(models.TextChoices):
    """Whom a list may be given to."""

    EVERYONE = "everyone", _("everyone")
    GROUP = "group", _("a group")
    STUDENT = "student", _("one student")


def school_day() -> Any:
    """Return today's date at the school."""
    return timezone.localdate(now())


class SentenceList(models.Model):
    """Sentences that belong together, as a student sees them: by a title, in an order."""

    title = models.CharField(
        _("title"),
        max_length=LIST_TITLE_LENGTH,
        unique=True,
        error_messages={"unique": _("There is a list of this title already.")},
        help_text=_("In words that students understand: they choose by it."),
    )
    language = models.CharField(
        _("language of the sentences"),
        max_length=2,
        choices=PractisedLanguage,
        default=PractisedLanguage.ENGLISH,
        help_text=_("What is practised. The translations are in the other language."),
    )
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("sentence list")
        verbose_name_plural = _("sentence lists")
        ordering = ("title",)

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        self.title = without_line_breaks(self.title)


class Sentence(models.Model):
    """One sentence to practise, and where its recording is."""

    sentence_list = models.ForeignKey(
        SentenceList,
        on_delete=models.CASCADE,
        related_name="sentences",
        db_index=False,  # it leads the index below
        verbose_name=_("sentence list"),
    )
    position = models.PositiveIntegerField(_("order"), default=0, blank=True)
    text = models.CharField(_("sentence"), max_length=PRACTISED_LENGTH)
    translation = models.CharField(_("translation"), max_length=PRACTISED_LENGTH)
    audio_url = models.CharField(
        _("address of the recording"), max_length=URL_LENGTH, blank=True, default="", db_default=""
    )

    class Meta:
        verbose_name = _("sentence")
        verbose_name_plural = _("sentences")
        ordering = ("position", "pk")
        indexes = (
            models.Index(fields=("sentence_list", "position", "id"), name="sentences_in_order"),
        )

    def __str__(self) -> str:
        return self.text

    def clean(self) -> None:
        """Write the texts as they are stored; raise ValidationError by field."""
        for name in ("text", "translation", "audio_url"):
            setattr(self, name, without_line_breaks(getattr(self, name)))
        found = {
            "text": self.text and language_error(self.text, self.sentence_list.language),
            "audio_url": address_error(self.audio_url),
        }
        wrong = {name: error for name, error in found.items() if error}
        if wrong:
            raise ValidationError(wrong)


class SentenceAssignment(models.Model):
    """A list is given to everyone, a group or one student, from a day on, at the school's time."""

    sentence_list = models.ForeignKey(
        SentenceList,
        on_delete=models.CASCADE,
        related_name="assignments",
        db_index=False,  # it leads an index below
        verbose_name=_("sentence list"),
    )
    given_to = models.CharField(
        _("given to"), max_length=8, choices=GivenTo, default=GivenTo.EVERYONE
    )
    # As a mapping has it, whoever is in it on the day; `group` is a word of SQL.
    group = models.CharField(
        GROUP_WORD, max_length=64, blank=True, default="", db_default="", db_column="group_name"
    )
    student = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="sentence_assignments",
        null=True,
        blank=True,
        limit_choices_to={"user_type": "student"},
        verbose_name=_("student"),
    )
    first_day = models.DateField(_("from"), default=school_day)
    last_day = models.DateField(
        _("until"), null=True, blank=True, help_text=_("This day included; empty: no end.")
    )

    # With this it ended before its time, whatever the days say; undone, it has its last day again.
    year_end = models.ForeignKey(
        "roster.YearEnd",
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("end of the year"),
    )
    last_day_before = models.DateField(null=True, editable=False)

    class Meta:
        verbose_name = _("given sentence list")
        verbose_name_plural = _("given sentence lists")
        ordering = ("-first_day", "-id")
        indexes = (
            # Those of no student: a student's own are found by the student.
            models.Index(
                fields=("group",), condition=Q(student__isnull=True), name="lists_of_groups"
            ),
            models.Index(
                fields=("last_day",), condition=Q(last_day__isnull=False), name="ended_assignments"
            ),
            models.Index(fields=("-first_day", "-id"), name="newest_assignments"),
            models.Index(
                fields=("sentence_list", "given_to", "group", "last_day"),
                name="assignments_of_list",
            ),
        )
        constraints = (
            models.CheckConstraint(
                name="given_to_whom_it_says",
                condition=Q(given_to="everyone", group="", student__isnull=True)
                | (Q(given_to="group", student__isnull=True) & ~Q(group=""))
                | Q(given_to="student", group="", student__isnull=False),
            ),
            models.CheckConstraint(
                name="given_forwards",
                condition=Q(last_day__isnull=True) | Q(last_day__gte=models.F("first_day")),
            ),
        )

    def __str__(self) -> str:
        return f"{self.sentence_list} → {self.whom()}"

    def whom(self) -> str:
        """Say in words whom it is given to."""
        if self.given_to == GivenTo.STUDENT:
            return str(self.student)
        if self.given_to == GivenTo.GROUP:
            return str(_("group %s") % self.group)
        return str(GivenTo.EVERYONE.label)

    def clean(self) -> None:
        """Keep of group and student what is meant; raise ValidationError by field.

        What had ended with a year is as its days say from now on.
        """
        self.year_end = self.last_day_before = None
        self.group = without_line_breaks(self.group) if self.given_to == GivenTo.GROUP else ""
        if self.given_to != GivenTo.STUDENT:
            self.student = None
        wrong: dict[str, Any] = {}
        if self.given_to == GivenTo.GROUP and not self.group:
            wrong["group"] = _("Which group?")
        if self.given_to == GivenTo.STUDENT and not self.student_id:
            wrong["student"] = _("Which student?")
        if self.first_day and self.last_day and self.last_day < self.first_day:
            wrong["last_day"] = _("It would end before it begins.")
        if wrong:
            raise ValidationError(wrong)

"""Quick replies: texts with placeholders for the student's name and sentence."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from realtime.protocol.wire_limits import QUICK_REPLY_LENGTH

PLACEHOLDERS = _("{name} is the student's name, {sentence} the sentence they practise.")


class OwnQuickReply(models.Model):
    """A text that a tutor keeps for themselves."""

    tutor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="quick_replies",
        db_index=False,  # it leads the constraint below
        verbose_name=_("tutor"),
    )
    text = models.CharField(_("text"), max_length=QUICK_REPLY_LENGTH)

    class Meta:
        verbose_name = _("tutor's quick reply")
        verbose_name_plural = _("tutors' quick replies")
        ordering = ("pk",)
        constraints = (models.UniqueConstraint(fields=("tutor", "text"), name="quick_reply_once"),)

    def __str__(self) -> str:
        return self.text


class SchoolQuickReply(models.Model):
    """A text that the school offers to all of its tutors, in both languages."""

    text_ko = models.CharField(
        _("Korean text"), max_length=QUICK_REPLY_LENGTH, help_text=PLACEHOLDERS
    )
    text_en = models.CharField(
        _("English text"), max_length=QUICK_REPLY_LENGTH, help_text=PLACEHOLDERS
    )
    position = models.PositiveSmallIntegerField(
        _("position"), default=0, help_text=_("Smaller numbers come first.")
    )

    class Meta:
        verbose_name = _("school's quick reply")
        verbose_name_plural = _("school's quick replies")
        ordering = ("position", "pk")

    def __str__(self) -> str:
        return self.text_ko

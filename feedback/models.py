"""Feedback from a tutor to a student, and how far it has come."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    """How far feedback has come; it only moves down this list."""

    QUEUED = "queued", _("queued")
    DELIVERED = "delivered", _("delivered")
    SEEN = "seen", _("seen")
    PLAYED = "played", _("played")


class Feedback(models.Model):
    """One message; `sequence` numbers a student's feedback from 1 without gaps."""

    message_id = models.UUIDField(_("message"), unique=True)
    student = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="feedback_received",
        verbose_name=_("student"),
    )
    tutor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="feedback_given",
        verbose_name=_("tutor"),
    )
    student_email = models.EmailField(_("student's address"))
    tutor_email = models.EmailField(_("tutor's address"))
    session_id = models.CharField(_("session"), max_length=128)
    message = models.TextField(_("message"))
    message_type = models.CharField(_("type"), max_length=4)
    audio_url = models.URLField(_("audio"), max_length=2000, null=True)
    speak = models.BooleanField(_("read aloud"), default=False)
    timestamp = models.DateTimeField(_("given"))
    # What the sender's clock said: recorded as given, never used for order.
    client_timestamp = models.CharField(max_length=64, null=True)
    expires_at = models.DateTimeField(_("expires"), db_index=True)
    sequence = models.BigIntegerField()
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.QUEUED)
    # Set when a connection confirmed that it wrote the frame, and when the client acknowledged it.
    written_at = models.DateTimeField(_("delivered"), null=True)
    acknowledged_at = models.DateTimeField(_("acknowledged"), null=True)
    # The sender's key within 24 h, what it was used for, and the first answer.
    idempotency_key = models.CharField(max_length=128, null=True)
    request_digest = models.CharField(max_length=64, default="")
    outcome = models.CharField(max_length=9, null=True)
    outcome_connections = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("feedback")
        verbose_name_plural = _("feedback")
        ordering = ("-timestamp", "-id")
        constraints = (
            models.UniqueConstraint(fields=("student", "sequence"), name="feedback_in_order"),
            models.UniqueConstraint(
                fields=("tutor", "student", "session_id", "timestamp"), name="feedback_key"
            ),
            models.UniqueConstraint(
                fields=("tutor", "idempotency_key"),
                condition=models.Q(idempotency_key__isnull=False),
                name="feedback_idempotency",
            ),
        )
        indexes = (
            models.Index(
                fields=("student", "sequence"),
                condition=models.Q(written_at__isnull=True),
                name="undelivered_feedback",
            ),
            models.Index(fields=("tutor", "-timestamp"), name="feedback_of_tutor"),
            models.Index(fields=("student", "-timestamp"), name="feedback_of_student"),
        )

    def __str__(self) -> str:
        return f"{self.tutor_email} → {self.student_email} {self.message_id}"

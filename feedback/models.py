"""Feedback from a tutor to a student, and how far it has come."""

from typing import Any, ClassVar, Self, cast

from django.conf import settings
from django.db import models
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from feedback.quick_replies.models import OwnQuickReply, SchoolQuickReply
from speaktracker.field_encryption.ciphertext import Identity
from speaktracker.field_encryption.encrypted_text import EncryptedTextField, KeyNameField

__all__ = ["Feedback", "OwnQuickReply", "SchoolQuickReply", "State"]


class State(models.TextChoices):
    """How far feedback has come; it only moves down this list."""

    QUEUED = "queued", _("queued")
    DELIVERED = "delivered", _("delivered")
    SEEN = "seen", _("seen")
    PLAYED = "played", _("played")


class MessageKind(models.TextChoices):
    """How feedback comes to the student, in the words on the wire and those that people read."""

    TEXT = "text", _("text message")
    TTS = "tts", _("recorded speech")


class FeedbackQuerySet(models.QuerySet["Feedback"]):
    """Feedback, if wanted with what stands elsewhere."""

    def with_names(self) -> Self:
        """Read the names of who gave it too, as frames show them: `from_name`."""
        return self.annotate(from_name=Coalesce("tutor__name", models.Value("")))

    def with_whom_it_was_for(self) -> Self:
        """Read whose student a substitute's was given to, as lists show it: `for_tutor_email`."""
        return self.annotate(for_tutor_email=models.F("for_tutor__email"))


class Feedback(models.Model):
    """One message; `sequence` numbers a student's feedback from 1 without gaps."""

    message_id = models.UUIDField(_("message"), unique=True)
    student = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="feedback_received",
        db_index=False,  # it leads an index below, as the tutor does
        verbose_name=_("student"),
    )
    # None once the tutor was erased; then `tutor_email` is the pseudonym, and students read on.
    tutor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="feedback_given",
        db_index=False,
        verbose_name=_("tutor"),
    )
    # Whose student it was given to, where a substitute gave it.
    for_tutor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("in place of"),
    )
    student_email = models.EmailField(_("student's address"))
    tutor_email = models.EmailField(_("tutor's address"))
    session_id = models.CharField(_("session"), max_length=128)
    message = EncryptedTextField(_("message"))
    message_type = models.CharField(_("type"), max_length=4, choices=MessageKind)
    audio_url = EncryptedTextField(_("audio"), null=True)
    field_key = KeyNameField(_("key"), max_length=48, default="", db_default="", editable=False)
    speak = models.BooleanField(_("read aloud"), default=False)
    timestamp = models.DateTimeField(_("given"))
    # What the sender's clock said: recorded as given, never used for order.
    client_timestamp = models.CharField(_("time by the tutor's clock"), max_length=64, null=True)
    expires_at = models.DateTimeField(_("expires"), db_index=True)
    sequence = models.BigIntegerField(_("number"))
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.QUEUED)
    # Set when a connection confirmed that it wrote the frame, and when the client acknowledged it.
    written_at = models.DateTimeField(_("delivered"), null=True)
    acknowledged_at = models.DateTimeField(_("acknowledged"), null=True)
    # The sender's key, which counts for 24 h, and the first answer.
    idempotency_key = models.CharField(_("key of the call"), max_length=128, null=True)
    # Empty: what a key was used for is compared with the row. Releases before this one read it.
    request_digest = models.CharField(_("digest of the call"), max_length=64, default="")
    outcome = models.CharField(_("first outcome"), max_length=9, null=True)
    outcome_connections = models.PositiveIntegerField(_("connections that confirmed"), default=0)

    objects: ClassVar[FeedbackQuerySet] = cast(Any, FeedbackQuerySet.as_manager())
    # The tutor's name where it was read too: `FeedbackQuerySet.with_names`.
    from_name: str = ""
    # Whose student it was given to, where that was read too and a substitute gave it.
    for_tutor_email: str | None = None

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
            models.Index(
                fields=("for_tutor", "-timestamp"),
                condition=models.Q(for_tutor__isnull=False),
                name="feedback_of_substitutes",
            ),
            models.Index(fields=("tutor", "student", "-timestamp"), name="feedback_of_pair"),
            models.Index(
                fields=("student", "sequence"),
                condition=models.Q(acknowledged_at__isnull=True),
                name="unacknowledged_feedback",
            ),
            # The mirror's key: what it reads names addresses, and people may be gone. The session
            # leads, which a tutor may ask for alone.
            models.Index(
                fields=("session_id", "student_email", "timestamp"), name="feedback_mirror_key"
            ),
            # None of the time alone: the lists of tutors would be taken for a piece of it, and
            # walk it to the end. `expires_at` has one, and is the time and FEEDBACK_LIFETIME.
            models.Index(fields=("state", "-expires_at", "-id"), name="feedback_by_state"),
            models.Index(fields=("field_key", "id"), name="feedback_by_field_key"),
        )

    def __str__(self) -> str:
        return f"{self.tutor_email} → {self.student_email} {self.message_id}"

    def text_identity(self, field: str) -> Identity:
        """Bind a text to its message and its student; tutors may go, and the text stays."""
        return Identity(
            f"feedback.{field}", str(self.message_id), str(self.student_id), self.student_email
        )

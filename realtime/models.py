"""Who is connected to which process, who is in class, and what was practised."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class ServerLease(models.Model):
    """A server process that is alive; its connections count only while the lease is fresh."""

    boot_id = models.CharField(max_length=32, primary_key=True)
    host = models.CharField(_("host"), max_length=255)
    pid = models.PositiveIntegerField(_("process"))
    process_started = models.BigIntegerField()
    renewed_at = models.DateTimeField(_("renewed"), db_index=True)

    class Meta:
        verbose_name = _("server process")
        verbose_name_plural = _("server processes")

    def __str__(self) -> str:
        return f"{self.host}:{self.pid}"


class Connection(models.Model):
    """One open socket."""

    connection_id = models.CharField(_("connection"), max_length=16, primary_key=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="connections",
        verbose_name=_("user"),
    )
    user_email = models.EmailField(_("e-mail address"))
    user_type = models.CharField(_("user type"), max_length=7)
    tutor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="student_connections",
        verbose_name=_("tutor"),
    )
    tutor_email = models.EmailField(_("tutor's address"), null=True)
    server = models.ForeignKey(
        ServerLease,
        on_delete=models.RESTRICT,
        related_name="connections",
        verbose_name=_("server process"),
    )
    # Where the process that holds the socket hears what is sent to this connection alone.
    channel = models.CharField(max_length=100)
    connected_at = models.DateTimeField(_("connected"))
    expires_at = models.DateTimeField(_("expires"), db_index=True)

    class Meta:
        verbose_name = _("live connection")
        verbose_name_plural = _("live connections")
        ordering = ("-connected_at",)

    def __str__(self) -> str:
        return f"{self.user_email} {self.connection_id}"


class Presence(models.Model):
    """Whether a student is in class, and their latest status.

    Locked by every transition that could change `in_class` or give out the next feedback number.
    `online` includes the grace of a reload; while it lasts, the latest status is remembered.
    """

    student = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="presence",
        verbose_name=_("student"),
    )
    tutor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("tutor"),
    )
    online = models.BooleanField(_("online"), default=False)
    in_class = models.BooleanField(_("in class"), default=False)
    leave_due_at = models.DateTimeField(null=True, db_index=True)
    status = models.CharField(_("status"), max_length=8, null=True)
    session_id = models.CharField(_("session"), max_length=128, null=True)
    current_sentence = models.TextField(_("sentence"), default="")
    progress = models.FloatField(_("progress"), default=0)
    last_update = models.DateTimeField(_("last update"), null=True)
    version = models.BigIntegerField(default=0)
    feedback_sequence = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("presence")
        verbose_name_plural = _("presence")

    def __str__(self) -> str:
        return f"{self.student_id} {'in' if self.in_class else 'not in'} class"


class PracticeSession(models.Model):
    """What a student practised in one session."""

    student = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="practice_sessions",
        verbose_name=_("student"),
    )
    session_id = models.CharField(_("session"), max_length=128)
    student_email = models.EmailField(_("e-mail address"))
    tutor_email = models.EmailField(_("tutor's address"))
    status = models.CharField(_("status"), max_length=8)
    current_sentence = models.TextField(_("sentence"), default="")
    progress = models.FloatField(_("progress"), default=0)
    started_at = models.DateTimeField(_("started"))
    last_update = models.DateTimeField(_("last update"))
    ended_at = models.DateTimeField(_("ended"), null=True)
    # What the student's clock said last: recorded as given, never used for order.
    client_timestamp = models.CharField(max_length=64, null=True)
    version = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("practice session")
        verbose_name_plural = _("practice sessions")
        ordering = ("-last_update",)
        constraints = (
            models.UniqueConstraint(fields=("student", "session_id"), name="one_row_per_session"),
        )
        indexes = (
            models.Index(
                fields=("student",),
                condition=models.Q(ended_at__isnull=True),
                name="open_practice_sessions",
            ),
        )

    def __str__(self) -> str:
        return f"{self.student_email} {self.session_id}"

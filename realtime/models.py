"""Who is connected to which process, who is in class, and what was practised."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from realtime.history_models import ClassStay, PracticeChange
from realtime.sentences.models import Sentence, SentenceAssignment, SentenceList
from speaktracker.roster.fields import GROUP_WORD
from speaktracker.roster.models import UserType

__all__ = [
    "ClassStay",
    "Connection",
    "Cooldown",
    "PracticeChange",
    "PracticeSession",
    "Presence",
    "Sentence",
    "SentenceAssignment",
    "SentenceList",
    "ServerLease",
]


class PracticeStatus(models.TextChoices):
    """The words on the wire for what a student is doing, and those that people read."""

    STUDYING = "studying", _("Practising")
    IDLE = "idle", _("Idle")
    PAUSED = "paused", _("Paused")
    FINISHED = "finished", _("Finished")


class HelpWord(models.TextChoices):
    """The words on the wire for what has become of a question, and those that people read."""

    ASKED = "asked", _("waits for help")
    SEEN = "seen", _("seen, still waits")
    ANSWERED = "answered", _("answered")
    WITHDRAWN = "withdrawn", _("withdrawn")


class ServerLease(models.Model):
    """A server process that is alive; its connections count only while the lease is fresh."""

    boot_id = models.CharField(_("start number"), max_length=32, primary_key=True)
    host = models.CharField(_("host"), max_length=255)
    pid = models.PositiveIntegerField(_("process"))
    process_started = models.BigIntegerField(_("started"))
    renewed_at = models.DateTimeField(_("renewed"), db_index=True)
    # Of what it signs with and what it believes; a release before this one leaves it empty.
    key_fingerprints = models.CharField(max_length=255, default="", db_default="", editable=False)

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
    user_type = models.CharField(_("user type"), max_length=7, choices=UserType)
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
    # What the socket was opened with; one that stays below the user's own may not stand any longer.
    credentials_version = models.BigIntegerField(
        _("version of the credentials"), db_default=0, default=0
    )
    # Where the process that holds the socket hears what is sent to this connection alone.
    channel = models.CharField(_("channel"), max_length=100)
    connected_at = models.DateTimeField(_("connected"))
    expires_at = models.DateTimeField(_("expires"), db_index=True)

    class Meta:
        verbose_name = _("live connection")
        verbose_name_plural = _("live connections")
        ordering = ("-connected_at",)

    def __str__(self) -> str:
        return f"{self.user_email} {self.connection_id}"


class Cooldown(models.Model):
    """Until when a user is not let in, who was closed for too many messages."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="+",
        verbose_name=_("user"),
    )
    until = models.DateTimeField(_("until"), db_index=True)

    class Meta:
        verbose_name = _("pause after too many messages")
        verbose_name_plural = _("pauses after too many messages")

    def __str__(self) -> str:
        return f"{self.user_id} until {self.until}"


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
    # When the last connection went, while a leave is due.
    disconnected_at = models.DateTimeField(_("disconnected"), null=True)
    leave_due_at = models.DateTimeField(_("leaves at"), null=True, db_index=True)
    status = models.CharField(_("status"), max_length=8, null=True, choices=PracticeStatus)
    session_id = models.CharField(_("session"), max_length=128, null=True)
    current_sentence = models.TextField(_("sentence"), default="")
    progress = models.FloatField(_("progress"), default=0)
    last_update = models.DateTimeField(_("last update"), null=True)
    skipped = models.PositiveIntegerField(_("skipped sentences"), default=0, db_default=0)
    version = models.BigIntegerField(_("version"), default=0)
    practice_version = models.BigIntegerField(_("version of the practice"), default=0, db_default=0)
    # Since when the status, and the progress or sentence, stand.
    status_since = models.DateTimeField(_("status since"), null=True)
    progress_since = models.DateTimeField(_("progress since"), null=True)
    # What dashboards show beside the practice; `group` is the mapping's, as it was shown last.
    circumstances_version = models.BigIntegerField(
        _("version of the circumstances"), default=0, db_default=0
    )
    came_at = models.DateTimeField(_("came into class"), null=True)
    group = models.CharField(
        GROUP_WORD, max_length=64, default="", db_default="", db_column="group_name"
    )
    # The question of this stay in class: `asked`, `seen`, `answered`, `withdrawn`, or none.
    help_state = models.CharField(
        _("help"), max_length=9, default="", db_default="", choices=HelpWord
    )
    help_at = models.DateTimeField(_("help changed"), null=True)
    help_asked_at = models.DateTimeField(_("asked for help"), null=True)
    help_note = models.CharField(_("note"), max_length=200, default="", db_default="")
    help_seen_at = models.DateTimeField(_("seen by the tutor at"), null=True)
    feedback_sequence = models.BigIntegerField(_("number of the last feedback"), default=0)

    class Meta:
        verbose_name = _("presence")
        verbose_name_plural = _("presence")
        indexes = (
            # The few who are here, among all who ever were.
            models.Index(
                fields=("student",), condition=models.Q(online=True), name="online_students"
            ),
            models.Index(
                fields=("student",), condition=models.Q(in_class=True), name="students_in_class"
            ),
        )

    def __str__(self) -> str:
        # Of many at once nobody looks their students up.
        student = self._state.fields_cache.get("student")
        return str(_("Presence of %s")) % (student or self.student_id)


class PracticeSession(models.Model):
    """What a student practised in one session."""

    student = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="practice_sessions",
        db_index=False,  # it leads the constraint below
        verbose_name=_("student"),
    )
    session_id = models.CharField(_("session"), max_length=128)
    student_email = models.EmailField(_("e-mail address"))
    tutor_email = models.EmailField(_("tutor's address"))
    status = models.CharField(_("status"), max_length=8, choices=PracticeStatus)
    current_sentence = models.TextField(_("sentence"), default="")
    progress = models.FloatField(_("progress"), default=0)
    started_at = models.DateTimeField(_("started"))
    last_update = models.DateTimeField(_("last update"))
    skipped = models.PositiveIntegerField(_("skipped sentences"), default=0, db_default=0)
    # None where the client does not say.
    done = models.PositiveIntegerField(_("done sentences"), null=True)
    ended_at = models.DateTimeField(_("ended"), null=True)
    # What the student's clock said last: recorded as given, never used for order.
    client_timestamp = models.CharField(_("time by the student's clock"), max_length=64, null=True)
    version = models.BigIntegerField(_("version"), default=0)

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
            # The mirror's key: what it reads names addresses, and people may be gone.
            models.Index(
                fields=("student_email", "session_id"), name="practice_session_mirror_key"
            ),
            models.Index(fields=("-last_update", "-id"), name="latest_practice_sessions"),
            # A tutor who is erased is named by a pseudonym from then on.
            models.Index(fields=("tutor_email",), name="practice_sessions_of_tutor"),
        )

    def __str__(self) -> str:
        return f"{self.student_email} {self.session_id}"

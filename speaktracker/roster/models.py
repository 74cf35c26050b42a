"""People, and who teaches whom."""

from typing import Any, ClassVar

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import hashers
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models, transaction
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from speaktracker.guard.services import guarded
from speaktracker.roster.address_field import AddressField
from speaktracker.roster.change_log.log_triggers import CREDENTIALS
from speaktracker.roster.change_log.models import RosterChange
from speaktracker.roster.fields import GROUP_WORD, RaisedNumber
from speaktracker.roster.loans.models import Loan
from speaktracker.roster.people_indexes import PEOPLE_INDEXES
from speaktracker.roster.querysets import MappingQuerySet, PeopleQuerySet
from speaktracker.roster.references import has_records
from speaktracker.roster.year_end.models import ArchivedStudent, YearEnd
from speaktracker.text import EMAIL_LENGTH, is_storable, normal_email

__all__ = ["ArchivedStudent", "Loan", "RosterChange", "TutorStudent", "User", "UserType", "YearEnd"]


class UserType(models.TextChoices):
    STUDENT = "student", _("student")
    TUTOR = "tutor", _("tutor")


class People(BaseUserManager["User"]):
    """Makes and finds users by e-mail address, whatever its case."""

    def get_queryset(self) -> PeopleQuerySet:
        return PeopleQuerySet(self.model, using=self._db)

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Make a user who can sign in with `password`, or not at all without one."""
        user = self.model(email=normal_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Make a member of staff who may do everything."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=normal_email(username or ""))


class User(AbstractBaseUser, PermissionsMixin):
    """A student, a tutor or a member of staff; the e-mail address is the public identity."""

    email = AddressField(
        _("e-mail address"),
        max_length=EMAIL_LENGTH,
        unique=True,
        # `#` separates the parts of a key in the mirror's tables.
        validators=[RegexValidator("#", _("An address must not contain #."), inverse_match=True)],
        error_messages={"unique": _("Somebody has this address already.")},
    )
    name = models.CharField(_("name"), max_length=100, blank=True)
    user_type = models.CharField(
        _("user type"), max_length=7, choices=UserType, null=True, blank=True, default=None
    )
    language = models.CharField(
        _("language"),
        max_length=2,
        choices=settings.LANGUAGES,
        blank=True,
        default="",
        db_default="",
        help_text=_("Of letters, codes and pages. Left empty, as the browser says."),
    )
    is_staff = models.BooleanField(_("staff"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    date_joined = models.DateTimeField(_("joined"), default=timezone.now)
    # Whatever was made from this person's credentials names the version it was made at, and ends
    # when the number grows: tokens, tickets, live sockets.
    credentials_version = RaisedNumber(
        _("version of the credentials"), db_default=0, default=0, editable=False
    )
    # When that number last grew; triggers keep both, whatever path a change takes.
    credentials_changed_at = models.DateTimeField(
        _("credentials changed"), null=True, default=None, editable=False
    )

    objects: ClassVar[People] = People()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering = ("email",)
        indexes = PEOPLE_INDEXES
        constraints = (
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")),
                name="user_email_lower_case",
            ),
            models.CheckConstraint(
                condition=~models.Q(email__contains="#"), name="user_email_without_hash"
            ),
            models.CheckConstraint(
                condition=models.Q(user_type__isnull=True)
                | models.Q(user_type__in=UserType.values),
                name="user_type_known",
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>" if self.name else self.email

    def clean(self) -> None:
        self.email = normal_email(self.email)
        self.user_type = self.user_type or None
        before = User.objects.filter(pk=self.pk).values("email", "user_type").first()
        wrong: dict[str, Any] = {}
        if before and before["email"] != self.email and self.has_records():
            wrong["email"] = _("Records refer to this person: the address stays as it is.")
        if before and before["user_type"] != self.user_type and self.type_is_fixed():
            wrong["user_type"] = _("Records refer to this person: the type stays as it is.")
        if wrong:
            raise ValidationError(wrong)

    @transaction.atomic(
        savepoint=False
    )  # so that the save and what its receivers write commit together
    def save(self, *args: Any, **kwargs: Any) -> None:
        self.email = normal_email(self.email)
        is_new, saved = self._state.adding, kwargs.get("update_fields")
        super().save(*args, **kwargs)
        # Triggers may have raised it: who is given a session or a token next needs the number.
        if not is_new and (saved is None or not {*CREDENTIALS}.isdisjoint(saved)):
            self.refresh_from_db(fields=["credentials_version", "credentials_changed_at"])

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        # Every session ends with the version it was made at, as with the password. The number 0
        # adds nothing, so that sessions from before there were versions last.
        version = f".{self.credentials_version}" if self.credentials_version else ""
        salt = "django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash"
        made_from = f"{self.password}{version}"
        return salted_hmac(salt, made_from, secret=secret, algorithm="sha256").hexdigest()

    def check_password(self, raw_password: str | None) -> bool:
        """Compare under the guard, whoever asks; raises TryRefused. A stale hash is renewed."""
        stale: list[str] = []
        comparable = raw_password if is_storable(raw_password or "") else ""
        with guarded(self.email, self.pk) as trying:
            is_right = hashers.check_password(comparable, self.password, stale.append)
            is_right = is_right and comparable == raw_password
            if is_right and self.is_active:
                trying.succeed()
        if is_right and stale:
            self.set_password(raw_password)
            self._password = None  # a renewed hash is no changed password
            self.save(update_fields=["password"])
        return is_right

    async def acheck_password(self, raw_password: str | None) -> bool:
        return await sync_to_async(self.check_password)(raw_password)

    def has_records(self) -> bool:
        """Tell whether records name this person; the address is read-only then."""
        return self.pk is not None and has_records(self.pk)

    def type_is_fixed(self) -> bool:
        """Tell whether records or a mapping name this person; the type is read-only then."""
        mapped = models.Q(student=self.pk) | models.Q(tutor=self.pk)
        is_named = TutorStudent.objects.filter(mapped).exists() or Loan.names(self.pk)
        return is_named or self.has_records()


class TutorStudent(models.Model):
    """The one tutor responsible for a student; triggers refuse wrong types in the database too."""

    student = models.OneToOneField(
        User,
        on_delete=models.CASCADE,
        related_name="mapping",
        limit_choices_to={"user_type": UserType.STUDENT},
        verbose_name=_("student"),
    )
    tutor = models.ForeignKey(
        User,
        on_delete=models.CASCADE,
        related_name="mappings",
        limit_choices_to={"user_type": UserType.TUTOR, "is_active": True},
        verbose_name=_("tutor"),
    )
    # Such as a class or an hour; `group` is a word of SQL.
    group = models.CharField(
        GROUP_WORD, max_length=64, blank=True, default="", db_default="", db_column="group_name"
    )
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    objects: ClassVar[models.Manager["TutorStudent"]] = MappingQuerySet.as_manager()

    class Meta:
        verbose_name = _("tutor-student mapping")
        verbose_name_plural = _("tutor-student mappings")
        ordering = ("tutor__email", "student__email")
        indexes = (
            models.Index(fields=("-changed_at", "-id"), name="newest_mappings"),
            models.Index(fields=("group", "-changed_at", "-id"), name="mappings_of_group"),
        )

    def __str__(self) -> str:
        return f"{self.tutor.email} → {self.student.email}"

    def clean(self) -> None:
        wrong: dict[str, Any] = {}
        if self.student_id and self.student.user_type != UserType.STUDENT:
            wrong["student"] = _("This person is not a student.")
        if self.tutor_id and self.tutor.user_type != UserType.TUTOR:
            wrong["tutor"] = _("This person is not a tutor.")
        if wrong:
            raise ValidationError(wrong)

    @transaction.atomic(savepoint=False)  # so that what receivers read is of one moment
    def save(self, *args: Any, **kwargs: Any) -> None:
        super().save(*args, **kwargs)

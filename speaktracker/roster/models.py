"""People, and who teaches whom."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models, transaction
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from speaktracker.roster.querysets import MappingQuerySet, PeopleQuerySet
from speaktracker.roster.references import has_records
from speaktracker.text import EMAIL_LENGTH, normal_email


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

    email = models.EmailField(
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
    is_staff = models.BooleanField(_("staff"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    date_joined = models.DateTimeField(_("joined"), default=timezone.now)

    objects: ClassVar[People] = People()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering = ("email",)
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
        super().save(*args, **kwargs)

    def has_records(self) -> bool:
        """Tell whether records name this person; the address is read-only then."""
        return self.pk is not None and has_records(self.pk)

    def type_is_fixed(self) -> bool:
        """Tell whether records or a mapping name this person; the type is read-only then."""
        mapped = models.Q(student=self.pk) | models.Q(tutor=self.pk)
        return self.has_records() or TutorStudent.objects.filter(mapped).exists()


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
        limit_choices_to={"user_type": UserType.TUTOR},
        verbose_name=_("tutor"),
    )
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    objects: ClassVar[models.Manager["TutorStudent"]] = MappingQuerySet.as_manager()

    class Meta:
        verbose_name = _("tutor-student mapping")
        verbose_name_plural = _("tutor-student mappings")
        ordering = ("tutor__email", "student__email")

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

    @transaction.atomic(savepoint=False)  # so that the revision is bumped with the mapping
    def save(self, *args: Any, **kwargs: Any) -> None:
        super().save(*args, **kwargs)


class RosterRevision(models.Model):
    """One row whose number grows with every change of who teaches whom; processes poll it."""

    number = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.number)

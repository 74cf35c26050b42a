"""Letters on their way, and one-time codes. No link or code is kept: a copy opens nothing."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from speaktracker.text import EMAIL_LENGTH


class Mailing(models.Model):
    """Invitations that a member of staff sent in one go, and how far they are."""

    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("sent by"),
    )
    asked_at = models.DateTimeField(_("asked for"), auto_now_add=True, db_index=True)
    wanted = models.IntegerField(_("people"))
    sent = models.IntegerField(_("sent"), default=0)

    class Meta:
        verbose_name = _("invitations by e-mail")
        verbose_name_plural = _("invitations by e-mail")
        ordering = ("-asked_at",)

    def __str__(self) -> str:
        return f"{timezone.localtime(self.asked_at):%Y-%m-%d %H:%M}"


class Letter(models.Model):
    """A letter that is to be written and sent; one that went is deleted.

    Its link is made when it leaves. One for a forgotten password knows the address that was typed
    only, whether anybody has it or not: so asking takes the same for both.
    """

    class Kind(models.TextChoices):
        INVITATION = "invitation", _("invitation")
        RESET = "reset", _("forgotten password")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    address = models.CharField(_("e-mail address"), max_length=EMAIL_LENGTH, blank=True)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        related_name="+",
        verbose_name=_("user"),
    )
    mailing = models.ForeignKey(
        Mailing,
        on_delete=models.CASCADE,
        null=True,
        related_name="letters",
        verbose_name=_("invitations by e-mail"),
    )
    language = models.CharField(_("language"), max_length=2)
    # When it is tried next; null once it was given up, and `problem` says why.
    due_at = models.DateTimeField(_("next try"), null=True)
    ends_at = models.DateTimeField(_("given up at"))
    attempts = models.IntegerField(_("tries"), default=0)
    problem = models.CharField(_("problem"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("letter")
        verbose_name_plural = _("letters")
        indexes: ClassVar[list[models.Index]] = [
            # Whoever waits for a letter goes before a class that was invited.
            models.Index(fields=["-kind", "due_at"], name="letter_next"),
            # Those that were given up stay for a month; who looks for work meets none of them.
            models.Index(
                fields=["due_at"], condition=models.Q(due_at__isnull=False), name="letter_due"
            ),
            # Letters go with their person, and may have been asked for before there was one.
            models.Index(fields=["address"], name="letter_address"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class FirstCode(models.Model):
    """A person's one-time code, as a keyed digest; a new one replaces it."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="+",
        verbose_name=_("user"),
    )
    digest = models.CharField(max_length=64)
    expires_at = models.DateTimeField(_("expires"), db_index=True)

    class Meta:
        verbose_name = _("one-time code")
        verbose_name_plural = _("one-time codes")

    def __str__(self) -> str:
        return self.digest[:8]

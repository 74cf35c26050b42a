"""What failed of late, and from where people sign in; addresses of both kinds as digests alone."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from speaktracker.clock import now

DIGEST_LENGTH = 32


class FailedTry(models.Model):
    """One try that failed, or has not ended yet; deleted after KEPT_SECONDS of `wait_rules`."""

    account = models.CharField(max_length=DIGEST_LENGTH)
    address = models.CharField(max_length=DIGEST_LENGTH)
    # Nobody, for an address that nobody has; it is for staff to see whom it is about.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        related_name="+",
        verbose_name=_("user"),
    )
    # Whether the account's owner had signed in from that address before.
    known = models.BooleanField(_("known address"))
    # A right sign-in from there forgives; the account's own counts go on.
    forgiven = models.BooleanField(_("forgiven"), default=False)
    at = models.DateTimeField(_("time"), default=now, db_index=True)

    class Meta:
        verbose_name = _("failed sign-in")
        verbose_name_plural = _("failed sign-ins")
        ordering = ("-at",)
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["account", "at"], name="failed_try_account"),
            models.Index(fields=["address", "at"], name="failed_try_address"),
        ]

    def __str__(self) -> str:
        return f"{self.account[:8]} {self.at:%Y-%m-%d %H:%M:%S}"


class KnownAddress(models.Model):
    """Somebody signed in to an account from an address; the latest few of each account."""

    account = models.CharField(max_length=DIGEST_LENGTH)
    address = models.CharField(max_length=DIGEST_LENGTH)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="+",
        verbose_name=_("user"),
    )
    used_at = models.DateTimeField(_("last used"), default=now, db_index=True)

    class Meta:
        verbose_name = _("known address")
        verbose_name_plural = _("known addresses")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["account", "address"], name="known_address_once"),
        ]

    def __str__(self) -> str:
        return self.address[:8]

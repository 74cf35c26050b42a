"""One-time tickets, of which only the digest is kept, and families of refresh tokens."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Ticket(models.Model):
    """A ticket that was issued and not used yet; `digest` is its SHA-256 in hexadecimal."""

    digest = models.CharField(max_length=64, primary_key=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="+",
        verbose_name=_("user"),
    )
    # What asked for it, which the socket that it opens is held to.
    credentials_version = models.BigIntegerField(db_default=0, default=0)
    credentials_expire_at = models.DateTimeField(null=True)
    session_key = models.CharField(max_length=40, null=True)
    family = models.CharField(max_length=32, null=True)
    # A user pool's token, which only the ticket itself can open again.
    sealed_token = models.BinaryField(null=True)
    expires_at = models.DateTimeField(_("expires"), db_index=True)

    class Meta:
        verbose_name = _("ticket")
        verbose_name_plural = _("tickets")

    def __str__(self) -> str:
        return self.digest[:8]


class RefreshFamily(models.Model):
    """The refresh tokens that grew out of one sign-in, each used once; `generation` is the newest.

    A family without a row has not been used yet. It ends at `expires_at`, however often it rotates.
    """

    family = models.CharField(max_length=32, primary_key=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="+",
        verbose_name=_("user"),
    )
    generation = models.PositiveIntegerField(default=0)
    rotated_at = models.DateTimeField(null=True)
    # SHA-256 of the key of the call that rotated last, which may be repeated with it.
    retry_digest = models.CharField(max_length=64, null=True)
    ended_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(_("expires"), db_index=True)

    class Meta:
        verbose_name = _("sign-in with tokens")
        verbose_name_plural = _("sign-ins with tokens")

    def __str__(self) -> str:
        return self.family[:8]

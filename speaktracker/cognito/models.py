"""Who of our people is whom at a user pool."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class PoolAccount(models.Model):
    """The account of a person at a pool (`issuer`), by its `sub`, which never changes.

    Linked at the first sign-in by an address the pool had verified; from then on the `sub` counts,
    and another account of that pool is refused for the person.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="pool_accounts",
        verbose_name=_("user"),
    )
    issuer = models.CharField(_("user pool"), max_length=200)
    sub = models.CharField(_("account at the pool"), max_length=128)
    linked_at = models.DateTimeField(_("linked"), auto_now_add=True)

    class Meta:
        verbose_name = _("Cognito account")
        verbose_name_plural = _("Cognito accounts")
        ordering = ("user__email",)
        constraints = (
            models.UniqueConstraint(fields=("issuer", "sub"), name="pool_account_of_one_person"),
            models.UniqueConstraint(fields=("user", "issuer"), name="person_with_one_account"),
        )

    def __str__(self) -> str:
        return f"{self.user.email} = {self.sub}"


class UnlinkedAccount(models.Model):
    """An account that was unlinked, or whose person was deleted: what it signed before is void.

    Only a digest is kept: the person may have been erased.
    """

    digest = models.CharField(_("digest"), max_length=64, primary_key=True)
    unlinked_at = models.DateTimeField(_("unlinked"), db_index=True)

    class Meta:
        verbose_name = _("unlinked account")
        verbose_name_plural = _("unlinked accounts")

    def __str__(self) -> str:
        return self.digest[:8]

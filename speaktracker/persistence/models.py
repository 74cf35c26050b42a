"""The outbox of pending changes, and the leases of the relays that carry them over."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from speaktracker.persistence.records import UNSORTED

WAITING = models.Q(done_at__isnull=True, set_aside_at__isnull=True)


class Change(models.Model):
    """A record that changed: its table and key, never its value, on the database's clock.

    `due_at` lies ahead of `changed_at` where the change must wait or be written once more. Done
    rows stay a minute, so that a new relay can write again what a dying one may have garbled; those
    of people who are erased go at once.
    """

    table = models.CharField(_("table"), max_length=32)
    key = models.TextField(_("key"))
    changed_at = models.DateTimeField(_("changed"), db_default=Now())
    due_at = models.DateTimeField(_("due"), db_default=Now())
    done_at = models.DateTimeField(_("done"), null=True, editable=False)
    set_aside_at = models.DateTimeField(_("set aside"), null=True)
    attempts = models.PositiveIntegerField(_("refusals"), default=0)
    error = models.TextField(_("error"), default="", blank=True)
    # Of its key; none yet in rows of releases that know no shares, until a relay gives them theirs.
    share = models.SmallIntegerField(_("share"), db_default=UNSORTED, editable=False)
    # Its key names somebody who is erased: no row of the key stays once it is done.
    erases = models.BooleanField(_("erases"), db_default=False, editable=False)

    class Meta:
        verbose_name = _("pending change")
        verbose_name_plural = _("pending changes")
        ordering = ("id",)
        indexes = (
            # What one transaction made is due at one moment, a hundred thousand rows maybe.
            models.Index(
                fields=("table", "due_at", "id"), condition=WAITING, name="waiting_in_order"
            ),
            models.Index(
                fields=("table", "share", "due_at", "id"),
                condition=WAITING,
                name="waiting_by_share",
            ),
            models.Index(
                fields=("key",), condition=models.Q(done_at__isnull=True), name="open_change_keys"
            ),
            models.Index(
                fields=("done_at",), condition=models.Q(done_at__isnull=False), name="done_changes"
            ),
            models.Index(
                fields=("set_aside_at",),
                condition=models.Q(set_aside_at__isnull=False, done_at__isnull=True),
                name="set_aside_changes",
            ),
        )

    def __str__(self) -> str:
        return f"{self.table} {self.key}"


class RelayLease(models.Model):
    """A relay's row: which process, until when on the database's clock, and what troubles it.

    And one row for all of them, called `mirror`, by which releases before know that it is taken.
    """

    name = models.CharField(_("name"), max_length=16, primary_key=True)
    owner = models.CharField(_("owner"), max_length=64, default="")
    expires_at = models.DateTimeField(_("expires"), db_default=Now())
    error = models.TextField(_("error"), default="")
    error_at = models.DateTimeField(_("since"), null=True)
    # The numbers of those it may carry over, which no other row has.
    shares = models.TextField(_("shares"), db_default="", default="", blank=True)

    class Meta:
        verbose_name = _("relay")
        verbose_name_plural = _("relays")

    def __str__(self) -> str:
        return self.owner

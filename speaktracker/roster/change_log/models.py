"""The rows of the change log."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class RosterChange(models.Model):
    """A change of a person, a mapping or a session, written by triggers and kept for an hour.

    No model is ever saved here; `change_log.selectors` reads it. Ids are plain numbers, since what
    they named may be gone.
    """

    PERSON, MAPPING, LOAN, SESSION = "person", "mapping", "loan", "session"
    EVERYTHING = "everything"

    kind = models.CharField(_("kind"), max_length=10)
    # The person, the student of the mapping, or the substitute of the loan.
    user_id = models.BigIntegerField(_("user"), null=True)
    session_key = models.CharField(_("session"), max_length=40, null=True)
    # PostgreSQL's number of the transaction: rows of several become visible in no order of ids.
    transaction_id = models.BigIntegerField(_("transaction"), default=0, db_index=True)
    at = models.DateTimeField(_("time"))

    class Meta:
        verbose_name = _("change of the roster")
        verbose_name_plural = _("changes of the roster")

    def __str__(self) -> str:
        return f"{self.kind} {self.user_id or ''}"

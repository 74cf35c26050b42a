"""The rows of an import's preview, signed: they travel with the page and come back with it.

So any process of any machine can take the confirmation, and nobody confirms what was not shown.
"""

from django.core import signing

from speaktracker.roster.import_plan import ImportPlan
from speaktracker.roster.spreadsheet import RosterRow

SALT = "speaktracker.roster.import"
VALID_SECONDS = 60 * 60


def seal(rows: list[RosterRow], plan: ImportPlan) -> str:
    """Sign `rows` and the outcome that is shown of them."""
    plain = [[row.line, row.student, row.tutor] for row in rows]
    return signing.dumps([plain, plan.fingerprint()], salt=SALT, compress=True)


def unseal(sealed: str) -> tuple[list[RosterRow], str] | None:
    """Return the rows and the fingerprint of their plan; None when forged or an hour old."""
    try:
        plain, fingerprint = signing.loads(sealed, salt=SALT, max_age=VALID_SECONDS)
    except signing.BadSignature:
        return None
    return [RosterRow(*cells) for cells in plain], fingerprint

"""The rows of an import's preview, signed: they travel with the page and come back with it.

So any process of any machine can take the confirmation, and nobody confirms what was not shown.
"""

from django.core import signing

from speaktracker.roster.imports.file_kinds import FileKind
from speaktracker.roster.imports.import_plan import ImportPlan
from speaktracker.roster.imports.spreadsheet import FileRow, FileTable

SALT = "speaktracker.roster.import"
VALID_SECONDS = 60 * 60


def seal(kind: FileKind, table: FileTable, plan: ImportPlan) -> str:
    """Sign the rows of `table` and the outcome that is shown of them."""
    plain = [[row.line, *(row.cells[column] for column in table.columns)] for row in table.rows]
    sealed = [plain, table.columns, table.unused, plan.fingerprint()]
    return signing.dumps(sealed, salt=f"{SALT}.{kind.address}", compress=True)


def unseal(kind: FileKind, sealed: str) -> tuple[FileTable, str] | None:
    """Return the table and the fingerprint of its plan; None when forged or an hour old."""
    try:
        plain, columns, unused, fingerprint = signing.loads(
            sealed, salt=f"{SALT}.{kind.address}", max_age=VALID_SECONDS
        )
    except signing.BadSignature:
        return None
    rows = [FileRow(line, dict(zip(columns, cells, strict=True))) for line, *cells in plain]
    return FileTable(rows, tuple(columns), tuple(unused)), fingerprint

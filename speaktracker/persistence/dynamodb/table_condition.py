"""Whether a table is as the mirror needs it, as far as this machine may ask."""

import secrets
from collections.abc import Iterator
from typing import Any

from speaktracker.persistence.dynamodb.aws_clock import clock_trouble
from speaktracker.persistence.dynamodb.schema import compare_keys, index_names, is_ready
from speaktracker.persistence.dynamodb.table_setup import TableSetup
from speaktracker.persistence.tables import Table

# Only emulators do not know the operation, and a server's own policy need not allow to ask.
_SAYS_NOTHING = ("UnknownOperationException", "AccessDeniedException")


def table_troubles(client: Any, name: str, table: Table[Any]) -> Iterator[str]:
    """Yield a sentence for each thing to mend; raises boto3's errors, and StoreMisconfigured."""
    described = client.describe_table(TableName=name)
    if trouble := clock_trouble(described):
        yield trouble
    found = described["Table"]
    compare_keys(name, table, found)
    if not is_ready(found):
        yield f"The table {name} is being made or changed: wait until it is ACTIVE."
    missing = [index.name for index in table.indexes if index.name not in index_names(found)]
    if missing:
        yield f"The table {name} lacks {', '.join(missing)}: run `manage.py create_tables`."
    try:
        if not TableSetup(client, name, table).expires():
            yield f"The table {name} does not expire items: run `manage.py create_tables`."
    except client.exceptions.ClientError as error:
        if error.response["Error"]["Code"] not in _SAYS_NOTHING:
            raise
    # To delete what was never there changes nothing, and needs the right to write.
    key = {attribute: {"S": f"doctor-{secrets.token_hex(8)}"} for attribute in table.keys}
    client.batch_write_item(RequestItems={name: [{"DeleteRequest": {"Key": key}}]})

"""The policies of deploy/iam allow what each role does and nothing else; ministack enforces IAM."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from speaktracker.devstack.stack_servers import ministack
from speaktracker.persistence.health import mirror_health
from speaktracker.persistence.tables import CONNECTIONS, FEEDBACK, SESSIONS
from speaktracker.roster.models import User
from tests.persistence import shelf
from tests.persistence.conftest import QUICK, Relaying, records  # noqa: F401 - a fixture
from tests.persistence.mirror import until
from tests.takeover.conftest import a_feedback, says

POLICIES = Path(__file__).parents[2] / "deploy" / "iam"
REGION, STACK = "us-east-1", "iam"
FEEDBACK_TABLE = f"{STACK}-{FEEDBACK.name}"
KEY = {"composite_key": {"S": "t#s#1"}, "timestamp": {"S": "2026-01-14T10:30:00.000Z"}}
NAMED: dict[str, Any] = {"TableName": FEEDBACK_TABLE}
# An ordinary call of each action that somebody may wish for.
CALLS: dict[str, dict[str, Any]] = {
    "batch_get_item": {"RequestItems": {FEEDBACK_TABLE: {"Keys": [KEY]}}},
    "batch_write_item": {"RequestItems": {FEEDBACK_TABLE: [{"DeleteRequest": {"Key": KEY}}]}},
    "delete_item": {**NAMED, "Key": KEY},
    "delete_table": NAMED,
    "describe_table": NAMED,
    "describe_time_to_live": NAMED,
    "get_item": {**NAMED, "Key": KEY},
    "list_tables": {},
    "put_item": {**NAMED, "Item": KEY},
    "query": {
        **NAMED,
        "KeyConditionExpression": "composite_key = :key",
        "ExpressionAttributeValues": {":key": KEY["composite_key"]},
    },
    "scan": NAMED,
    "update_item": {**NAMED, "Key": KEY},
}
ALLOWED = {
    "server": {"batch_write_item", "describe_table"},
    "operator": {"batch_get_item", "batch_write_item", "describe_table", "describe_time_to_live"}
    | {"query", "scan"},
    "reader": {"batch_get_item", "describe_table", "get_item", "query"},
}


class Account:
    """An AWS account whose roles have exactly the policies of deploy/iam."""

    def __init__(self, port: int) -> None:
        self.endpoint = f"http://127.0.0.1:{port}"
        self.number = self.client("sts", ("test", "test")).get_caller_identity()["Account"]
        self.keys = {path.stem: self.user(path) for path in POLICIES.glob("*.json")}

    def client(self, service: str, key: tuple[str, str]) -> Any:
        return boto3.session.Session(*key, region_name=REGION).client(
            service, endpoint_url=self.endpoint
        )

    def user(self, policy: Path) -> tuple[str, str]:
        """Make a user with a policy; gives their key."""
        iam, text = self.client("iam", ("test", "test")), policy.read_text(encoding="utf-8")
        for word, value in (("REGION", REGION), ("ACCOUNT", self.number), ("STACK", STACK)):
            text = text.replace(word, value)
        iam.create_user(UserName=policy.stem)
        iam.put_user_policy(
            UserName=policy.stem,
            PolicyName=policy.stem,
            PolicyDocument=json.dumps(json.loads(text)),
        )
        made = iam.create_access_key(UserName=policy.stem)["AccessKey"]
        return made["AccessKeyId"], made["SecretAccessKey"]


@pytest.fixture(scope="module")
def account() -> Iterator[Account]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("AUTH", "true")
        server = ministack()
    with server:
        yield Account(server.port)


@pytest.fixture
def as_role(settings: Any, monkeypatch: pytest.MonkeyPatch, account: Account) -> Any:
    """Give a call that has the product be a role from then on."""
    settings.MIRROR, settings.STACK, settings.AWS_REGION = "dynamodb", STACK, REGION
    settings.DYNAMODB_ENDPOINT_URL = account.endpoint

    def become(role: str) -> None:
        for name, value in zip(
            ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), account.keys[role], strict=True
        ):
            monkeypatch.setenv(name, value)

    return become


def test_an_operator_may_do_what_the_commands_do(
    transactional_db: None, as_role: Any, account: Account
) -> None:
    as_role("operator")
    assert "FAILED" not in says("create_tables")
    root = account.client("dynamodb", ("test", "test"))
    root.put_item(TableName=FEEDBACK_TABLE, Item=a_feedback())
    for words in (
        ("import_tables", "--create-users"),
        ("mirror", "--rebuild"),
        ("mirror", "--verify"),
    ):
        assert "FAILED" not in says(*words), words
    assert mirror_health().set_aside == 0
    from speaktracker.persistence.mirrored_names import queue_items_of

    assert queue_items_of(User.objects.filter(user_type="student").get().email) == 1


async def test_a_server_mirrors_with_its_policy(
    as_role: Any,
    records: Any,  # noqa: F811
    relaying: Relaying,
) -> None:
    as_role("operator")
    from speaktracker.db.threads import run_long, write

    assert "FAILED" not in await run_long(says, "create_tables")
    as_role("server")
    await write(shelf.put, CONNECTIONS, shelf.a_connection())
    await write(shelf.put, FEEDBACK, shelf.a_feedback())
    await write(shelf.put, SESSIONS, shelf.a_session())
    async with relaying(QUICK):
        await until(lambda: mirror_health().backlog == 0)
        await write(shelf.remove, CONNECTIONS, ("L0SM9cOFvHcCIhw=",))
        await until(lambda: mirror_health().state == "ok" and mirror_health().backlog == 0)


@pytest.mark.parametrize("role", ALLOWED)
def test_any_other_action_is_refused(as_role: Any, account: Account, role: str) -> None:
    as_role("operator")
    says("create_tables")
    client, refused = account.client("dynamodb", account.keys[role]), set()
    for call, words in CALLS.items():
        try:
            getattr(client, call)(**words)
        except ClientError as error:
            if error.response["Error"]["Code"] == "AccessDeniedException":
                refused.add(call)
    assert CALLS.keys() - refused == ALLOWED[role]


@pytest.mark.parametrize("role", ALLOWED)
def test_another_table_is_out_of_reach(account: Account, role: str) -> None:
    client = account.client("dynamodb", account.keys[role])
    with pytest.raises(ClientError, match="AccessDenied"):
        client.describe_table(TableName="other-feedback-messages")

"""The template's tables, policies and alarms are created by an emulator, and fit the product."""

import json
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import pytest
from cfnlint.decode import decode

from speaktracker.devstack.stack_servers import ministack
from speaktracker.persistence.dynamodb.schema import compare_keys, definitions, index_names
from speaktracker.persistence.health import mirror_health
from speaktracker.persistence.tables import CONNECTIONS, TABLES
from tests.persistence import shelf
from tests.persistence.conftest import QUICK, Relaying, records, relaying  # noqa: F401 - fixtures
from tests.persistence.mirror import until
from tests.takeover.conftest import says

DEPLOY = Path(__file__).parents[2] / "deploy"
TEMPLATE = DEPLOY / "cloudformation" / "speaktracker.yaml"
REGION, STACK = "us-east-1", "school"
POLICIES = {"ServerPolicy": "server", "OperatorPolicy": "operator", "ReaderPolicy": "reader"}
# What an alarm reads, and the statistics that make its figures of those.
READ = {
    "ActiveConnections": "Maximum",
    "MessageDelay": "p99",
    "MessageErrors": "Sum",
    "Messages": "Sum",
    "ConnectionsLost": "Sum",
    "ConnectionsRemoved": "Sum",
    "MirrorLag": "Maximum",
}


@cache
def read_template() -> dict[str, Any]:
    """Read the template, its short forms (`!Ref`) written out."""
    template, troubles = decode(str(TEMPLATE))
    assert not troubles
    found: dict[str, Any] = template
    return found


def known_to_the_emulator() -> dict[str, Any]:
    """Leave out alarms on figures that are reckoned, which it refuses."""
    resources = read_template()["Resources"]
    return {name: each for name, each in resources.items() if "Metrics" not in each["Properties"]}


class CreatedStack:
    """The template's resources in an account of an emulator."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        formation, template = self.client("cloudformation"), read_template()
        formation.create_stack(
            StackName="speaktracker",
            TemplateBody=json.dumps(template | {"Resources": known_to_the_emulator()}),
            Parameters=[
                {"ParameterKey": "Stack", "ParameterValue": STACK},
                {"ParameterKey": "StreamOfTables", "ParameterValue": "NEW_IMAGE"},
            ],
            Capabilities=["CAPABILITY_IAM"],
        )
        formation.get_waiter("stack_create_complete").wait(
            StackName="speaktracker", WaiterConfig={"Delay": 1, "MaxAttempts": 20}
        )
        found = formation.describe_stacks(StackName="speaktracker")["Stacks"][0]
        self.outputs = {each["OutputKey"]: each["OutputValue"] for each in found["Outputs"]}

    def client(self, service: str) -> Any:
        return boto3.session.Session("test", "test", region_name=REGION).client(
            service, endpoint_url=self.endpoint
        )


@pytest.fixture(scope="module")
def created() -> Iterator[CreatedStack]:
    with ministack() as server:
        yield CreatedStack(f"http://127.0.0.1:{server.port}")


def test_awss_own_checks_find_nothing() -> None:
    lint = [
        str(Path(sys.executable).with_name("cfn-lint")),
        "--include-checks",
        "I",
        "--",
        str(TEMPLATE),
    ]
    done = subprocess.run(lint, capture_output=True, text=True, timeout=100, check=False)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_its_tables_are_those_that_the_product_makes(created: CreatedStack, table: Any) -> None:
    name = f"{STACK}-{table.name}"
    found = created.client("dynamodb").describe_table(TableName=name)["Table"]
    compare_keys(name, table, found)
    assert index_names(found) == {index.name for index in table.indexes}
    described = {tuple(sorted(entry.items())) for entry in found["AttributeDefinitions"]}
    assert described == {tuple(sorted(entry.items())) for entry in definitions(table)}
    assert found["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert found["DeletionProtectionEnabled"]
    assert found["StreamSpecification"]["StreamViewType"] == "NEW_IMAGE"


def test_items_expire_can_be_brought_back_and_are_encrypted() -> None:
    """Emulators ignore these properties of a template, so they are read from it."""
    tables = of_type("DynamoDB::Table")
    assert len(tables) == len(TABLES)
    for table in tables:
        has = table["Properties"]
        assert has["TimeToLiveSpecification"] == {"AttributeName": "ttl", "Enabled": True}
        assert has["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
        assert (has["SSESpecification"]["SSEEnabled"], has["SSESpecification"]["SSEType"]) == (
            True,
            "KMS",
        )
        assert (table["DeletionPolicy"], table["UpdateReplacePolicy"]) == ("Retain", "Retain")


@pytest.mark.parametrize(("policy", "file"), POLICIES.items())
def test_a_policy_is_that_of_deploy_iam(created: CreatedStack, policy: str, file: str) -> None:
    iam, arn = created.client("iam"), created.outputs[f"{policy}Arn"]
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    made = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
    text = (DEPLOY / "iam" / f"{file}.json").read_text(encoding="utf-8")
    account = created.client("sts").get_caller_identity()["Account"]
    for word, value in (("REGION", REGION), ("ACCOUNT", account), ("STACK", STACK)):
        text = text.replace(word, value)
    assert made == json.loads(text)


def of_type(name: str) -> list[dict[str, Any]]:
    """List the template's resources of one type."""
    resources = read_template()["Resources"].values()
    return [each for each in resources if each["Type"] == f"AWS::{name}"]


def test_its_alarms_read_what_the_servers_write() -> None:
    alarms = [each["Properties"] for each in of_type("CloudWatch::Alarm")]
    read = {}
    for metric, statistic in [found for alarm in alarms for found in read_by(alarm)]:
        assert metric["Namespace"] == {"Ref": "MetricNamespace"}
        assert metric["Dimensions"] == [{"Name": "Stack", "Value": {"Ref": "Stack"}}]
        read[metric["MetricName"]] = statistic
    assert read == READ
    assert sorted(alarm["Threshold"] for alarm in alarms) == [1, 5, 10, 60, 1000]


def read_by(alarm: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    """Name each metric that an alarm reads, with the statistic it takes."""
    if "MetricName" in alarm:
        yield alarm, alarm.get("Statistic") or alarm["ExtendedStatistic"]
    for query in alarm.get("Metrics", ()):
        if "MetricStat" in query:
            yield query["MetricStat"]["Metric"], query["MetricStat"]["Stat"]


def test_simple_alarms_are_taken(created: CreatedStack) -> None:
    alarms = created.client("cloudwatch").describe_alarms()["MetricAlarms"]
    names = {alarm["MetricName"] for alarm in alarms}
    assert names == {"ActiveConnections", "MessageDelay", "MirrorLag"}


async def test_a_server_mirrors_into_its_tables(
    created: CreatedStack,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    records: Any,  # noqa: F811
    relaying: Relaying,  # noqa: F811
) -> None:
    from speaktracker.db.threads import run_long, write

    settings.MIRROR, settings.STACK, settings.AWS_REGION = "dynamodb", STACK, REGION
    settings.DYNAMODB_ENDPOINT_URL = created.endpoint
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    said = await run_long(says, "create_tables")
    assert "FAILED" not in said
    assert "Made" not in said
    await write(shelf.put, CONNECTIONS, shelf.a_connection())
    async with relaying(QUICK):
        await until(lambda: mirror_health().state == "ok" and mirror_health().backlog == 0)
    name = f"{STACK}-{CONNECTIONS.name}"
    assert created.client("dynamodb").scan(TableName=name)["Count"] == 1

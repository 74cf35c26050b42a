"""SPEC.md section 9 through two processes, and nginx: clients as they are, and calls by hand."""

import asyncio
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.cluster.cluster import Cluster
from tests.cluster.conftest import cluster_in
from tests.cluster.management_calls import (
    KEYS,
    OLD_SECRET,
    Answered,
    HandMade,
    Listener,
    boto_client,
    send_by_hand,
)
from tests.cluster.management_programs import by_cli, by_sdk
from tests.cluster.test_nginx import Nginx
from tests.patient_clients import call, kept_line

pytestmark = pytest.mark.xdist_group("management-api")
NOBODY = "AAAAAAAAAAAAAAA="
SHA = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.fixture(scope="module")
def cluster(
    seeded: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("nodes")
    options = {"MANAGEMENT_API_KEYS": KEYS, "TRUSTED_PROXIES": "127.0.0.1"}
    with cluster_in(folder, seeded("postgresql"), **options) as running:
        yield running


@pytest.fixture(scope="module")
def listener(cluster: Cluster) -> Iterator[Listener]:
    """A student's socket at the first process."""
    with closing(Listener(cluster, "student1@example.com", cluster.nodes[0].port)) as made:
        yield made


@pytest.fixture(params=["the holder", "another process"], scope="module")
def port(request: pytest.FixtureRequest, cluster: Cluster) -> int:
    return cluster.nodes[int(request.param != "the holder")].port


def _error(call: Callable[..., Any], **arguments: Any) -> tuple[str, int]:
    with pytest.raises(ClientError) as raised:
        call(**arguments)
    response = raised.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


@pytest.mark.parametrize("prefix", ["", "/", "/prod", "/a/deep/stage", "/prod/", "/with%20space"])
def test_boto3_posts_below_any_prefix(listener: Listener, port: int, prefix: str) -> None:
    client = boto_client(port, prefix)
    client.post_to_connection(ConnectionId=listener.connection_id, Data=prefix.encode())
    assert listener.next() == prefix


@pytest.mark.parametrize(
    ("data", "frame"),
    [
        (b"", ""),
        ("발음이 좋아졌어요".encode(), "발음이 좋아졌어요"),
        (b"not \xff UTF-8", b"not \xff UTF-8"),
        (b"\x00\n\t", "\x00\n\t"),
        (b"\xed\xa0\x80", b"\xed\xa0\x80"),
        (b"x" * 131_072, "x" * 131_072),
        (b"\xfe" * 131_072, b"\xfe" * 131_072),
    ],
    ids=["empty", "Korean", "bytes", "control", "surrogate", "largest", "largest bytes"],
)
def test_what_is_posted_arrives_as_it_is(
    listener: Listener, port: int, data: bytes, frame: str | bytes
) -> None:
    boto_client(port).post_to_connection(ConnectionId=listener.connection_id, Data=data)
    assert listener.next() == frame


def test_boto3_reads_a_connection(listener: Listener, port: int) -> None:
    client = boto_client(port)
    found = client.get_connection(ConnectionId=listener.connection_id)
    assert found["Identity"] == {"SourceIp": "127.0.0.1", "UserAgent": "Listener/1.0"}
    assert found["LastActiveAt"] >= found["ConnectedAt"]
    client.post_to_connection(ConnectionId=listener.connection_id, Data=b"active")
    again = client.get_connection(ConnectionId=listener.connection_id)
    assert again["ConnectedAt"] == found["ConnectedAt"]
    assert again["LastActiveAt"] > found["LastActiveAt"]
    assert listener.next() == "active"


def test_boto3_raises_what_it_knows(listener: Listener, port: int) -> None:
    client = boto_client(port)
    with pytest.raises(client.exceptions.GoneException):
        client.post_to_connection(ConnectionId=NOBODY, Data=b"x")
    for method in (client.get_connection, client.delete_connection):
        with pytest.raises(client.exceptions.GoneException):
            method(ConnectionId=NOBODY)
    with pytest.raises(client.exceptions.PayloadTooLargeException):
        client.post_to_connection(ConnectionId=listener.connection_id, Data=b"x" * 131_073)
    stranger = boto_client(port, secret="s" * 40)
    with pytest.raises(stranger.exceptions.ForbiddenException):
        stranger.post_to_connection(ConnectionId=listener.connection_id, Data=b"x")
    assert _error(client.get_connection, ConnectionId="short") == ("BadRequestException", 400)


def test_boto3_closes_a_connection(cluster: Cluster, port: int) -> None:
    with closing(Listener(cluster, "student2@example.com", cluster.nodes[0].port)) as leaving:
        client = boto_client(port)
        client.delete_connection(ConnectionId=leaving.connection_id)
        with pytest.raises(client.exceptions.GoneException):
            client.post_to_connection(ConnectionId=leaving.connection_id, Data=b"late")
        with pytest.raises(Exception, match="1000"):
            leaving.next()


def test_the_cli_posts_reads_and_closes(
    cluster: Cluster, listener: Listener, tmp_path: Path
) -> None:
    port, name = cluster.nodes[1].port, listener.connection_id
    (tmp_path / "data").write_bytes("명령줄에서".encode())
    data = ("--data", f"fileb://{tmp_path}/data")
    assert by_cli(port, "post-to-connection", name, *data) == (0, "")
    assert listener.next() == "명령줄에서"
    code, said = by_cli(port, "get-connection", name)
    assert (code, json.loads(said)["Identity"]["UserAgent"]) == (0, "Listener/1.0")
    code, said = by_cli(port, "delete-connection", NOBODY)
    assert code != 0
    assert "(GoneException)" in said


def test_the_sdk_for_javascript_does_all_of_it(
    cluster: Cluster, listener: Listener, tmp_path: Path
) -> None:
    node = cluster.nodes[0].port
    with closing(Listener(cluster, "student5@example.com", node)) as leaving:
        outcomes = by_sdk(
            tmp_path, cluster.nodes[1].port, listener.connection_id, leaving.connection_id
        )
    assert [listener.next(), listener.next()] == ["안녕", b"\xff\xfe"]
    assert outcomes == {
        "text": 200,
        "bytes": 200,
        "seen": ["127.0.0.1", True],
        "gone": "GoneException 410",
        "large": "PayloadTooLargeException 413",
        "refused": "ForbiddenException 403",
        "malformed": "BadRequestException 400",
        "closed": 204,
    }


def test_keys_are_rotated_and_limited_to_verbs(listener: Listener, port: int) -> None:
    name = listener.connection_id
    boto_client(port, key="AKIDOLD", secret=OLD_SECRET).get_connection(ConnectionId=name)
    boto_client(port, key="AKIDREAD").get_connection(ConnectionId=name)
    boto_client(port, key="AKIDPOST").post_to_connection(ConnectionId=name, Data=b"by key")
    assert listener.next() == "by key"
    refused = ("ForbiddenException", 403)
    poster, reader = boto_client(port, key="AKIDPOST"), boto_client(port, key="AKIDREAD")
    assert _error(poster.get_connection, ConnectionId=name) == refused
    assert _error(poster.delete_connection, ConnectionId=name) == refused
    assert _error(reader.post_to_connection, ConnectionId=name, Data=b"x") == refused


FITTING = {
    "as boto3": HandMade(),
    "a marker sent as %40, signed as it came": HandMade(path="/%40connections/{id}"),
    "a marker sent as %40, signed as @": HandMade(
        path="/%40connections/{id}", signed_path="/%40connections/{twice}"
    ),
    "a literal equals sign": HandMade(path="/@connections/{raw}"),
    "a trailing slash": HandMade(path="/@connections/{id}/"),
    "a deep prefix and a slash": HandMade(path="/a/b/c/d/@connections/{id}/"),
    "two slashes, signed as they are": HandMade(path="/prod//@connections/{id}"),
    "two slashes, signed as one": HandMade(
        path="//@connections/{id}", signed_path="/%40connections/{twice}"
    ),
    "more headers signed": HandMade(
        headers={"content-type": "application/octet-stream", "x-amz-user-agent": "a  b"},
        signed_headers=("content-type", "host", "x-amz-date", "x-amz-user-agent"),
    ),
    "a session token": HandMade(
        headers={"x-amz-security-token": "session"},
        signed_headers=("host", "x-amz-date", "x-amz-security-token"),
    ),
    "the hash of the body": HandMade(
        headers={"x-amz-content-sha256": SHA},
        signed_headers=("host", "x-amz-content-sha256", "x-amz-date"),
    ),
    "four minutes ago": HandMade(age=timedelta(minutes=4, seconds=50)),
    "four minutes ahead": HandMade(age=-timedelta(minutes=4, seconds=50)),
    "a query": HandMade(query="b=2&a=1"),
}


@pytest.mark.parametrize("name", FITTING)
def test_each_way_of_signing_is_understood(listener: Listener, port: int, name: str) -> None:
    wanted = FITTING[name].to(listener.connection_id)
    answered = send_by_hand(wanted, port)
    assert (answered.status, answered.body) == (200, b""), answered
    assert answered.headers["x-amzn-requestid"]
    assert listener.next() == ""


WRONG = {
    "unsigned": HandMade(drop=("authorization",)),
    "an unreadable signature": HandMade(change={"authorization": "AWS4-HMAC-SHA256 nonsense"}),
    "a bearer token": HandMade(change={"authorization": "Bearer abc"}),
    "an unknown key": HandMade(key="AKIDNOBODY"),
    "a wrong secret": HandMade(secret="x" * 40),
    "another key's secret": HandMade(key="AKIDOLD"),
    "six minutes ago": HandMade(age=timedelta(minutes=5, seconds=5)),
    "six minutes ahead": HandMade(age=-timedelta(minutes=5, seconds=10)),
    "another region": HandMade(region="eu-west-1"),
    "another service": HandMade(service="s3"),
    "an unsigned host": HandMade(signed_headers=("x-amz-date",)),
    "another body": HandMade(body=b"sent", signed_body=b"signed"),
    "another method": HandMade(signed_method="GET"),
    "another path": HandMade(signed_path="/%40connections/other"),
    "another query": HandMade(query="a=1", signed_query="a=2"),
    "a query that was not signed": HandMade(query="a=1", signed_query=""),
    "a hash that is not the body's": HandMade(
        body=b"sent",
        headers={"x-amz-content-sha256": SHA},
        signed_headers=("host", "x-amz-content-sha256", "x-amz-date"),
    ),
    "an unsigned payload": HandMade(
        body=b"sent",
        headers={"x-amz-content-sha256": "UNSIGNED-PAYLOAD"},
        signed_headers=("host", "x-amz-content-sha256", "x-amz-date"),
    ),
    "no date": HandMade(drop=("x-amz-date",)),
    "a date that is none": HandMade(change={"x-amz-date": "20269914T999999Z"}),
    "a signed header that did not come": HandMade(
        headers={"x-amz-extra": "1"},
        signed_headers=("host", "x-amz-date", "x-amz-extra"),
        drop=("x-amz-extra",),
    ),
    "another method of HTTP": HandMade(method="PUT"),
    "a PATCH": HandMade(method="PATCH"),
    "a key in the query": HandMade(
        query="X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=0", drop=("authorization",)
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_nothing_is_delivered_that_is_not_signed_well(
    listener: Listener, port: int, name: str
) -> None:
    answered = send_by_hand(WRONG[name].to(listener.connection_id), port)
    _is_error(answered, 403, "ForbiddenException")
    send_by_hand(HandMade(body=b"after").to(listener.connection_id), port)
    assert listener.next() == "after"


def _is_error(answered: Answered, status: int, error: str) -> None:
    assert (answered.status, answered.error) == (status, error), answered
    assert answered.headers["x-amzn-requestid"]
    assert json.loads(answered.body)["message"]


REFUSED = {
    "a short id": (HandMade(path="/@connections/short"), 400),
    "no id": (HandMade(path="/@connections"), 400),
    "no id but a slash": (HandMade(path="/@connections/"), 400),
    "an id with a slash": (HandMade(path="/@connections/AAAAAAA/AAAAAAA="), 400),
    "an id of other letters": (HandMade(path="/@connections/AAAAAAAAAAAAAA%21%3D"), 400),
    "an id of seventeen": (HandMade(path="/@connections/AAAAAAAAAAAAAAAA="), 400),
    "nobody's id": (HandMade(path=f"/@connections/{NOBODY}"), 410),
    "nobody's id, read": (HandMade("GET", f"/@connections/{NOBODY}"), 410),
    "nobody's id, closed": (HandMade("DELETE", f"/@connections/{NOBODY}"), 410),
    "a code for servers": (HandMade("DELETE", query="code=1001"), 400),
    "a code that is none": (HandMade("DELETE", query="code=4e3"), 400),
    "a code too high": (HandMade("DELETE", query="code=5000"), 400),
    "two codes": (HandMade("DELETE", query="code=4000&code=4001"), 400),
    "a long reason": (HandMade("DELETE", query=f"reason={'x' * 124}"), 400),
    "a byte too many": (HandMade(body=b"x" * 131_073), 413),
    "a megabyte": (HandMade(body=b"x" * 1_000_000), 413),
}
ERRORS = {400: "BadRequestException", 410: "GoneException", 413: "PayloadTooLargeException"}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_done_is_said(listener: Listener, port: int, name: str) -> None:
    wanted, status = REFUSED[name]
    _is_error(send_by_hand(wanted.to(listener.connection_id), port), status, ERRORS[status])
    boto_client(port).get_connection(ConnectionId=listener.connection_id)


def test_one_line_carries_every_verb_and_what_is_too_large(listener: Listener, port: int) -> None:
    line = kept_line(port)
    statuses = []
    for wanted in (
        *(HandMade(body=b"kept"), HandMade("GET"), HandMade(body=b"x" * 131_073)),
        *(HandMade(body=b"x", secret="y" * 40), HandMade("DELETE", f"/@connections/{NOBODY}")),
        HandMade("GET"),
    ):
        statuses.append(send_by_hand(wanted.to(listener.connection_id), port, line).status)
    line.close()
    assert statuses == [200, 200, 413, 403, 410, 200]
    assert listener.next() == "kept"


def test_a_read_has_the_keys_of_the_wire(listener: Listener, port: int) -> None:
    answered = send_by_hand(HandMade("GET").to(listener.connection_id), port)
    found = json.loads(answered.body)
    assert set(found) == {"connectedAt", "identity", "lastActiveAt"}
    assert set(found["identity"]) == {"sourceIp", "userAgent"}
    assert answered.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("query", "code", "reason"),
    [
        ("code=4001&reason=%EC%95%88%EB%85%95", 4001, "안녕"),
        ("reason=good+bye", 1000, "good bye"),
        ("code=4999", 4999, ""),
    ],
)
def test_a_close_says_why(cluster: Cluster, port: int, query: str, code: int, reason: str) -> None:
    with closing(Listener(cluster, "student3@example.com", cluster.nodes[0].port)) as leaving:
        wanted = HandMade("DELETE", query=query).to(leaving.connection_id)
        answered = send_by_hand(wanted, port)
        assert (answered.status, answered.body) == (204, b"")
        with pytest.raises(Exception, match=str(code)):
            leaving.next()
        assert leaving.socket.close_code == code
        assert leaving.socket.close_reason == reason


def test_two_hundred_in_a_row_arrive_in_order(cluster: Cluster, listener: Listener) -> None:
    clients = [boto_client(node.port) for node in cluster.nodes]
    for number in range(200):
        client = clients[number % 2]
        client.post_to_connection(ConnectionId=listener.connection_id, Data=b"%d" % number)
    assert [listener.next() for _ in range(200)] == [str(number) for number in range(200)]


def test_a_hundred_at_once_arrive_each_once(listener: Listener, port: int) -> None:
    client = boto_client(port, max_pool_connections=100)

    def post(number: int) -> None:
        client.post_to_connection(ConnectionId=listener.connection_id, Data=b"%d" % number)

    with ThreadPoolExecutor(100) as at_once:
        list(at_once.map(post, range(100)))
    assert sorted(int(listener.next()) for _ in range(100)) == [*range(100)]
    client.post_to_connection(ConnectionId=listener.connection_id, Data=b"last")
    assert listener.next() == "last"


def test_what_a_client_sends_again_is_written_once(cluster: Cluster, listener: Listener) -> None:
    for attempt, node in enumerate((*cluster.nodes, *cluster.nodes), 1):
        headers = {"amz-sdk-invocation-id": "one", "amz-sdk-request": f"attempt={attempt}; max=5"}
        call = HandMade(body=b"once", headers=headers).to(listener.connection_id)
        assert send_by_hand(call, node.port).status == 200
    again = HandMade(body=b"then", headers={"amz-sdk-invocation-id": "one"})
    assert send_by_hand(again.to(listener.connection_id), cluster.nodes[0].port).status == 200
    assert [listener.next(), listener.next()] == ["once", "then"]


def test_a_reader_that_stalls_is_said_to_be_behind(cluster: Cluster, port: int) -> None:
    with closing(
        Listener(cluster, "student4@example.com", cluster.nodes[0].port, max_queue=1)
    ) as stalled:
        client = boto_client(port)
        written: list[int] = []

        def post_on() -> None:
            while True:
                data = b"%d " % len(written) + b"x" * 131_000
                client.post_to_connection(ConnectionId=stalled.connection_id, Data=data)
                written.append(len(written))

        with pytest.raises(client.exceptions.LimitExceededException):
            post_on()
        frames = [stalled.next() for _ in written]
        client.post_to_connection(ConnectionId=stalled.connection_id, Data=b"again")
        assert [int(str(frame).split()[0]) for frame in frames] == written
        assert stalled.next() == "again"


def test_calls_are_counted_by_key_and_no_secret_is_logged(
    cluster: Cluster, listener: Listener
) -> None:
    port = cluster.nodes[0].port
    for key, secret in (("AKIDOLD", OLD_SECRET), ("AKIDNOBODY", OLD_SECRET)):
        send_by_hand(HandMade(key=key, secret=secret).to(listener.connection_id), port)
    assert listener.next() == ""
    text = call("GET", f"http://127.0.0.1:{port}/metrics").text
    assert 'speaktracker_management_calls_total{key="AKIDOLD",method="POST",status="200"}' in text
    assert 'key="unknown",method="POST",status="403"' in text
    assert "AKIDNOBODY" not in text
    assert "management-secret" not in cluster.logs()


@pytest.fixture(scope="module")
def proxy(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of an nginx in front of both processes."""
    running = Nginx(tmp_path_factory.mktemp("nginx"), [node.port for node in cluster.nodes])
    asyncio.run(running.answers())
    yield running.port
    running.stop()


@pytest.mark.parametrize(
    "path",
    [
        *("/@connections/{id}", "/%40connections/{id}", "/prod/@connections/{id}/"),
        *("/a/b/%40connections/{raw}", "/prod//@connections/{id}"),
    ],
)
def test_the_path_goes_through_as_it_was_signed(listener: Listener, proxy: int, path: str) -> None:
    wanted = HandMade(path=path, body=path.encode()).to(listener.connection_id)
    # Nobody knows which process: each second call goes to the other.
    assert [send_by_hand(wanted, proxy).status for _ in range(2)] == [200, 200]
    assert [listener.next(), listener.next()] == [path, path]


def test_boto3_posts_reads_and_is_told_what_is_too_large(listener: Listener, proxy: int) -> None:
    client = boto_client(proxy, "/prod")
    name = listener.connection_id
    client.post_to_connection(ConnectionId=name, Data=b"x" * 131_072)
    assert len(listener.next()) == 131_072
    assert client.get_connection(ConnectionId=name)["Identity"]["SourceIp"] == "127.0.0.1"
    for size in (131_073, 133_000, 1_000_000):
        with pytest.raises(client.exceptions.PayloadTooLargeException):
            client.post_to_connection(ConnectionId=name, Data=b"x" * size)
    with pytest.raises(client.exceptions.GoneException):
        client.delete_connection(ConnectionId="AAAAAAAAAAAAAAA=")


def test_without_a_server_the_answer_is_one_that_clients_read(tmp_path: Path) -> None:
    alone = Nginx(tmp_path, [1, 1])  # where nobody listens
    asyncio.run(alone.answers())
    try:
        answered = send_by_hand(HandMade(body=b"x").to("AAAAAAAAAAAAAAA="), alone.port)
    finally:
        alone.stop()
    assert (answered.status, answered.error) == (503, "ServiceUnavailableException")
    assert answered.headers["x-amzn-requestid"]
    assert json.loads(answered.body)["message"]

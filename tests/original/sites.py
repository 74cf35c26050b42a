"""Where the team's handlers run: behind API Gateway and Lambda, and beside a server of ours."""

import io
import json
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlencode

import boto3
from websockets.sync.client import ClientConnection

from tests.client.node import MODULES
from tests.patient_clients import blocking_connect, call
from tests.server_process import ServerProcess

STACK = "original"
KEY_ID, SECRET = "AKIDTEAM", "the-secret-of-the-team-forty-characters-x"
# Runtime, and the file with the handlers.
LANGUAGES = {
    "python": ("python3.12", "lambda_handlers.py"),
    "node": ("nodejs22.x", "lambda_handlers.js"),
}
SECONDS = 20
Frame = dict[str, Any]


class Cloud:
    """The team's account: tables, functions and APIs, by boto3."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.socket_url = f"ws://127.0.0.1:{port}"
        session = boto3.session.Session("test", "test", region_name="us-east-1")
        self.lambdas = session.client("lambda", endpoint_url=self.url)
        self.gateway = session.client("apigatewayv2", endpoint_url=self.url)
        self.tables = session.resource("dynamodb", endpoint_url=self.url)

    def table(self, name: str) -> Any:
        """Give one of the three tables."""
        return self.tables.Table(f"{STACK}-{name}")

    def function(self, name: str, language: str, **environment: str) -> str:
        """Make a function of the handlers of `language`; gives its ARN."""
        runtime, file = LANGUAGES[language]
        made = self.lambdas.create_function(
            FunctionName=name,
            Runtime=runtime,
            Handler="lambda_handlers.handler",
            Role="arn:aws:iam::000000000000:role/team",
            Timeout=SECONDS,
            Code={"ZipFile": _zipped(Path(__file__).with_name(file))},
            Environment={
                "Variables": {"STACK": STACK, "NODE_PATH": str(MODULES), **environment},
            },
        )
        return str(made["FunctionArn"])

    def invoke(self, name: str, event: Frame) -> Frame:
        """Invoke a function as API Gateway does; gives the counts that it answers."""
        answer = self.lambdas.invoke(FunctionName=name, Payload=json.dumps(event))
        said = json.loads(answer["Payload"].read())
        assert said.get("statusCode") == 200, said
        counts: Frame = json.loads(said["body"] or "{}")
        return counts


@dataclass(frozen=True)
class Person:
    """Somebody at a socket."""

    socket: ClientConnection
    connection_id: str

    def receive(self, is_wanted: Callable[[Frame], bool]) -> Frame:
        """Read until the frame that is wanted."""
        while True:
            frame: Frame = json.loads(self.socket.recv(SECONDS))
            if is_wanted(frame):
                return frame


class Site(Protocol):
    """One of the two places, for one language."""

    cloud: Cloud
    tutor: str
    student: str

    def connect(self, email: str) -> Person:
        """Open a socket."""

    def say(self, person: Person, message: Frame) -> Frame:
        """Have the handler of the message's type run; gives what it counted."""


class OriginalSite:
    """The original: API Gateway holds the sockets, and calls the handlers."""

    def __init__(self, cloud: Cloud, language: str) -> None:
        self.cloud = cloud
        self.tutor, self.student = f"{language}-tutor@example.com", f"{language}@example.com"
        self.name = f"original-{language}"
        self.api_id = cloud.gateway.create_api(
            Name=self.name,
            ProtocolType="WEBSOCKET",
            RouteSelectionExpression="$request.body.type",
        )["ApiId"]
        self._path = f"/_aws/execute-api/{self.api_id}/prod"
        keys = {"CONNECTIONS_KEY_ID": "test", "CONNECTIONS_SECRET": "test"}
        url = f"{cloud.url}{self._path}"
        self._deploy(cloud.function(self.name, language, CONNECTIONS_URL=url, **keys))

    def _deploy(self, function: str) -> None:
        uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{function}"
        gateway = self.cloud.gateway
        integration = gateway.create_integration(
            ApiId=self.api_id,
            IntegrationType="AWS_PROXY",
            IntegrationUri=f"{uri}/invocations",
        )["IntegrationId"]
        for key in ("$connect", "$disconnect", "status", "feedback"):
            target = f"integrations/{integration}"
            gateway.create_route(ApiId=self.api_id, RouteKey=key, Target=target)
        gateway.create_stage(ApiId=self.api_id, StageName="prod", AutoDeploy=True)

    def connect(self, email: str) -> Person:
        """Open a socket at API Gateway, with who it is in the address."""
        query = {"user_email": email, "user_type": "tutor"}
        if email == self.student:
            query |= {"user_type": "student", "tutor_email": self.tutor}
        address = f"{self.cloud.socket_url}{self._path}?{urlencode(query)}"
        before = connection_ids(self.cloud, email)
        socket = _open(address)
        # API Gateway tells a client its id nowhere: the handler of `$connect` wrote it down.
        (made,) = connection_ids(self.cloud, email) - before
        return Person(socket, made)

    def say(self, person: Person, message: Frame) -> Frame:
        """Send the message, and read what the handler answers."""
        person.socket.send(json.dumps(message))
        return person.receive(lambda frame: "sent" in frame)


class MovedSite:
    """The same handlers with our server as their endpoint: it holds sockets and writes rows."""

    def __init__(self, cloud: Cloud, language: str, server: ServerProcess) -> None:
        self.cloud, self.server = cloud, server
        number = 1 + list(LANGUAGES).index(language)
        self.tutor, self.student = f"tutor{number}@example.com", f"student{number}@example.com"
        self.name = f"moved-{language}"
        keys = {"CONNECTIONS_KEY_ID": KEY_ID, "CONNECTIONS_SECRET": SECRET}
        cloud.function(self.name, language, CONNECTIONS_URL=f"{server.url}/prod", **keys)

    def connect(self, email: str) -> Person:
        """Open a socket at our server, and wait until the mirror has written its row."""
        socket = _open(self.server.ws_url, additional_headers=self.bearer(email))
        welcome = Person(socket, "").receive(lambda frame: "connection_id" in frame)
        await_true(lambda: welcome["connection_id"] in connection_ids(self.cloud, email))
        return Person(socket, welcome["connection_id"])

    def say(self, person: Person, message: Frame) -> Frame:
        """Invoke the function with the event that API Gateway would have made of the message."""
        return self.invoke(message["type"], person, body=json.dumps(message))

    def invoke(self, route: str, person: Person, **fields: Any) -> Frame:
        """Invoke the function with an event of API Gateway's shape."""
        context = {"routeKey": route, "connectionId": person.connection_id}
        return self.cloud.invoke(self.name, {"requestContext": context, **fields})

    def bearer(self, email: str) -> dict[str, str]:
        """Make the header that identifies somebody."""
        credentials = {"email": email, "password": "demo-password"}
        answer = call("POST", f"{self.server.url}/api/auth/token", json=credentials)
        return {"Authorization": f"Bearer {answer.json()['access']}"}


class Room:
    """A tutor and a student at sockets of one site."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.tutor = site.connect(site.tutor)
        self.student = site.connect(site.student)

    def end(self, tab: Person) -> None:
        """Close a socket of the student; returns once its row is deleted."""
        tab.socket.close()
        cloud, student = self.site.cloud, self.site.student
        await_true(lambda: tab.connection_id not in connection_ids(cloud, student))

    def close(self) -> None:
        """End the sockets; returns once no row is left, or a handler holds up ministack's end."""
        self.tutor.socket.close()
        self.student.socket.close()
        cloud, people = self.site.cloud, (self.site.tutor, self.site.student)
        await_true(lambda: not any(connection_ids(cloud, email) for email in people))


def connection_ids(cloud: Cloud, email: str) -> set[str]:
    """List the connections that the table has of somebody."""
    answer = cloud.table("websocket-connections").query(
        IndexName="user_email-index",
        KeyConditionExpression="user_email = :email",
        ExpressionAttributeValues={":email": email},
    )
    return {item["connection_id"] for item in answer["Items"]}


def await_true(look: Callable[[], bool]) -> None:
    """Look until it is true; fails after a while."""
    deadline = time.monotonic() + SECONDS
    while not look():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _open(address: str, **options: Any) -> ClientConnection:
    # Without a limit: what nobody has read would hold up the close.
    return blocking_connect(address, legacy=True, max_queue=None, **options)


def _zipped(file: Path) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as made:
        # The same bytes for the same file: Lambda tells by them whether code is the same.
        made.writestr(zipfile.ZipInfo(file.name), file.read_bytes())
    return archive.getvalue()

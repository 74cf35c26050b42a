"""Calls of the Management API: by boto3 as it is, and by hand what it never sends."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from websockets.sync.client import ClientConnection

from tests.cluster.cluster import Cluster
from tests.patient_clients import Line, blocking_connect, kept_line

SECRET = "management-secret-of-forty-characters-abc"
OLD_SECRET = "management-secret-before-the-rotation-abcdef"
KEYS = f"AKIDNEW:{SECRET},AKIDOLD:{OLD_SECRET},AKIDPOST:{SECRET}:POST,AKIDREAD:{SECRET}:GET+DELETE"
REGION = "us-east-1"
SECONDS = 20


def boto_client(port: int, prefix: str = "", key: str = "AKIDNEW", **options: Any) -> Any:
    """Make the client as anybody would: an endpoint and two keys."""
    retries = {"total_max_attempts": options.pop("attempts", 1)}
    return boto3.client(
        "apigatewaymanagementapi",
        endpoint_url=f"http://127.0.0.1:{port}{prefix}",
        region_name=options.pop("region", REGION),
        aws_access_key_id=key,
        aws_secret_access_key=options.pop("secret", SECRET),
        config=Config(retries=retries, read_timeout=30, **options),
    )


class Listener:
    """One socket of a person at a process, that reads when it is asked."""

    def __init__(self, cluster: Cluster, email: str, port: int, **options: Any) -> None:
        self.socket: ClientConnection = blocking_connect(
            f"ws://127.0.0.1:{port}/ws/",
            additional_headers={"Authorization": f"Bearer {cluster.token(email)}"},
            compression=None,
            legacy=True,
            max_size=None,
            user_agent_header="Listener/1.0",
            **options,
        )
        self.connection_id = ""
        while not self.connection_id:
            self.connection_id = json.loads(self.socket.recv(SECONDS)).get("connection_id", "")

    def next(self) -> str | bytes:
        """Read the next frame that is none of the product's own."""
        while True:
            frame = self.socket.recv(SECONDS)
            if isinstance(frame, bytes) or not frame.startswith('{"type":"'):
                return frame

    def close(self) -> None:
        """End the socket."""
        self.socket.close()


@dataclass(frozen=True)
class HandMade:
    """One call written by hand; what is `None` or empty is as boto3 would have it."""

    method: str = "POST"
    path: str = ""
    body: bytes = b""
    key: str = "AKIDNEW"
    secret: str = SECRET
    region: str = REGION
    service: str = "execute-api"
    age: timedelta = timedelta(0)
    # What is signed where it differs from what is sent.
    signed_path: str = ""
    signed_method: str = ""
    signed_body: bytes | None = None
    signed_query: str | None = None
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    signed_headers: tuple[str, ...] = ("host", "x-amz-date")
    change: Mapping[str, str] = field(default_factory=dict)
    drop: tuple[str, ...] = ()

    def to(self, connection_id: str) -> "HandMade":
        """Fill in the connection: `{raw}` as it is, `{id}` encoded, `{twice}` as it is signed."""
        once = quote(connection_id, safe="")
        words = {"raw": connection_id, "id": once, "twice": quote(once)}
        path = (self.path or "/@connections/{id}").format(**words)
        return replace(self, path=path, signed_path=self.signed_path.format(**words))

    def sent_headers(self, host: str) -> dict[str, str]:
        """Sign the call, and spoil what is to be spoilt."""
        date = (datetime.now(UTC) - self.age).strftime("%Y%m%dT%H%M%SZ")
        given = {**self.headers, "host": host, "x-amz-date": date}
        signer = _Signer(Credentials(self.key, self.secret), self.service, self.region)
        request = AWSRequest(
            self.signed_method or self.method,
            f"http://{host}/",
            {name: value for name, value in given.items() if name in self.signed_headers},
            self.body if self.signed_body is None else self.signed_body,
        )
        request.context["timestamp"] = date
        signer.path = self.signed_path or quote(self.path, safe="/~")
        signer.query = self.query if self.signed_query is None else self.signed_query
        canonical = signer.canonical_request(request)
        signature = signer.signature(signer.string_to_sign(request, canonical), request)
        scope = f"{self.key}/{date[:8]}/{self.region}/{self.service}/aws4_request"
        given["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={scope}, "
            f"SignedHeaders={';'.join(sorted(self.signed_headers))}, Signature={signature}"
        )
        sent = {**given, **self.change}
        return {name: value for name, value in sent.items() if name not in self.drop}


class _Signer(SigV4Auth):  # type: ignore[misc]
    path = query = ""

    def _normalize_url_path(self, _path: str) -> str:
        return self.path

    def canonical_query_string(self, _request: Any) -> str:
        return "&".join(sorted(self.query.split("&")))

    def headers_to_sign(self, request: Any) -> Any:
        return request.headers


@dataclass(frozen=True)
class Answered:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def error(self) -> str:
        """Name the error as the clients read it."""
        return self.headers.get("x-amzn-errortype", "")


def send_by_hand(call: HandMade, port: int, line: Line | None = None) -> Any:
    """Send one call, over a connection that is kept when it is given."""
    made = line or kept_line(port)
    target = f"{call.path}?{call.query}" if call.query else call.path
    made.putrequest(call.method, target, skip_host=True, skip_accept_encoding=True)
    for name, value in call.sent_headers(f"127.0.0.1:{port}").items():
        made.putheader(name, value)
    if call.body:
        made.putheader("content-length", str(len(call.body)))
    made.endheaders(call.body or None)
    got = made.getresponse()
    answered = Answered(
        got.status, {name.lower(): value for name, value in got.getheaders()}, got.read()
    )
    if line is None:
        made.close()
    return answered

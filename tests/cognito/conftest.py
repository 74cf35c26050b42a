"""A real pool at ministack, a server of keys that can fail, and clients of the product."""

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from pytest_django import Settings
from rest_framework.test import APIClient

from speaktracker.cognito import identification, pool_client, signing_keys
from speaktracker.cognito.user_pool import user_pool
from speaktracker.cognito.user_pool_config import UserPoolConfig
from speaktracker.devstack.child_processes import Server
from speaktracker.devstack.stack_servers import ministack
from tests.api.conftest import _nobody_has_called_yet  # noqa: F401 - a fixture
from tests.cognito.key_server import REGION, KeyServer
from tests.realtime.conftest import connect, limits, student, tutor  # noqa: F401 - fixtures

PASSWORD = "Correct-Horse-1"
Tokens = dict[str, str]


class RealPool:
    """A pool of ministack with one app client, and its people."""

    def __init__(self, client: Any, endpoint: str) -> None:
        self.client = client
        schema = [{"Name": "user_type", "AttributeDataType": "String", "Mutable": True}]
        made = client.create_user_pool(PoolName=f"p{uuid.uuid4().hex[:8]}", Schema=schema)
        self.id = made["UserPool"]["Id"]
        flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
        web = client.create_user_pool_client(
            UserPoolId=self.id, ClientName="web", ExplicitAuthFlows=flows
        )
        self.client_id = web["UserPoolClient"]["ClientId"]
        for group in ("tutors", "students"):
            client.create_group(UserPoolId=self.id, GroupName=group)
        self.config = UserPoolConfig(
            self.id,
            REGION,
            (self.client_id,),
            jwks_url=f"{endpoint}/{self.id}/.well-known/jwks.json",
            endpoint=endpoint,
        )

    def add(self, email: str, *groups: str, verified: str = "true", **attributes: str) -> str:
        """Make somebody with a password; answers the user name."""
        said = {"email": email, "email_verified": verified, **attributes}
        self.client.admin_create_user(
            UserPoolId=self.id,
            Username=email,
            UserAttributes=[{"Name": name, "Value": value} for name, value in said.items()],
            MessageAction="SUPPRESS",
        )
        self.client.admin_set_user_password(
            UserPoolId=self.id, Username=email, Password=PASSWORD, Permanent=True
        )
        for group in groups:
            self.client.admin_add_user_to_group(UserPoolId=self.id, Username=email, GroupName=group)
        return email

    def sign_in(self, username: str) -> Tokens:
        """Sign in as a client does; answers `id`, `access` and `refresh`."""
        result = self.client.initiate_auth(
            ClientId=self.client_id,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": username, "PASSWORD": PASSWORD},
        )["AuthenticationResult"]
        return {use: result[f"{use.title()}Token"] for use in ("id", "access", "refresh")}


@pytest.fixture(scope="session")
def aws_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run a ministack that holds tokens to their sign-outs as AWS does; gives its address."""
    described = ministack()
    folder = tmp_path_factory.mktemp("ministack")
    described._environment |= {
        "AUTH": "true",
        "STATE_DIR": str(folder),
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
    with described as server:
        assert isinstance(server, Server)
        yield f"http://127.0.0.1:{server.port}"


@pytest.fixture
def pool(aws_server: str, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> RealPool:
    """Give a pool of this test's own, which the product trusts and has patience with.

    A signature counts where the pool's word takes a second, which on a busy machine it may.
    """
    for module, name in (
        (identification, "STANDING_SECONDS"),
        (identification, "PROFILE_SECONDS"),
        (pool_client, "READ_SECONDS"),
    ):
        monkeypatch.setattr(module, name, 60.0)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    client = boto3.session.Session().client("cognito-idp", REGION, endpoint_url=aws_server)
    made = RealPool(client, aws_server)
    settings.COGNITO = made.config
    return made


@pytest.fixture
def key_server(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[KeyServer]:
    """Give a pool whose keys this test serves, which the product trusts.

    It is waited for longer than a real one: on a busy machine this process may not get to answer.
    """
    for name in ("CONNECT_SECONDS", "FETCH_SECONDS"):
        monkeypatch.setattr(signing_keys, name, 30.0)
    server = KeyServer()
    settings.COGNITO = server.config
    yield server
    server.stop()


@pytest.fixture
def api(transactional_db: None) -> APIClient:
    """A client nobody signed in with."""
    client = APIClient(raise_request_exception=False)
    client.default_format = "json"
    return client


Status = Callable[[str], int]


@pytest.fixture
def status_with(api: APIClient) -> Status:
    """Call what any signed-in person may, with a token; answers the HTTP status."""

    def call(token: str) -> int:
        answer = api.post("/api/realtime/ticket", HTTP_AUTHORIZATION=f"Bearer {token}")
        return int(answer.status_code)

    return call


@pytest.fixture
def fresh_keys(key_server: KeyServer) -> KeyServer:
    """Have the product know the keys already."""
    pool = user_pool()
    assert pool is not None
    pool.keys.refresh().result(5)
    return key_server

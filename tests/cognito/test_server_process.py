"""A real server process that knows the pool by its environment alone, as an operator sets it."""

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosedError
from websockets.typing import Subprotocol

from tests.cognito.conftest import RealPool
from tests.patient_clients import PATIENCE_SECONDS, blocking_connect, call
from tests.server_process import ServerProcess

pytestmark = pytest.mark.e2e


@pytest.fixture
def server(pool: RealPool, tmp_path: Path) -> Iterator[ServerProcess]:
    """Serve with the variables of the contract, and answers of the pool that count a second."""
    environment = {
        "COGNITO_USER_POOL_ID": pool.id,
        "COGNITO_CLIENT_ID": pool.client_id,
        "COGNITO_JWKS_URL": pool.config.jwks_url,
        "COGNITO_CHECK_SECONDS": "1",
        "AWS_REGION": "us-east-1",
        "LOG_LEVEL": "DEBUG",
    }
    with ServerProcess(tmp_path, environment) as running:
        yield running


def status(server: ServerProcess, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return call("POST", f"{server.url}/api/realtime/ticket", headers=headers).status_code


@pytest.mark.parametrize("use", ["id", "access"])
def test_a_person_of_the_pool_comes_and_goes(
    server: ServerProcess, pool: RealPool, use: str
) -> None:
    username = pool.add("min@example.com", "tutors")
    tokens = pool.sign_in(username)
    assert status(server, tokens[use]) == 200
    offered = [Subprotocol("speaktracker.v1"), Subprotocol(f"bearer.{tokens[use]}")]
    with blocking_connect(server.ws_url, subprotocols=offered) as socket:
        assert json.loads(socket.recv(PATIENCE_SECONDS))["user_email"] == "min@example.com"
        pool.client.admin_disable_user(UserPoolId=pool.id, Username=username)
        with suppress(ConnectionClosedError):
            while frame := json.loads(socket.recv(PATIENCE_SECONDS)):
                last = frame
        assert (last["code"], socket.close_code) == ("INVALID_CREDENTIALS", 4401)
    assert status(server, tokens[use]) == 401
    written = server.log.read_text()
    assert not [token for token in tokens.values() if token.split(".")[2] in written]

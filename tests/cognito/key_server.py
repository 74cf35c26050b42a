"""A pool's keys and tokens of our own making, and a real HTTP server for its JWKS that can fail."""

import base64
import hashlib
import json
import threading
import time
import uuid
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from speaktracker.cognito.user_pool_config import UserPoolConfig

REGION = "us-east-1"
CLIENTS = ("webclient", "mobileclient")


class PoolKey:
    """A key pair, with a `kid` as AWS writes them."""

    def __init__(self) -> None:
        self.private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.pem = self.private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self.kid = base64.b64encode(hashlib.sha256(self.pem).digest()).decode()[:-2] + "+/="

    @property
    def jwk(self) -> dict[str, Any]:
        """What the JWKS says of it."""
        public: dict[str, Any] = jwt.algorithms.RSAAlgorithm.to_jwk(
            self.private.public_key(), as_dict=True
        )
        return {**public, "kid": self.kid, "use": "sig", "alg": "RS256"}


_made: list[PoolKey] = []


def another_key() -> PoolKey:
    """Give a key that the eleven calls before did not; to make one costs a tenth of a second."""
    _made.append(_made.pop(0) if len(_made) >= 12 else PoolKey())
    return _made[-1]


class KeyServer:
    """Signs as a pool does: ID tokens with one key, access tokens with another."""

    def __init__(self) -> None:
        self.keys = {"id": another_key(), "access": another_key()}
        self.fetches = 0
        self.answer: Callable[[BaseHTTPRequestHandler], None] = self.as_it_should
        self.released = threading.Event()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.fetches += 1
                server.answer(self)

            def log_message(self, *_: Any) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def config(self) -> UserPoolConfig:
        """Give the settings of a pool with these keys, which is never asked anything."""
        url = f"http://127.0.0.1:{self._http.server_address[1]}/keys"
        return UserPoolConfig("us-east-1_Test12345", REGION, CLIENTS, jwks_url=url, check="off")

    def stop(self) -> None:
        """Answer nobody any longer."""
        self.released.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def rotate(self) -> None:
        """Sign with other keys from now on, and publish those alone."""
        self.keys = {"id": another_key(), "access": another_key()}

    def sign(self, use: str = "id", *, key: PoolKey | None = None, **claims: Any) -> str:
        """Sign a token; a claim that is None is left out."""
        client = {"aud": CLIENTS[0]} if use == "id" else {"client_id": CLIENTS[0]}
        now = int(time.time())
        said = {
            "sub": str(uuid.uuid5(uuid.NAMESPACE_URL, "kim")),
            "iss": self.config.issuer,
            "token_use": use,
            "iat": now,
            "auth_time": now,
            "exp": now + 3600,
            **client,
            "cognito:groups": ["tutors"],
            **({"email": "kim@example.com", "email_verified": True} if use == "id" else {}),
            **claims,
        }
        key = key or self.keys[use]
        said = {name: value for name, value in said.items() if value is not None}
        return jwt.encode(said, key.private, "RS256", headers={"kid": key.kid})

    # --- How it answers -------------------------------------------------------------------------

    def as_it_should(self, request: BaseHTTPRequestHandler) -> None:
        """Answer the keys of now."""
        self.send(request, json.dumps({"keys": [key.jwk for key in self.keys.values()]}).encode())

    def never(self, request: BaseHTTPRequestHandler) -> None:
        """Keep the request until the server stops or is released."""
        self.released.wait(30)
        self.as_it_should(request)

    def with_body(self, body: bytes, status: int = 200) -> None:
        """Answer something else from now on."""
        self.answer = lambda request: self.send(request, body, status)

    def send(self, request: BaseHTTPRequestHandler, body: bytes, status: int = 200) -> None:
        """Answer `body`; a client that has gone is no error."""
        try:
            request.send_response(status)
            request.send_header("Content-Length", str(len(body)))
            request.end_headers()
            request.wfile.write(body)
        except OSError:
            pass

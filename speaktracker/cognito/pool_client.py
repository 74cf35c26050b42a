"""The pool's own API: whose a token is, and who may still sign in there. Blocks."""

import math
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from speaktracker.cognito.pool_tokens import PoolClaims, Profile, profile_of
from speaktracker.cognito.user_pool_config import UserPoolConfig
from speaktracker.exceptions import Unavailable

CONNECT_SECONDS = 1
READ_SECONDS = 2
AT_ONCE = 4
# What each call answers of a token or a person whom the pool does not stand by any longer.
ENDED = {
    "get_user": {
        "NotAuthorizedException",
        "UserNotFoundException",
        "UserNotConfirmedException",
        "PasswordResetRequiredException",
    },
    "admin_get_user": {"UserNotFoundException"},
}
# What it answers who may not ask about people: an operator has to change something first.
NOT_ALLOWED = {
    "AccessDeniedException",
    "ExpiredTokenException",
    "InvalidSignatureException",
    "NotAuthorizedException",
    "UnrecognizedClientException",
}
NOT_ALLOWED_SECONDS = 600


class AccountEnded(Exception):
    """The pool has signed the token out, or has disabled or deleted whose it is."""


class NotAllowed(Exception):
    """AWS does not let this machine ask about people."""


class PoolClient:
    """One boto3 client per process; importing boto3 and making it take most of a second."""

    def __init__(self, pool: UserPoolConfig) -> None:
        self._pool = pool
        self._lock = threading.Lock()
        self._made: Any = None
        self._asks_of_people_from = 0.0 if pool.check == "users" else math.inf

    def can_ask(self, *, by_token: bool) -> bool:
        """Tell whether the pool can be asked, as far as is known: of people not by everybody."""
        return by_token or time.monotonic() >= self._asks_of_people_from

    def prepare(self) -> None:
        """Make the client before it is needed; what fails is tried again then."""
        with suppress(Unavailable):
            self._client()

    def ask(self, claims: PoolClaims, *, by_token: bool) -> Profile | None:
        """Return whose the token is (GetUser), or None where its person stands (AdminGetUser).

        The first needs no AWS credentials. Raises AccountEnded, NotAllowed or Unavailable.
        """
        client = self._client()
        if by_token:
            answer = self._call("get_user", client, AccessToken=claims.token)
            attributes = {
                each["Name"]: each.get("Value", "") for each in answer.get("UserAttributes", ())
            }
            if attributes.get("sub") != claims.sub:
                raise Unavailable("the user pool answered for somebody else")
            return profile_of(attributes)
        if not self.can_ask(by_token=False):
            raise NotAllowed("there are no AWS credentials")
        try:
            self._call(
                "admin_get_user", client, UserPoolId=self._pool.pool_id, Username=claims.username
            )
        except NotAllowed:
            self._asks_of_people_from = time.monotonic() + NOT_ALLOWED_SECONDS
            raise
        return None

    def _call(self, operation: str, client: Any, **arguments: str) -> Mapping[str, Any]:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            answer: Mapping[str, Any] = getattr(client, operation)(**arguments)
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code in ENDED[operation]:
                raise AccountEnded(code) from None
            if code in NOT_ALLOWED:
                raise NotAllowed(code) from None
            raise Unavailable(f"the user pool answers {code}") from None
        except (BotoCoreError, ValueError) as error:
            raise Unavailable(f"the user pool cannot be asked: {type(error).__name__}") from None
        if answer.get("Enabled") is False:
            raise AccountEnded("disabled")
        return answer

    def _client(self) -> Any:
        with self._lock:
            if self._made is None:
                self._made = self._make()
            return self._made

    def _make(self) -> Any:
        # Here, in a thread: slow to import, and for users of Cognito alone.
        import boto3
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError

        try:
            session = boto3.session.Session()
            # Looked for once: on a machine without any, each look may take seconds.
            if session.get_credentials() is None:
                self._asks_of_people_from = math.inf
            return session.client(
                "cognito-idp",
                region_name=self._pool.region,
                endpoint_url=self._pool.endpoint or None,
                config=Config(
                    connect_timeout=CONNECT_SECONDS,
                    read_timeout=READ_SECONDS,
                    retries={"mode": "standard", "total_max_attempts": 1},
                    max_pool_connections=AT_ONCE,
                    tcp_keepalive=True,
                ),
            )
        except (BotoCoreError, ValueError) as error:
            raise Unavailable(f"the user pool cannot be asked: {error}") from None

"""Live sockets end with their sign-in at the user pool, which announces nothing: it is asked."""

import asyncio
from heapq import nsmallest

from django.conf import settings

from realtime.protocol.errors import invalid_credentials
from realtime.sockets.live_connection import LiveConnection
from realtime.sockets.open_sockets import open_sockets
from speaktracker.cognito.pool_tokens import PoolClaims
from speaktracker.cognito.user_pool import UserPool, user_pool
from speaktracker.exceptions import InvalidCredentials

ROUND_SECONDS = 5.0
# So many sockets are looked at before others may have the event loop.
AT_A_TIME = 200


async def follow_pool() -> None:
    """Close the sockets whose token the pool has ended; ask it about those that wait longest.

    The answers are acted on at the next round. What one process asks is bounded, so with very many
    sockets each is asked about less often.
    """
    pool = user_pool()
    if pool is None or pool.config.check == "off":
        return
    due: list[tuple[float, str, LiveConnection, PoolClaims]] = []
    for number, connection in enumerate(open_sockets()):
        if number % AT_A_TIME == AT_A_TIME - 1:
            await asyncio.sleep(0)
        claims = connection.credentials.pool_claims
        if claims is None or not _stands(pool, connection, claims):
            continue
        since = pool.standing.due_since(claims)
        if since is not None:
            due.append((since, connection.connection_id, connection, claims))
    questions = int(settings.LIMITS.cognito_checks_per_second * ROUND_SECONDS)
    for _since, _id, _connection, claims in nsmallest(questions, due):
        pool.standing.ask(claims)


def _stands(pool: UserPool, connection: LiveConnection, claims: PoolClaims) -> bool:
    try:
        pool.standing.refuse_ended(claims)
    except InvalidCredentials:
        connection.expel(invalid_credentials(), None)
        return False
    return True

"""Whose a pool's token is: one description of the steps, for the event loop and for a thread."""

import asyncio
from collections.abc import Callable, Generator
from concurrent import futures
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from speaktracker import db
from speaktracker.cognito.pool_tokens import PoolClaims
from speaktracker.cognito.selectors import person_of
from speaktracker.cognito.services import sign_in_first
from speaktracker.cognito.user_pool import UserPool
from speaktracker.exceptions import Unavailable
from speaktracker.roster.models import User

# How long a handshake or a request waits for the keys, of which it knows none that fits.
KEYS_SECONDS = 3.0
# How long it waits for the pool's word on a token; the keys have vouched for it already.
STANDING_SECONDS = 1.0
# How long it waits to learn whose an access token is that was never met.
PROFILE_SECONDS = 4.0


@dataclass(frozen=True, slots=True)
class Wait:
    """Something on its way that is worth waiting for, but no longer than so."""

    future: Future[Any]
    seconds: float


@dataclass(frozen=True, slots=True)
class Sql:
    """A function that reads, or `writes`, SQL."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    writes: bool = False


# A person of ours whom a token of the pool stands for, and what the token says.
Identity = tuple[User, PoolClaims]
Steps = Generator[Wait | Sql, Any, Identity]


def steps(pool: UserPool, token: str) -> Steps:
    """Find whose `token` is; each step is sent its result.

    Raises InvalidCredentials, NoRole for somebody new without one type, or Unavailable.
    """
    claims = pool.claims(token)
    if claims is None and (fetching := pool.keys.seek()):
        yield Wait(fetching, KEYS_SECONDS)
        claims = pool.claims(token)
    if claims is None:
        raise pool.keys.missing()
    if asking := pool.check(claims):
        yield Wait(asking, STANDING_SECONDS)
        pool.check(claims)
    user = yield Sql(person_of, (claims,))
    if user is None:
        profile = claims.profile or pool.standing.profile(claims)
        if profile is None and (asking := pool.standing.ask_profile(claims)):
            yield Wait(asking, PROFILE_SECONDS)
            profile = pool.standing.profile(claims)
        if profile is None:
            raise Unavailable("the user pool does not say whose the access token is")
        user = yield Sql(sign_in_first, (claims, profile), writes=True)
    return user, claims


async def identify_in_loop(pool: UserPool, token: str) -> Identity:
    """Take the steps without holding up the event loop; raises as they do."""
    taken, result = steps(pool, token), None
    while True:
        try:
            step = taken.send(result)
        except StopIteration as end:
            identity: Identity = end.value
            return identity
        if isinstance(step, Sql):
            run = db.write if step.writes else db.read
            result = await run(step.function, *step.arguments)
        else:
            # Not `wait_for`, which would cancel what others wait for, too.
            result = await asyncio.wait([asyncio.wrap_future(step.future)], timeout=step.seconds)


def identify_in_thread(pool: UserPool, token: str) -> Identity:
    """Take the steps in a thread that may wait and do SQL; raises as they do."""
    taken, result = steps(pool, token), None
    while True:
        try:
            step = taken.send(result)
        except StopIteration as end:
            identity: Identity = end.value
            return identity
        if isinstance(step, Sql):
            result = step.function(*step.arguments)
        else:
            result = futures.wait([step.future], timeout=step.seconds)

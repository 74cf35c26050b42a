"""What an identity was made from, carried by everything that was made of it."""

from dataclasses import dataclass, field

from speaktracker.cognito.pool_tokens import PoolClaims


@dataclass(frozen=True, slots=True)
class Credentials:
    """A verified user id, and what ends with it: tickets, live sockets, whatever names it.

    They hold while `User.credentials_version` is `version`, until `expires_at` (epoch seconds), as
    long as the session and the refresh family they came from last; None: from none.
    """

    user_id: int
    version: int
    expires_at: float | None = None
    # Opens the pages for whoever has it: kept in memory alone, and out of every log.
    session_key: str | None = field(default=None, repr=False)
    family: str | None = None
    # What a user pool's token says, which the pool is asked about as long as it is used.
    pool_claims: PoolClaims | None = field(default=None, repr=False)
    # Of a shared computer: the session ends unless it is used, by its sockets as well.
    session_is_shared: bool = False

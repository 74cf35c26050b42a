"""Who somebody is, once verified: the same value for the socket and for HTTP."""

from dataclasses import dataclass
from typing import Literal

UserType = Literal["student", "tutor"]


@dataclass(frozen=True, slots=True)
class Identity:
    """A verified person; `expires_at` is in epoch seconds, None for a session."""

    user_id: int
    email: str
    user_type: UserType | None
    name: str
    expires_at: float | None = None

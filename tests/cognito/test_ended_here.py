"""What ends an identity here ends tokens of the pool too, those refreshed from the same sign-in."""

import time
from collections.abc import Callable

import pytest

from speaktracker import db
from speaktracker.auth.validity import services as validity
from speaktracker.cognito.models import PoolAccount
from speaktracker.roster.models import User
from tests.cognito.conftest import RealPool, Status
from tests.cognito.key_server import KeyServer
from tests.realtime.conftest import Connect

EMAIL = "kim@example.com"


def change_password() -> None:
    user = User.objects.get(email=EMAIL)
    user.set_password("another one")
    user.save()


def deactivate_and_activate() -> None:
    User.objects.filter(email=EMAIL).update(is_active=False)
    User.objects.filter(email=EMAIL).update(is_active=True)


ENDS: dict[str, Callable[[], object]] = {
    "sign-out everywhere": lambda: validity.sign_out_everywhere([User.objects.get(email=EMAIL).pk]),
    "password": change_password,
    "deactivation": deactivate_and_activate,
    "made staff": lambda: User.objects.filter(email=EMAIL).update(is_staff=True),
    "unlinked": lambda: PoolAccount.objects.all().delete(),
}
EACH_END = pytest.mark.parametrize("end", ENDS)


@EACH_END
def test_a_token_of_an_earlier_sign_in_is_refused(
    fresh_keys: KeyServer, status_with: Status, end: str
) -> None:
    before = int(time.time()) - 5
    assert status_with(fresh_keys.sign(auth_time=before)) == 200
    ENDS[end]()
    assert status_with(fresh_keys.sign(auth_time=before, iat=before)) == 401
    # The client refreshes at the pool by itself; that is no new sign-in.
    assert status_with(fresh_keys.sign(auth_time=before)) == 401
    assert status_with(fresh_keys.sign(auth_time=None, iat=before)) == 401
    later = int(time.time()) + 2
    assert status_with(fresh_keys.sign(auth_time=later, iat=later)) == 200


@EACH_END
async def test_a_live_socket_ends_within_two_seconds(
    pool: RealPool, connect: Connect, end: str
) -> None:
    token = pool.sign_in(pool.add(EMAIL, "tutors"))["access"]
    socket = await connect(token=token)
    await socket.hears("connection_success")
    await db.write(ENDS[end])
    assert await socket.is_closed_with() == 4401
    refused = await connect(token=token)
    assert await refused.is_closed_with() == 4401

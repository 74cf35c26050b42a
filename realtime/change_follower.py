"""What changes of people, mappings and sessions mean for this process's sockets: the only place.

Database triggers log every change, whoever makes it and however. Each process reads the log every
second, and at once when a change is announced, then reads the facts about whom it concerns here.
docs/decisions/change-log.md says why.
"""

import asyncio
import math
import random
import time
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from realtime.broadcast import publish
from realtime.per_process.process_state import this_process
from realtime.presence import transitions
from realtime.presence.misplaced_students import misplaced
from realtime.presence.news import News, tutor_of
from realtime.protocol.codes import CloseCode, ErrorCode
from realtime.protocol.errors import ConnectRefused, forbidden, invalid_credentials
from realtime.sockets.live_connection import LiveConnection
from realtime.sockets.open_sockets import open_sockets
from speaktracker import db
from speaktracker.auth.credentials import Credentials
from speaktracker.auth.validity.selectors import ended_families, session_ends
from speaktracker.clock import now
from speaktracker.layers.subscription import Subscription
from speaktracker.roster.change_log.selectors import Changes, changes_since
from speaktracker.roster.loans.selectors import substitutes_of
from speaktracker.roster.models import User, UserType
from speaktracker.roster.selectors import (
    Standing,
    in_batches,
    standings,
    tutor_ids_of,
    tutors_of,
)
from speaktracker.school_days import today

POLL_SECONDS = 1.0
# What is announced within so long after a look is looked at together.
PAUSE_SECONDS = 0.1
# How often everybody here is looked at, whatever the log says.
COMPLETE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Facts:
    """What SQL says of people with live sockets; who or what is missing has ended."""

    standings: Mapping[int, Standing]
    tutors: Mapping[int, User]
    session_ends: Mapping[str, datetime]
    ended_families: Collection[str]


class ChangeFollower:
    """One process's place in the change log."""

    def __init__(self) -> None:
        self._announced = asyncio.Event()
        # Who was named since the last look; `_is_everybody` where somebody was not.
        self._people: set[int] = set()
        self._students: set[int] = set()
        self._is_everybody = False
        self._poll_at = 0.0
        self._position: str | None = None
        self._complete_at = 0.0
        self._day = today()

    async def listen(self) -> None:
        """Take announcements of changes, until cancelled."""
        announcements = await Subscription.open("roster.")
        try:
            await announcements.join(publish.FOLLOWERS)
            announcements.start(self.note_announced)
            await asyncio.Event().wait()
        finally:
            announcements.close()

    def note_announced(self, event: Mapping[str, Any]) -> None:
        """Note whom an announcement names; the release before this one names nobody."""
        self._people.update(event.get("people", ()))
        self._students.update(event.get("students", ()))
        self._is_everybody |= "people" not in event
        self._announced.set()

    async def follow(self) -> None:
        """Wait for what concerns this process, or a second, and look. Raises Unavailable."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._poll_at - time.monotonic()):
                await self._announced.wait()
        self._announced.clear()
        is_announced = self._is_everybody or concerns_us(self._people, self._students)
        self._people, self._students, self._is_everybody = set(), set(), False
        if not is_announced and time.monotonic() < self._poll_at:
            return
        self._poll_at = time.monotonic() + POLL_SECONDS
        # After a look that failed the database may be another one: then everybody is looked at.
        position, self._position = self._position, None
        changes = await db.read(changes_since, position)
        await self.look(changes)
        self._position = changes.position

    async def look(self, changes: Changes) -> None:
        """Do what `changes` ask for, and what is due anyway. Raises Unavailable."""
        moment = time.monotonic()
        is_complete = changes.everything or moment >= self._complete_at
        people, sessions = changes.people | changes.students, changes.sessions
        is_news = bool(people or sessions)  # seldom: else nobody is asked more than when
        concerned = open_sockets().due(this_process().rechecks, moment)
        if is_complete:
            concerned = list(open_sockets())
        elif is_news:
            concerned = [
                connection
                for connection in open_sockets()
                if connection.recheck_at <= moment
                or connection.user_id in people
                or connection.credentials.session_key in sessions
                or is_student_of(connection, changes.people)
            ]
        if concerned:
            await recheck(concerned)
            # Each process moves whom it holds; whom nobody holds, the next connect or the leave.
            await move_misplaced({c.user_id for c in concerned if c.user_type == UserType.STUDENT})
        if changes.everything:
            check_all_dashboards_soon()
        elif changes.students or changes.substitutes:
            await check_dashboards_of(changes.students, changes.substitutes)
        if self._day != (day := today()):  # loans begin and end with the day
            self._day = day
            check_all_dashboards_soon()
        if is_complete:
            self._complete_at = moment + COMPLETE_SECONDS * random.uniform(0.8, 1)


def concerns_us(people: Collection[int], students: Collection[int]) -> bool:
    """Tell whether a change of these may matter to a socket here."""
    sockets = open_sockets()
    if not sockets.users().isdisjoint((*people, *students)):
        return True
    if students and sockets.dashboards():
        return True
    return bool(people) and any(is_student_of(connection, people) for connection in sockets)


def is_student_of(connection: LiveConnection, people: Collection[int]) -> bool:
    """Tell whether one of these may be a student's tutor; who has none may be given one back."""
    if not people or connection.user_type != UserType.STUDENT:
        return False
    return connection.tutor is None or connection.tutor.user_id in people


async def recheck(connections: Collection[LiveConnection]) -> None:
    """Look at what these sockets stand on; close those whose ground is gone. Raises Unavailable."""
    credentials = [connection.credentials for connection in connections]
    for connection in connections:  # what asks for another look from now on has one
        connection.recheck_at = math.inf
    facts = await db.read(read_facts, credentials)
    for connection in connections:
        refused = objection_to(connection, facts)
        if refused is not None:
            connection.expel(refused, None)
            continue
        connection.name = facts.standings[connection.user_id].name
        if connection.user_type == UserType.STUDENT:
            connection.learn_tutor(tutor_of(facts.tutors.get(connection.user_id)))
        session_end = facts.session_ends.get(connection.credentials.session_key or "")
        lasts = math.inf if session_end is None else (session_end - now()).total_seconds()
        connection.recheck_at = min(connection.recheck_at, time.monotonic() + lasts)


def read_facts(credentials: Collection[Credentials]) -> Facts:
    """Read what is true of the people, sessions and families that these came from."""
    user_ids = {one.user_id for one in credentials}
    return Facts(
        standings(user_ids),
        tutors_of(user_ids),
        session_ends(one.session_key for one in credentials if one.session_key),
        ended_families(one.family for one in credentials if one.family),
    )


def objection_to(connection: LiveConnection, facts: Facts) -> ConnectRefused | None:
    """Say why a socket may not stand any longer; None for one that may."""
    standing = facts.standings.get(connection.user_id)
    if standing is None:
        return ConnectRefused(ErrorCode.INVALID_CREDENTIALS, CloseCode.REMOVED)
    if standing.is_active and standing.user_type is None:
        return forbidden()
    credentials = connection.credentials
    is_same_person = (standing.email, standing.user_type) == (
        connection.email,
        connection.user_type,
    )
    # At least, not equal: a fresh token may have come while the facts were read.
    is_current = standing.is_active and credentials.version >= standing.credentials_version
    key = credentials.session_key
    source_lasts = key is None or key in facts.session_ends
    source_lasts = source_lasts and credentials.family not in facts.ended_families
    return None if is_same_person and is_current and source_lasts else invalid_credentials()


async def move_misplaced(student_ids: Collection[int]) -> None:
    """Move those who are online to who teaches them now, and announce it. Raises Unavailable."""
    if not student_ids:
        return
    news: list[News] = []
    for batch in in_batches(await db.read(misplaced, student_ids)):
        news += await db.write(transitions.reconcile, batch)
    # All at once: each dashboard is told of its whole change, and sends one snapshot.
    publish.announce(news)


async def check_dashboards_of(
    student_ids: Collection[int], substitute_ids: Collection[int] = ()
) -> None:
    """Check the dashboards here that show one of these students, or should, and of substitutes.

    Raises Unavailable.
    """
    dashboards = [(c, c.dashboard) for c in open_sockets() if c.dashboard]
    if not dashboards:
        return
    tutor_ids = set((await db.read(tutor_ids_of, student_ids)).values()) if student_ids else set()
    # To whom a student comes who is moved, or regrouped, into a loan.
    concerned = await db.read(substitutes_of, tutor_ids) if tutor_ids else set()
    concerned |= {*tutor_ids, *substitute_ids}
    for connection, dashboard in dashboards:
        if connection.user_id in concerned or dashboard.shows_any(student_ids):
            connection.spawn(dashboard.follow_roster())


def check_all_dashboards_soon() -> None:
    """Have housekeeping check every dashboard here at its next turn."""
    for connection in open_sockets():
        if connection.dashboard:
            connection.dashboard.check_at = 0.0

"""What a substitute's dashboard is sent of students who are lent to them: marked as such.

The publisher writes for the responsible tutor alone; each dashboard of a substitute marks the text.
"""

from functools import lru_cache
from typing import Any

import msgspec

from realtime.broadcast import dashboard_frames
from realtime.protocol.server_messages import LentBy
from speaktracker.roster.loans.selectors import Lender

Event = dict[str, Any]


def lent_by(lender: Lender) -> LentBy:
    """Say as the wire does whose student somebody is, and until when they are lent."""
    return LentBy(lender.email, lender.name, lender.last_day.isoformat())


@lru_cache(maxsize=4096)
def _mark(lender: Lender) -> str:
    return f',"lent_by":{msgspec.json.encode(lent_by(lender)).decode()}}}'


def marked(data: str, lender: Lender | None) -> str:
    """Add to one student's data whose they are, unless they are the reader's own."""
    return f"{data[:-1]}{_mark(lender)}" if lender else data


def retold(event: Event, tutor_email: str, lender: Lender) -> Event:
    """Write what was published for the dashboards of `lender` for one of their substitute's.

    What was published stays in it as `told`.
    """
    head = dashboard_frames.head(tutor_email, event["action"])
    data = marked(dashboard_frames.data_of(event), lender)
    return {**event, "text": f"{head}{data}}}", "data_at": len(head), "told": event}

"""Who else speaks on the names of this installation in Redis."""

from collections import Counter
from typing import Final

import hiredis
from django.conf import settings

from speaktracker.doctor.findings import Finding
from speaktracker.doctor.redis_visit import RedisVisit
from speaktracker.layers.installation import SIGNATURE_LENGTH, here

LISTEN_SECONDS: Final = 1.0
MOST_TOPICS: Final = 200


async def foreign_voices(visit: RedisVisit) -> Finding:
    """List the topics that begin with STACK, and listen to those that are ours for a moment."""
    ours = {one.name.encode(): one for one in here()}
    try:
        listed = await visit.topics(f"{settings.STACK}:*")
    except hiredis.ReplyError:
        return Finding("redis names", "unknown", "Who listens may not be asked (PUBSUB).")
    topics = [topic for topic in listed if b":doctor." not in topic]
    whose = Counter(topic.rpartition(b":")[0] for topic in topics)
    foreign = sum(count for name, count in whose.items() if name not in ours)
    if foreign:
        says = (
            f"{foreign} topics of STACK={settings.STACK} are another installation's: processes "
            "with another SECRET_KEY, which these do not hear, or one with another number of the "
            "database. Give all processes of an installation one key first, see `secret key`, and "
            "each installation a STACK of its own."
        )
        return Finding("redis names", "warning", says)
    mine = [topic for topic in topics if topic.rpartition(b":")[0] in ours][:MOST_TOPICS]
    await visit.subscribe(*mine)
    heard = await visit.heard_within(LISTEN_SECONDS)
    unsigned = 0
    for topic, envelope in heard:
        sender, body = ours[topic.rpartition(b":")[0]], envelope[SIGNATURE_LENGTH:]
        unsigned += not sender.is_signed(topic, envelope[:SIGNATURE_LENGTH], body)
    if unsigned:
        says = (
            f"{unsigned} of {len(heard)} events were not signed by this installation, and are "
            "dropped: find out who else publishes there, and give the product a login of its own."
        )
        return Finding("redis names", "warning", says)
    return Finding("redis names", "ok", "Nobody else speaks there.")

"""An offer as pages and apps are sent it, and the tag by which they know it again."""

import hashlib
from dataclasses import asdict
from typing import Any

import msgspec

from realtime.sentences.selectors import Offer

Body = dict[str, Any]


def offer_body(offer: Offer) -> Body:
    """Write an offer as JSON has it; dates as 2026-03-02."""
    lists = [{**asdict(one), "first_day": _written(one.first_day)} for one in offer.lists]
    chosen = next(one for one in lists if one["id"] == offer.chosen.id)
    return {"lists": lists, "chosen": chosen, "sentences": [asdict(one) for one in offer.sentences]}


def _written(day: Any) -> str | None:
    return day.isoformat() if day else None


def tag_of(body: Body) -> str:
    """Name what a body says, as an ETag: the same words, the same tag."""
    return f'"{hashlib.sha256(msgspec.json.encode(body)).hexdigest()[:32]}"'

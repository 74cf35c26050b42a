"""Signature Version 4, as a server checks it. Plain Python: no Django, no settings."""

import hashlib
import hmac
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from urllib.parse import quote, unquote

from speaktracker.management_api.wire_path import WirePath

ALGORITHM = "AWS4-HMAC-SHA256"
SERVICE = "execute-api"
TOLERANCE = timedelta(minutes=5)
AUTHORIZATION = re.compile(
    ALGORITHM + r"\s+Credential=(?P<key>[^/,\s]+)/(?P<day>\d{8})/(?P<region>[^/,\s]+)"
    r"/(?P<service>[^/,\s]+)/aws4_request\s*,\s*SignedHeaders=(?P<headers>[^,\s]+)"
    r"\s*,\s*Signature=(?P<signature>[0-9a-f]{64})",
    re.ASCII,
)
DATE = re.compile(r"\d{8}T\d{6}Z", re.ASCII)


class BadSignature(Exception):
    """A request is not signed as it should be; its text says how, and names no secret."""


@dataclass(frozen=True, slots=True)
class Authorization:
    """What a request says of its signature."""

    key_id: str
    day: str
    region: str
    service: str
    signed_headers: str
    signature: str

    @property
    def scope(self) -> str:
        """Return for what the signing key is."""
        return f"{self.day}/{self.region}/{self.service}/aws4_request"


@dataclass(frozen=True, slots=True)
class WireRequest:
    """One request as it came: headers by lower-case name, the query undecoded, the body's hash."""

    method: str
    path: WirePath
    query: str
    headers: Mapping[str, str]
    payload_hash: str = ""


def authorization_of(headers: Mapping[str, str], region: str, at: datetime) -> Authorization:
    """Read what a request says of its signature, and look at all but the signature itself.

    Raises BadSignature.
    """
    said = headers.get("authorization", "").strip()
    found = AUTHORIZATION.fullmatch(said)
    if found is None:
        raise BadSignature(
            "The call is not signed." if not said else "The signature is unreadable."
        )
    authorization = Authorization(*found.groups())
    if authorization.service != SERVICE or authorization.region != region:
        raise BadSignature(f"Calls are signed for {SERVICE} in {region}.")
    signed = authorization.signed_headers.split(";")
    if "host" not in signed:
        raise BadSignature("The Host header must be signed.")
    if missing := [name for name in signed if name not in headers]:
        raise BadSignature(f"{len(missing)} of the signed headers did not come with the call.")
    date = headers.get("x-amz-date", "")
    if not DATE.fullmatch(date) or date[:8] != authorization.day:
        raise BadSignature("X-Amz-Date must be the time of the signature, as 20260114T103000Z.")
    try:
        signed_at = datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise BadSignature("X-Amz-Date is no time.") from None
    if abs(at - signed_at) > TOLERANCE:
        raise BadSignature("The signature has expired, or the clocks differ by over five minutes.")
    return authorization


def check_signature(request: WireRequest, authorization: Authorization, secret: str) -> None:
    """Compare the signature, in constant time, with each that would fit; raises BadSignature."""
    said_hash = request.headers.get("x-amz-content-sha256", request.payload_hash)
    is_body = hmac.compare_digest(said_hash.encode(), request.payload_hash.encode())
    key = signing_key(secret, authorization.scope)
    intro = f"{ALGORITHM}\n{request.headers['x-amz-date']}\n{authorization.scope}\n"
    signature = authorization.signature.encode()
    for canonical in canonical_requests(request, authorization.signed_headers):
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        fitting = hmac.new(key, f"{intro}{digest}".encode(), hashlib.sha256).hexdigest()
        if hmac.compare_digest(fitting.encode(), signature) and is_body:
            return
    raise BadSignature("The signature does not fit the call and the key.")


def canonical_requests(request: WireRequest, signed_headers: str) -> Iterator[str]:
    """Yield each way the request may have been written down to be signed."""
    lines = "".join(
        f"{name}:{' '.join(request.headers[name].split())}\n" for name in signed_headers.split(";")
    )
    for path in request.path.canonical():
        for query in canonical_queries(request.query):
            yield "\n".join(
                (request.method, path, query, lines, signed_headers, request.payload_hash)
            )


def canonical_queries(query: str) -> list[str]:
    """List how a query may have been signed: as it came, or encoded anew, in order of its names."""
    pairs = [pair.partition("=") for pair in query.split("&") if pair]
    as_it_came = sorted((name, value) for name, _, value in pairs)
    anew = [
        sorted((_encoded(name, plus), _encoded(value, plus)) for name, _, value in pairs)
        for plus in (" ", "+")
    ]
    written = ("&".join(f"{n}={v}" for n, v in found) for found in (as_it_came, *anew))
    return list(dict.fromkeys(written))


def _encoded(word: str, plus: str) -> str:
    return quote(unquote(word.replace("+", plus)), safe="~")


@lru_cache(maxsize=64)
def signing_key(secret: str, scope: str) -> bytes:
    """Derive the key of one day, region and service."""
    key = f"AWS4{secret}".encode()
    for word in scope.split("/"):
        key = hmac.new(key, word.encode(), hashlib.sha256).digest()
    return key

"""Headers that came more than once, made one each, before Django or a socket reads them.

Django joins them with a comma, whatever they are; who makes a dict of them keeps the last alone.
"""

from collections.abc import Iterable

Header = tuple[bytes, bytes]

# RFC 6265bis, section 5.8.3: parts of one list, which a proxy or HTTP/2 may have taken apart.
_COOKIE = b"cookie"
# Of these there is one. Said twice the same way it is one still; said in two ways it is joined to
# something that nobody accepts, rather than one of them be chosen.
_SINGLE = frozenset(
    {
        *(b"authorization", b"origin", b"host", b"content-type", b"content-length"),
        *(b"x-user-email", b"x-user-type", b"x-csrftoken", b"idempotency-key", b"referer"),
    }
)


def merged(headers: Iterable[Header]) -> list[Header]:
    """Return each header once, by its lower-case name, in the order of their first values."""
    values: dict[bytes, list[bytes]] = {}
    for name, value in headers:
        values.setdefault(name.lower(), []).append(value)
    if _COOKIE in values:
        values[_COOKIE] = [_plainly_named(value) for value in values[_COOKIE]]
    return [(name, _joined(name, found)) for name, found in values.items()]


def _plainly_named(cookies: bytes) -> bytes:
    """Leave out what Django would read by a shorter name: it takes more for white space than is.

    To a browser `__Host-sessionid` after a no-break space is a name that anybody may set.
    """
    if cookies.isascii():
        return cookies
    pairs = cookies.split(b";")
    return b";".join(pair for pair in pairs if pair.partition(b"=")[0].isascii())


def _joined(name: bytes, values: list[bytes]) -> bytes:
    if len(values) == 1:
        return values[0]
    if name == _COOKIE:
        return b"; ".join(value.rstrip(b"; ") for value in values if value.strip(b"; "))
    return b", ".join(dict.fromkeys(values) if name in _SINGLE else values)

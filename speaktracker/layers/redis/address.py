"""Where Redis is and how to get in: plain, TLS, a password, behind Sentinel, or a cluster."""

import ssl
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

_PORTS: Final = {
    "redis": 6379,
    "rediss": 6379,
    "redis+sentinel": 26379,
    "rediss+sentinel": 26379,
    "redis+cluster": 6379,
    "rediss+cluster": 6379,
}
SCHEMES: Final = tuple(_PORTS)
# What to do where a plain address leads to a node of a cluster.
NEEDS_CLUSTER_URL: Final = "let REDIS_URL begin with redis+cluster:// or rediss+cluster://"


@dataclass(frozen=True, slots=True)
class Login:
    """A user and a password; both empty where Redis asks for none."""

    username: str = ""
    password: str = ""

    def words(self) -> tuple[bytes, ...]:
        """Name what AUTH takes; nothing without a login. A user may have an empty password."""
        if self.username:
            return self.username.encode(), self.password.encode()
        return (self.password.encode(),) if self.password else ()


@dataclass(frozen=True, slots=True)
class RedisAddress:
    """A parsed address.

    redis://[[user]:password@]host[:port][/db]        rediss:// the same over TLS
    redis+sentinel://[[user]:password@]host[:port],host[:port]/master       also with rediss+
    redis+cluster://[[user]:password@]host[:port],host[:port]     some of its nodes; also rediss+
    `?db=` names the database too; the cache keeps its keys there, pub/sub knows none.
    `?ssl_ca_certs=`, `?ssl_cert_reqs=none`, `?ssl_certfile=`, `?ssl_keyfile=` for TLS;
    `?sentinel_username=`, `?sentinel_password=` where the sentinels have a login of their own.
    """

    hosts: tuple[tuple[str, int], ...]
    login: Login
    tls: ssl.SSLContext | None
    master: str = ""
    sentinel_login: Login = Login()
    database: int = 0
    cluster: bool = False

    def of_node(self, node: tuple[str, int]) -> "RedisAddress":
        """Return the address of one node of this cluster."""
        return replace(self, hosts=(node,), cluster=False)


def parse(url: str) -> RedisAddress:
    """Read the address `url`; ValueError or OSError (a file of TLS) says what is wrong with it."""
    parts = urlsplit(url)
    if parts.scheme not in _PORTS:
        raise ValueError(f"A Redis address starts with {', '.join(f'{s}://' for s in _PORTS)}.")
    options = dict(parse_qsl(parts.query))
    credentials, _, netloc = parts.netloc.rpartition("@")
    username, _, password = credentials.partition(":")
    sentinel = parts.scheme.endswith("+sentinel")
    master = parts.path.strip("/") if sentinel else ""
    if sentinel and not master:
        raise ValueError("A Sentinel address ends with the name of the master: …/mymaster.")
    cluster = parts.scheme.endswith("+cluster")
    database = 0 if sentinel else _database(options.get("db") or parts.path.strip("/"))
    if cluster and database:
        raise ValueError("A Redis Cluster has no numbered databases: leave the number out.")
    hosts = [urlsplit(f"//{host}") for host in netloc.split(",")]
    return RedisAddress(
        hosts=tuple((h.hostname or "localhost", h.port or _PORTS[parts.scheme]) for h in hosts),
        login=Login(unquote(username), unquote(password)),
        tls=tls_context(options) if parts.scheme.startswith("rediss") else None,
        master=unquote(master),
        sentinel_login=Login(
            options.get("sentinel_username", ""), options.get("sentinel_password", "")
        ),
        database=database,
        cluster=cluster,
    )


def _database(written: str) -> int:
    if written and not written.isdecimal():
        raise ValueError(f"A Redis address ends with a number of a database, not {written!r}.")
    return int(written or 0)


def tls_context(options: dict[str, str]) -> ssl.SSLContext:
    """Make a client's context from an address' `ssl_…` options; certificates are checked."""
    context = ssl.create_default_context(cafile=options.get("ssl_ca_certs"))
    if options.get("ssl_cert_reqs") == "none":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if certificate := options.get("ssl_certfile"):
        context.load_cert_chain(certificate, options.get("ssl_keyfile"))
    return context

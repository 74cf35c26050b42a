"""Where Redis is and how to get in: plain, TLS, with a password, or found through Sentinel."""

import asyncio
import ssl
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

import hiredis

from speaktracker.layers.redis.resp_wire import Push, Wire, command

CONNECT_TIMEOUT: Final = 1.0
_PORTS: Final = {"redis": 6379, "rediss": 6379, "redis+sentinel": 26379, "rediss+sentinel": 26379}


@dataclass(frozen=True, slots=True)
class Login:
    """A user and a password; both empty where Redis asks for none."""

    username: str = ""
    password: str = ""

    def words(self) -> tuple[bytes, ...]:
        """Name what AUTH takes; nothing when there is no password."""
        return tuple(word.encode() for word in (self.username, self.password) if word)


@dataclass(frozen=True, slots=True)
class RedisAddress:
    """A parsed address.

    redis://[[user]:password@]host[:port][/db]        rediss:// the same over TLS
    redis+sentinel://[[user]:password@]host[:port],host[:port]/master       also with rediss+
    `?ssl_ca_certs=`, `?ssl_cert_reqs=none`, `?ssl_certfile=`, `?ssl_keyfile=` for TLS;
    `?sentinel_username=`, `?sentinel_password=` where the sentinels have a login of their own.
    """

    hosts: tuple[tuple[str, int], ...]
    login: Login
    tls: ssl.SSLContext | None
    master: str = ""
    sentinel_login: Login = Login()

    async def dial(self, on_push: Push | None = None) -> Wire:
        """Connect, log in, make sure that the other side answers; else OSError or ReplyError."""
        if not self.master:
            return await self._open(self.hosts[0], self.login, command(b"PING"), on_push)
        wire = await self._open(await self._find_master(), self.login, command(b"ROLE"), on_push)
        if not await self.is_master(wire):
            wire.abort("it is no longer the master")
            raise ConnectionError(
                "The sentinels name a master that is none; they may be failing over."
            )
        return wire

    async def is_master(self, wire: Wire) -> bool:
        """Tell whether `wire` leads to the one that all others use; without Sentinel it does."""
        if not self.master:
            return bool(await wire.ask(command(b"PING")))
        return bool((await wire.ask(command(b"ROLE")))[0] == b"master")

    async def _find_master(self) -> tuple[str, int]:
        question = command(b"SENTINEL", b"get-master-addr-by-name", self.master.encode())
        for host in self.hosts:
            try:
                wire = await self._open(host, self.sentinel_login, command(b"PING"), None)
                async with asyncio.timeout(CONNECT_TIMEOUT):
                    found = await wire.ask(question)
                wire.abort("answered")
            except (OSError, hiredis.ReplyError):
                continue
            if found:
                return found[0].decode(), int(found[1])
        raise ConnectionError(f"No sentinel knows the master {self.master!r}.")

    async def _open(
        self, host: tuple[str, int], login: Login, probe: bytes, on_push: Push | None
    ) -> Wire:
        wire = Wire(on_push)
        try:
            # The kernel accepts connections for a stopped Redis: only an answer counts.
            async with asyncio.timeout(CONNECT_TIMEOUT):
                loop = asyncio.get_running_loop()
                await loop.create_connection(lambda: wire, *host, ssl=self.tls)
                if words := login.words():
                    await wire.ask(command(b"AUTH", *words))
                await wire.ask(probe)
        except BaseException:
            wire.abort("it did not get ready in time")
            raise
        return wire


def parse(url: str) -> RedisAddress:
    """Read the address `url`; ValueError says what is wrong with it, without its password."""
    parts = urlsplit(url)
    if parts.scheme not in _PORTS:
        raise ValueError(f"A Redis address starts with {', '.join(f'{s}://' for s in _PORTS)}.")
    options = dict(parse_qsl(parts.query))
    credentials, _, hosts = parts.netloc.rpartition("@")
    username, _, password = credentials.partition(":")
    sentinel = parts.scheme.endswith("+sentinel")
    master = parts.path.strip("/") if sentinel else ""
    if sentinel and not master:
        raise ValueError("A Sentinel address ends with the name of the master: …/mymaster.")
    return RedisAddress(
        hosts=tuple(_host(host, _PORTS[parts.scheme]) for host in hosts.split(",")),
        login=Login(unquote(username), unquote(password)),
        tls=_tls(options) if parts.scheme.startswith("rediss") else None,
        master=unquote(master),
        sentinel_login=Login(
            options.get("sentinel_username", ""), options.get("sentinel_password", "")
        ),
    )


def _host(text: str, port: int) -> tuple[str, int]:
    parts = urlsplit(f"//{text}")
    return parts.hostname or "localhost", parts.port or port


def _tls(options: dict[str, Any]) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=options.get("ssl_ca_certs"))
    if options.get("ssl_cert_reqs") == "none":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if certificate := options.get("ssl_certfile"):
        context.load_cert_chain(certificate, options.get("ssl_keyfile"))
    return context

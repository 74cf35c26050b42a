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
        """Name what AUTH takes; nothing without a login. A user may have an empty password."""
        if self.username:
            return self.username.encode(), self.password.encode()
        return (self.password.encode(),) if self.password else ()


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
        """Connect, log in, make sure that the other side answers; else OSError or ReplyError.

        Both say it in the words of Redis, or of the sentinels, where these refuse.
        """
        if not self.master:
            return (await self._open(self.hosts[0], self.login, command(b"PING"), on_push))[0]
        host = await self._find_master()
        wire, role = await self._open(host, self.login, command(b"ROLE"), on_push)
        if role[0] != b"master":
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
        reasons = []
        for host in self.hosts:
            try:
                wire, found = await self._open(host, self.sentinel_login, question)
            except (OSError, hiredis.ReplyError) as error:
                found, reason = None, str(error)
            else:
                wire.abort("the sentinel has answered")
                reason = "it does not know it"
            if found:
                return found[0].decode(), int(found[1])
            reasons.append(f"{host[0]}:{host[1]}: {reason}")
        raise ConnectionError(f"No sentinel names the master {self.master!r}. {'; '.join(reasons)}")

    async def _open(
        self, host: tuple[str, int], login: Login, question: bytes, on_push: Push | None = None
    ) -> tuple[Wire, Any]:
        """Connect, log in and ask; whatever goes wrong, nothing stays open."""
        wire = Wire(on_push)
        try:
            # The kernel accepts connections for a stopped Redis: only an answer counts.
            async with asyncio.timeout(CONNECT_TIMEOUT):
                loop = asyncio.get_running_loop()
                await loop.create_connection(lambda: wire, *host, ssl=self.tls)
                if words := login.words():
                    await wire.ask(command(b"AUTH", *words))
                return wire, await wire.ask(question)
        except TimeoutError:
            wire.abort("it did not get ready in time")
            raise TimeoutError(f"no answer within {CONNECT_TIMEOUT} s") from None
        except BaseException:
            wire.abort("it did not get ready")
            raise


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

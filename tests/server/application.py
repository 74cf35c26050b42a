"""A tiny ASGI application that does what the path of the socket says."""

import asyncio
import copy
import json
import os
import pickle
from pathlib import Path
from typing import Any

from speaktracker import drain_state
from speaktracker.exceptions import SocketClosed, TooSlow
from speaktracker.transport.text_writer import TEXT_EXTENSION

_NOTES = os.environ.get("NOTES_FILE")


def _note(text: str) -> None:
    if _NOTES:
        with Path(_NOTES).open("a") as notes:
            notes.write(f"{text}\n")


async def _drain() -> None:
    _note(f"drain {drain_state.is_draining()}")


async def _stop() -> None:
    _note("stop")


drain_state.on_drain(_drain)
drain_state.on_stop(_stop)


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] == "http":
        await _http(scope, receive, send)
    elif scope["type"] == "websocket":
        await _BEHAVIOURS[scope["path"].strip("/")](scope, receive, send)
    else:
        raise ValueError(scope["type"])


async def _http(scope: Any, receive: Any, send: Any) -> None:
    assert copies(scope) == [scope, scope]
    if scope["path"] == "/lasting":
        await _outlast(receive)
    body = json.dumps({"client": scope["client"][0], "scheme": scope["scheme"]}).encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


async def _outlast(receive: Any) -> None:
    """Go on for two sweeps of the server after the caller has gone."""
    _note("asked")
    while (await receive())["type"] != "http.disconnect":
        pass
    await asyncio.sleep(2.5)
    _note("over")


def copies(scope: Any) -> list[Any]:
    """Copy a scope as those do who keep one, or hand it to another process."""
    return [copy.deepcopy(scope), pickle.loads(pickle.dumps(scope))]


async def _accept(receive: Any, send: Any, **answer: Any) -> None:
    assert (await receive())["type"] == "websocket.connect"
    await send({"type": "websocket.accept", **answer})


async def _text(send: Any, **fields: Any) -> None:
    await send({"type": "websocket.send", "text": json.dumps(fields)})


async def echo(scope: Any, receive: Any, send: Any) -> None:
    await _accept(receive, send)
    while (event := await receive())["type"] == "websocket.receive":
        if event.get("text") is not None:
            await send({"type": "websocket.send", "text": event["text"]})
        elif event.get("speaktracker.invalid_utf8"):
            await _text(send, invalid=event["bytes"].hex(), text=event["text"])
        else:
            await send({"type": "websocket.send", "bytes": event["bytes"]})
    _note(f"disconnect {event['code']}")


async def count(scope: Any, receive: Any, send: Any) -> None:
    """Answers through the text writer where it is offered."""
    await _accept(receive, send)
    text_writer = scope.get("extensions", {}).get(TEXT_EXTENSION)
    await _text(send, text_writer=text_writer is not None)
    while (await receive())["type"] == "websocket.receive":
        if text_writer is None:
            await _text(send, done="send")
            continue
        text_writer("first")
        text_writer("second")
        await _text(send, done="text_writer")


async def sized(scope: Any, receive: Any, send: Any) -> None:
    """Sends a text of as many bytes as it is told."""
    await _accept(receive, send)
    while (event := await receive())["type"] == "websocket.receive":
        try:
            await send({"type": "websocket.send", "text": "x" * int(event["text"])})
        except ValueError as error:
            await _text(send, refused=str(error))


async def closing(scope: Any, receive: Any, send: Any) -> None:
    """Closes with the code and reason it is told."""
    await _accept(receive, send)
    wanted = json.loads((await receive())["text"])
    try:
        await send({"type": "websocket.close", **wanted})
    except ValueError as error:
        await _text(send, refused=str(error))
    _note(f"disconnect {(await receive())['code']}")


async def headers(scope: Any, receive: Any, send: Any) -> None:
    await _accept(
        receive,
        send,
        subprotocol="speaktracker.v1",
        headers=[(b"set-cookie", b"a=1"), (b"set-cookie", b"b=2"), (b"x-one", b"1")],
    )
    await receive()


async def reject(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "websocket.close", "code": 4401})
    await receive()


async def failing(scope: Any, receive: Any, send: Any) -> None:
    await _accept(receive, send)
    await receive()
    raise RuntimeError("on purpose")


async def ending(scope: Any, receive: Any, send: Any) -> None:
    await _accept(receive, send)


async def scoped(scope: Any, receive: Any, send: Any) -> None:
    await _accept(receive, send)
    await _text(send, client=scope["client"][0], scheme=scope["scheme"])
    await receive()


async def told(scope: Any, receive: Any, send: Any) -> None:
    """Says all of its scope, but the client's port, and closes."""
    await _accept(receive, send, subprotocol=next(iter(scope["subprotocols"]), None))
    said = {**scope, "client": scope["client"][0], "headers": sorted(scope["headers"])}
    await _text(send, **{name: repr(value) for name, value in said.items() if name != "extensions"})
    await send({"type": "websocket.close"})
    await receive()


async def copied(scope: Any, receive: Any, send: Any) -> None:
    """Says what copies of its scope hold, whose text writers lead nowhere."""
    await _accept(receive, send)
    for found in copies(scope):
        writer = found.pop("extensions", {}).get(TEXT_EXTENSION)
        if writer is not None:
            writer.on_text(lambda _payload: True)
        rest = {name: value for name, value in scope.items() if name != "extensions"}
        await _text(send, same=found == rest, written=writer is not None and writer("nowhere"))
    while (event := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": event["text"]})


async def flood(scope: Any, receive: Any, send: Any) -> None:
    """Sends until the peer is too slow; closes with 4008 itself, or leaves it to the server."""
    await _accept(receive, send)
    reader = asyncio.ensure_future(_swallow(receive))
    sent = 0
    try:
        while True:
            await send({"type": "websocket.send", "text": "x" * 1000})
            sent += 1
    except TooSlow:
        _note(f"too slow {sent}")
        if scope["query_string"] == b"leave":
            await _until_closed(send)
        else:
            await send({"type": "websocket.close", "code": 4008, "reason": "behind"})
    except SocketClosed:
        _note(f"closed {sent}")
    _note(f"disconnect {await reader}")


async def _until_closed(send: Any) -> None:
    while True:
        try:
            await _text(send)
        except TooSlow:
            await asyncio.sleep(0.05)
        except SocketClosed:
            _note("closed by the server")
            return


async def _swallow(receive: Any) -> int:
    while (event := await receive())["type"] != "websocket.disconnect":
        pass
    code: int = event["code"]
    return code


async def deaf(scope: Any, receive: Any, send: Any) -> None:
    """Reads nothing until the file named in the query string exists, then counts what came."""
    await _accept(receive, send)
    heard = 0
    while not Path(scope["query_string"].decode()).exists():  # noqa: ASYNC110, ASYNC240
        await asyncio.sleep(0.05)
    while (event := await receive())["type"] == "websocket.receive":
        heard += 1
        if event["text"] == "last":
            await _text(send, heard=heard)


async def undecided(scope: Any, receive: Any, send: Any) -> None:
    while (await receive())["type"] != "websocket.disconnect":
        pass


async def stubborn(scope: Any, receive: Any, send: Any) -> None:
    """Does not end when its peer goes, until it is cancelled."""
    await _accept(receive, send)
    try:
        await asyncio.sleep(3600)
    except asyncio.CancelledError:
        _note("cancelled")
        raise


_BEHAVIOURS = {
    name: behaviour
    for name, behaviour in globals().items()
    if asyncio.iscoroutinefunction(behaviour)
}

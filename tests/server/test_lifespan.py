"""The application hears of the server's start and stop, whether it cares or not."""

from typing import Any

from speaktracker.server.lifespan import Lifespan


async def test_an_application_lives_from_start_to_stop() -> None:
    heard: list[str] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "lifespan"
        while "lifespan.shutdown" not in heard:
            heard.append((await receive())["type"])
            await send({"type": f"{heard[-1]}.complete"})

    lifespan = Lifespan(application)
    lifespan.begin()
    await lifespan.end()
    assert heard == ["lifespan.startup", "lifespan.shutdown"]


async def test_an_application_without_a_lifespan_is_left_alone() -> None:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        raise ValueError(scope["type"])

    lifespan = Lifespan(application)
    lifespan.begin()
    await lifespan.end()

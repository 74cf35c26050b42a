"""A process that is nothing but a relay over the shelf."""

import asyncio
import sys

import django


def main() -> None:
    django.setup()
    from speaktracker.persistence.relay.relay import Relay
    from tests.persistence import shelf
    from tests.persistence.conftest import QUICK

    shelf.register()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    asyncio.run(Relay(timing=QUICK).run())


if __name__ == "__main__":
    main()

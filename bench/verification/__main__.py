"""Do the peers deliver everything? `python -m bench.verification [PEER…]`; exit 1 if one does not.

Two processes of each peer share one Valkey; dashboards and students sit on both.
"""

import argparse
import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import uvloop

from bench.systems import child_servers
from bench.systems.available import (
    BUN,
    BUN_REDIS,
    CENTRIFUGE,
    NAIVE,
    SOCKETIO,
    SOCKETIO_PYTHON,
    missing,
)
from bench.systems.child_servers import ChildServer, NotStarted
from bench.systems.system import System, run_valkey
from bench.verification.peer_verification import PeerVerification
from bench.verification.school_of_two import SchoolOfTwo

# nchan reads no message, and two emulators of the original design would have two databases.
VERIFIED = (NAIVE, SOCKETIO, SOCKETIO_PYTHON, BUN, BUN_REDIS, CENTRIFUGE)
KEYS = [system.key for system in VERIFIED]
# Of these we say that the sockets beside the sender need not wait for Redis.
OWN_SOCKETS_FIRST = {SOCKETIO.key, SOCKETIO_PYTHON.key, BUN.key}


async def verify(system: System, valkey: ChildServer, folder: Path) -> bool:
    """Ask one peer for everything, print what was found; returns whether all was right."""
    school = SchoolOfTwo(system, valkey, folder)
    verification = PeerVerification(school, valkey)
    try:
        await school.connect()
        deliveries = await verification.check_statuses()
        await verification.check_forged_token()
        feedback = await verification.check_feedback()
        waits = await verification.waits_for_redis()
        own_first = system.key in OWN_SOCKETS_FIRST
        verification.expect(waits != own_first, "own sockets are not served as we say")
    finally:
        school.close()
    verdict = "WRONG" if verification.faults else "right"
    print(
        f"{system.key}: {verdict}: {deliveries} deliveries, {feedback} feedback; own sockets "
        f"{'wait for Redis' if waits else 'first'}",
        flush=True,
    )
    for fault, times in verification.faults.most_common():
        print(f"  {times} times: {fault}")
    return not verification.faults


async def verify_all(keys: list[str], folder: Path) -> bool:
    """Verify those that are named and can run here; say what cannot."""
    valkey = run_valkey(folder)
    away, is_right = missing(), True
    for system in VERIFIED:
        if system.key not in keys:
            continue
        if system.key in away:
            print(f"{system.key}: left out. {away[system.key]}.")
            continue
        is_right &= await verify(system, valkey, folder)
    return is_right


def main() -> int:
    """Verify, and end every server."""
    parser = argparse.ArgumentParser(prog="python -m bench.verification", description=__doc__)
    named = f"some of {', '.join(KEYS)}; all unless named"
    parser.add_argument("peers", nargs="*", metavar="PEER", help=named)
    parser.add_argument("--missing", action="store_true", help="name what cannot run here, as JSON")
    arguments = parser.parse_args()
    if unknown := set(arguments.peers) - set(KEYS):
        parser.error(f"{', '.join(sorted(unknown))} cannot be verified; name {named}")
    if arguments.missing:
        away = missing()
        print(json.dumps({key: away.get(key) for key in KEYS}))
        return 0
    with TemporaryDirectory(prefix="speaktracker-verification-") as folder:
        try:
            is_right = uvloop.run(verify_all(arguments.peers or KEYS, Path(folder)))
        except NotStarted as error:
            print(error)
            return 1
        finally:
            child_servers.stop_all()
    return 0 if is_right else 1


if __name__ == "__main__":
    sys.exit(main())

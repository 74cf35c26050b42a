"""What the sweep ends: late handshakes, slow readers, dead peers, closes without an end."""

from typing import TYPE_CHECKING

from speaktracker.exceptions import TooSlow

if TYPE_CHECKING:
    from speaktracker.server.websocket.websocket_protocol import ClassroomSocket


def look_after(held: "ClassroomSocket", now: float) -> None:
    """End what has taken too long; ping what is due. `now` is monotonic."""
    if held.state == held.STATE_OPEN:
        if held.gate.is_shut:
            _look_after_slow_reader(held, now)
        else:
            _look_after_heartbeat(held, now)
    elif held.state == held.STATE_CONNECTING:
        if now - held.opened_at > held.options.accept_timeout:
            held.close(1000)
    elif held.state == held.STATE_CLOSED:
        _look_after_last_bytes(held, now)


def _look_after_slow_reader(held: "ClassroomSocket", now: float) -> None:
    """Fail who waits to send; close with 4008 when the application has not done so."""
    held.last_heard = now  # its silence is no sign: our ping would stand in the queue
    shut_for, options = held.gate.shut_for(), held.options
    if shut_for > options.slow_after:
        held.gate.fail(TooSlow)
    if shut_for > options.slow_after + options.slow_grace:
        held.close(4008, "too slow")


def _look_after_heartbeat(held: "ClassroomSocket", now: float) -> None:
    """Ping each interval; abort a peer that has sent nothing at all since its ping."""
    if held.pong_owed is not None:
        owed, held.pong_owed = held.pong_owed, None
        held.sendPong(owed)
    if held.application_queue.full_up:
        held.last_heard = now  # it is we who do not listen
    elif held.pinged_at > held.last_heard:
        if now - held.pinged_at > held.options.ping_timeout:
            held.dropConnection(abort=True)
    elif now - held.pinged_at >= held.options.ping_interval:
        held.pinged_at = now
        held.sendPing(b"speaktracker")


def _look_after_last_bytes(held: "ClassroomSocket", now: float) -> None:
    """Abort a transport whose last bytes nobody takes."""
    if held.dropped_at is None:
        held.dropped_at = now
    elif now - held.dropped_at > held.options.close_timeout:
        held.transport.abortConnection()

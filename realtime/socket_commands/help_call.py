"""`help`: a student asks their tutor for help, or does so no longer."""

from realtime.broadcast import publish
from realtime.help_calls import services
from realtime.help_calls.services import NotInClass
from realtime.protocol.client_messages import HelpMessage
from realtime.protocol.codes import ErrorCode
from realtime.protocol.errors import MessageRefused
from realtime.protocol.wire_limits import HELP_NOTE_LENGTH
from realtime.socket_commands.command_table import command
from realtime.socket_commands.status import learn_news
from realtime.sockets.live_connection import LiveConnection
from speaktracker import db
from speaktracker.clock import now
from speaktracker.text import normal_text


@command("help", HelpMessage, "student")
async def ask_or_withdraw(connection: LiveConnection, message: HelpMessage) -> None:
    """Ask, or take the question back; answered by a `help` frame, which all sockets get."""
    if connection.tutor is None:
        raise MessageRefused(ErrorCode.TUTOR_NOT_FOUND)
    note = normal_text(message.note)
    if len(note) > HELP_NOTE_LENGTH:  # measured again: in NFC it may be longer than its column
        raise MessageRefused(ErrorCode.INVALID_MESSAGE, path="$.note")
    known = connection.circumstances.version
    # What is announced with the question is as SQL knows the student.
    await connection.process.journal.flush()
    try:
        if message.action == "ask":
            news = await db.write(services.ask, connection.user_id, note)
        else:
            news = await db.write(services.withdraw, connection.user_id)
    except NotInClass:
        raise MessageRefused(ErrorCode.FORBIDDEN, path="$.action") from None
    learn_news(connection, news)
    publish.announce(news)
    if connection.circumstances.version == known:
        show_again(connection, message)


def show_again(connection: LiveConnection, message: HelpMessage) -> None:
    """Answer a message that changed nothing with what stands."""
    call = connection.circumstances.help
    if call is not None:
        connection.show_help(call.state, call.at)
    elif message.action == "withdraw":
        connection.show_help("withdrawn", now())

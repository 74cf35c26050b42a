"""One example of every message, made of the very types that check it. No Django here."""

from msgspec import Struct

from realtime.protocol import client_messages as client
from realtime.protocol import server_messages as server
from realtime.protocol.codes import ErrorCode

_AT = "2026-01-14T10:30:00.000Z"
_STUDENT = "student@example.com"
_TUTOR = "tutor@example.com"
_JWT = "eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl"
_MESSAGE_ID = "019bbc1e-5a40-7cc3-98c4-dc0c0c07398f"
_DATA = server.StudentData(
    student_email=_STUDENT,
    status="studying",
    current_sentence="Hello, how are you?",
    progress=45,
    last_update=_AT,
    student_name="Student",
    session_id="session_123",
    online=True,
    version=1768386600000000,
    status_since=_AT,
    progress_since=_AT,
    came_at=_AT,
    help=server.HelpData(_AT, "3번 문장", None),
    group="3A",
)

EXAMPLES: tuple[Struct, ...] = (
    client.ConnectionMessage(
        type="connection",
        action="connect",
        user_email=_STUDENT,
        user_type="student",
        timestamp=_AT,
    ),
    client.ConnectionMessage(type="connection", action="refresh", token=_JWT),
    client.StatusMessage(
        type="status",
        status="studying",
        session_id="session_123",
        user_email=_STUDENT,
        current_sentence="Hello, how are you?",
        progress=45,
        timestamp=_AT,
        message_id="msg_123",
    ),
    client.HelpMessage(type="help", action="ask", note="3번 문장"),
    client.HelpMessage(type="help", action="withdraw"),
    client.DashboardMessage(type="dashboard", action="refresh"),
    client.DashboardMessage(type="dashboard", action="help_seen", student_email=_STUDENT),
    client.FeedbackMessage(
        type="feedback",
        student_email=_STUDENT,
        session_id="session_123",
        message="발음이 좋아졌어요",
        message_type="text",
        message_id="msg_123",
    ),
    client.FeedbackAck(type="feedback_ack", message_id=_MESSAGE_ID, state="seen"),
    client.Ping(type="ping"),
    server.ConnectionSuccess(
        connection_id="L0SM9cOFvHcCIhw=",
        timestamp=_AT,
        user_email=_STUDENT,
        user_type="student",
        tutor_email=_TUTOR,
        heartbeat_seconds=25,
    ),
    server.ConnectionError(ErrorCode.INVALID_CREDENTIALS, "사용자 정보를 확인할 수 없습니다", _AT),
    server.MessageError(
        code=ErrorCode.RECIPIENT_OFFLINE,
        original_message_id="msg_123",
        message="메시지 전송에 실패했습니다",
        timestamp=_AT,
        queued=True,
    ),
    server.Timeout(ErrorCode.IDLE_TIMEOUT, "연결이 30분 동안 활동이 없어 종료되었습니다", _AT),
    server.TokenExpired(_AT, "2026-01-14T10:30:25.000Z"),
    server.Ack("msg_123"),
    server.Pong(_AT),
    server.StudentFrame("update", _TUTOR, _DATA),
    server.StudentsFrame(
        "broadcast_all", _TUTOR, server.StudentsData(students=[_DATA], generated_at=_AT)
    ),
    server.HelpFrame("asked", _AT),
    server.FeedbackFrame(
        from_=_TUTOR,
        student_email=_STUDENT,
        session_id="session_123",
        message="발음이 좋아졌어요",
        message_type="text",
        timestamp=_AT,
        message_id=_MESSAGE_ID,
    ),
    server.FeedbackStatus(
        message_id=_MESSAGE_ID, student_email=_STUDENT, state="delivered", acknowledged=True
    ),
)

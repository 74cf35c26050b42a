"""What people read when something goes wrong, in Korean and in English. No Django here."""

from realtime.protocol.codes import ErrorCode

KOREAN = {
    ErrorCode.INVALID_CREDENTIALS: "사용자 정보를 확인할 수 없습니다",
    ErrorCode.TUTOR_NOT_FOUND: "담당 튜터를 찾을 수 없습니다",
    ErrorCode.FORBIDDEN: "이 작업을 할 권한이 없습니다",
    ErrorCode.TOO_MANY_CONNECTIONS: "동시에 열 수 있는 연결 수를 넘었습니다",
    ErrorCode.UNAVAILABLE: "지금은 처리할 수 없습니다. 잠시 후 다시 시도해 주세요",
    ErrorCode.RECIPIENT_OFFLINE: "메시지 전송에 실패했습니다",
    ErrorCode.DELIVERY_FAILED: "메시지 전달을 확인하지 못했습니다. 다음 연결 때 전달됩니다",
    ErrorCode.INVALID_MESSAGE: "메시지 형식이 올바르지 않습니다",
    ErrorCode.UNKNOWN_TYPE: "알 수 없는 메시지 종류입니다",
    ErrorCode.MESSAGE_TOO_LARGE: "메시지가 너무 큽니다",
    ErrorCode.RATE_LIMITED: "메시지를 너무 자주 보내고 있습니다. 잠시 후 다시 시도해 주세요",
    ErrorCode.IDLE_TIMEOUT: "연결이 {minutes}분 동안 활동이 없어 종료되었습니다",
}
ENGLISH = {
    ErrorCode.INVALID_CREDENTIALS: "The user's identity could not be verified",
    ErrorCode.TUTOR_NOT_FOUND: "No tutor is responsible for this student",
    ErrorCode.FORBIDDEN: "You are not allowed to do this",
    ErrorCode.TOO_MANY_CONNECTIONS: "Too many connections are open at the same time",
    ErrorCode.UNAVAILABLE: "This cannot be done right now. Please try again in a moment",
    ErrorCode.RECIPIENT_OFFLINE: "The message could not be delivered",
    ErrorCode.DELIVERY_FAILED: "No connection confirmed the message. It will be delivered again at "
    "the next connect",
    ErrorCode.INVALID_MESSAGE: "The message is not valid",
    ErrorCode.UNKNOWN_TYPE: "The type of the message is not known",
    ErrorCode.MESSAGE_TOO_LARGE: "The message is too large",
    ErrorCode.RATE_LIMITED: "Too many messages. Please try again in a moment",
    ErrorCode.IDLE_TIMEOUT: "The connection was closed after {minutes} minutes without activity",
}
_BY_LANGUAGE = {"ko": KOREAN, "en": ENGLISH}


def text_of(code: ErrorCode, language: str = "ko", *, minutes: float = 30) -> str:
    """Say `code` in `language`, Korean unless it is English; `minutes` is the idle limit."""
    text = _BY_LANGUAGE.get(language, KOREAN)[code]
    return text.format(minutes=f"{minutes:g}") if code is ErrorCode.IDLE_TIMEOUT else text

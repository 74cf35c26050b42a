"""What the contract fixes about lengths on the wire, in characters unless a name says otherwise.

What an operator may change stands in `speaktracker/limit_settings.py`.
"""

from speaktracker.text import EMAIL_LENGTH

MESSAGE_ID_LENGTH = 64
SESSION_ID_LENGTH = 128
SENTENCE_LENGTH = 1_000
FEEDBACK_LENGTH = 2_000
URL_LENGTH = 2_000
TIMESTAMP_LENGTH = 64
TOKEN_LENGTH = 4_096
MESSAGE_IDS_PER_ACK = 100
SNAPSHOT_STUDENTS_PER_FRAME = 500

__all__ = [
    "EMAIL_LENGTH",
    "FEEDBACK_LENGTH",
    "MESSAGE_IDS_PER_ACK",
    "MESSAGE_ID_LENGTH",
    "SENTENCE_LENGTH",
    "SESSION_ID_LENGTH",
    "SNAPSHOT_STUDENTS_PER_FRAME",
    "TIMESTAMP_LENGTH",
    "TOKEN_LENGTH",
    "URL_LENGTH",
]

"""What the contract fixes about lengths on the wire, in characters unless a name says otherwise.

What an operator may change stands in `speaktracker/limit_settings.py`.
"""

from speaktracker.text import EMAIL_LENGTH

MESSAGE_ID_LENGTH = 64
SESSION_ID_LENGTH = 128
SENTENCE_LENGTH = 1_000
FEEDBACK_LENGTH = 2_000
HELP_NOTE_LENGTH = 200
GROUP_LENGTH = 64
URL_LENGTH = 2_000
QUICK_REPLY_LENGTH = 300
# Of one tutor; and of the school, as many as are offered.
QUICK_REPLIES = 50
# Of what a school has its students practise, and how many lists one student is offered at most.
PRACTISED_LENGTH = 300
LIST_TITLE_LENGTH = 100
SENTENCES_IN_LIST = 500
LISTS_OFFERED = 50
TIMESTAMP_LENGTH = 64
TOKEN_LENGTH = 4_096
MESSAGE_IDS_PER_ACK = 100
# Percent, as a rule from 0 to 100; whatever passes can be stored everywhere, in two decimals.
PROGRESS_BOUND = 1_000_000
PROGRESS_DECIMALS = 2
# Sentences that one session may skip.
SKIPPED_BOUND = 100_000
SNAPSHOT_STUDENTS_PER_FRAME = 500
# RFC 6455: a control frame holds 125 bytes, two of them are the code.
CLOSE_REASON_BYTES = 123

__all__ = [
    "CLOSE_REASON_BYTES",
    "EMAIL_LENGTH",
    "FEEDBACK_LENGTH",
    "GROUP_LENGTH",
    "HELP_NOTE_LENGTH",
    "LISTS_OFFERED",
    "LIST_TITLE_LENGTH",
    "MESSAGE_IDS_PER_ACK",
    "MESSAGE_ID_LENGTH",
    "PRACTISED_LENGTH",
    "PROGRESS_BOUND",
    "PROGRESS_DECIMALS",
    "QUICK_REPLIES",
    "QUICK_REPLY_LENGTH",
    "SENTENCES_IN_LIST",
    "SENTENCE_LENGTH",
    "SESSION_ID_LENGTH",
    "SKIPPED_BOUND",
    "SNAPSHOT_STUDENTS_PER_FRAME",
    "TIMESTAMP_LENGTH",
    "TOKEN_LENGTH",
    "URL_LENGTH",
]

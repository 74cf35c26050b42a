"""Text is data: kept as it was sent, but in one Unicode form and without control characters."""

import re
import unicodedata

# The longest address that RFC 5321 lets through.
EMAIL_LENGTH = 254

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def normal_text(text: str) -> str:
    """Write `text` in NFC, without control characters other than newline and tab."""
    if not text.isprintable():
        text = _CONTROL.sub("", text)
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def normal_email(text: str) -> str:
    """Write an e-mail address as it is stored and compared: trimmed, in lower case."""
    return text.strip().lower()

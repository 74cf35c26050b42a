"""Text is data: kept as it was sent, but in one Unicode form and without control characters."""

import re
import unicodedata

# The longest address that RFC 5321 lets through.
EMAIL_LENGTH = 254

# Not of a format category, and nothing to be seen all the same: joiners, selectors, Hangul fillers.
_FILLERS = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0"
    + "".join(map(chr, (*range(0x180B, 0x1810), *range(0xFE00, 0xFE10))))
)
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def normal_text(text: str) -> str:
    """Write `text` in NFC, without control characters other than newline and tab."""
    if not text.isprintable():
        text = _CONTROL.sub("", text)
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def normal_email(text: str) -> str:
    """Write an e-mail address as it is stored and compared: one visible word, in lower case."""
    return plain_line(text).lower()


def plain_line(text: str) -> str:
    """Write what people type or paste as it looks: compatible forms folded, invisible marks out.

    An address from a chat or a spreadsheet brings zero-width spaces, byte order marks, full-width
    letters or marks of direction along: it looks right, and equals nothing (Unicode, UAX #15).
    """
    if not (text.isascii() and text.isprintable()):
        text = unicodedata.normalize("NFKC", text)
        text = "".join(character for character in text if not is_invisible(character))
    return text.strip()


def is_invisible(character: str) -> bool:
    """Tell whether nothing of `character` is seen: a control, format or filling one, no space."""
    if character in "\t\n\r" or character in _FILLERS:
        return character in _FILLERS
    return unicodedata.category(character) in ("Cc", "Cf", "Cs")


def is_storable(text: str) -> bool:
    """Tell whether a database can look `text` up: it is valid Unicode, and holds no NUL."""
    try:
        return b"\0" not in text.encode()
    except UnicodeEncodeError:
        return False

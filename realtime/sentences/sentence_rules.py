"""What a sentence of a list may be; each rule answers with a sentence for who made it, or ""."""

import re
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from realtime.protocol.audio_address import AddressFault, address_fault
from realtime.protocol.wire_limits import PRACTISED_LENGTH, URL_LENGTH
from speaktracker.text import is_invisible, normal_text

_LETTER = {"ko": re.compile(r"[\uac00-\ud7a3]"), "en": re.compile(r"[A-Za-z]")}


def without_line_breaks(text: str) -> str:
    """Write a text as it is stored: in one line, with single spaces and nothing invisible."""
    visible = "".join(each for each in normal_text(text) if not is_invisible(each))
    return " ".join(visible.split())


def language_error(text: str, language: str) -> Any:
    """Say so if a sentence to practise has no letter of its language: nothing of it would count."""
    letter = _LETTER.get(language)
    if letter is None or letter.search(text):
        return ""
    if language == "ko":
        return _("There is nothing Korean in this sentence. Are the columns the right way round?")
    return _("There is nothing English in this sentence. Are the columns the right way round?")


def address_error(url: str) -> Any:
    """Say what is wrong with the address of a recording; none is fine."""
    if not url:
        return ""
    fault = address_fault(url, settings.AUDIO_URL_HOSTS)
    words = {
        AddressFault.TOO_LONG: _("This is longer than %d characters.") % URL_LENGTH,
        AddressFault.NOT_HTTPS: _("The address must start with https://."),
        AddressFault.NOT_A_URL: _("This is not a web address."),
        AddressFault.HOST_REFUSED: _("Recordings may only be on these hosts: %s.")
        % ", ".join(settings.AUDIO_URL_HOSTS),
    }
    return words[fault] if fault else ""


def length_error(text: str) -> Any:
    """Say what is wrong with the length of a sentence or a translation."""
    if len(text) > PRACTISED_LENGTH:
        return _("This is longer than %d characters.") % PRACTISED_LENGTH
    return ""

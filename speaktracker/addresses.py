"""E-mail addresses, the public identity: compared and stored in lower case."""


def normal_email(text: str) -> str:
    """Write an e-mail address as it is stored and compared: trimmed, in lower case."""
    return text.strip().lower()

"""Why a simulation cannot begin, and why a person cannot come in."""

from realtime.protocol.codes import CloseCode


class CannotSimulate(Exception):
    """The simulation cannot go on; the sentence says what to do."""


class Refused(Exception):
    """The server answered a handshake with `connection_error` `code`, closing with `close_code`."""

    def __init__(self, code: str, close_code: int) -> None:
        super().__init__(code)
        self.code = code
        self.close_code = close_code

    @property
    def is_about_the_token(self) -> bool:
        """Tell whether another token may help."""
        return self.close_code == CloseCode.INVALID_CREDENTIALS

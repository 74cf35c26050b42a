"""Errors that every room may raise; one place per transport turns them into answers."""


class Unavailable(Exception):
    """A store the work needs is away; the caller may try again later."""


class InvalidCredentials(Exception):
    """The presented identity could not be verified."""

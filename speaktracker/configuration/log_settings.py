"""What is logged, and how much of it may wait: LOG_LEVEL and its like, as Django's LOGGING."""

from typing import Any

from speaktracker import env

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
FORMATS = ("json", "text")


def log_settings(debug: bool) -> tuple[dict[str, Any], float, int]:
    """Read LOGGING, lines a second of messages that went well, and bytes that may wait.

    In development, with `debug`, lines are for people. Raises ImproperlyConfigured.
    """
    is_text = env.choice("LOG_FORMAT", "text" if debug else "json", FORMATS) == "text"
    return (
        log_configuration(env.choice("LOG_LEVEL", "INFO", LEVELS), is_text),
        env.number("LOG_MESSAGES_PER_SECOND", 20, minimum=1),
        env.integer("LOG_QUEUE_KIB", 4096) * 1024,
    )


def log_configuration(level: str, is_text: bool) -> dict[str, Any]:
    """Make Django's LOGGING: everything of `level` and above, in one line each on stdout."""
    stdout = {"class": "speaktracker.logs.line_handler.LineHandler", "formatter": "line"}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"one line": {"()": "speaktracker.http.log_filters.OneLine"}},
        "formatters": {"line": {"()": "speaktracker.logs.formatter", "text": is_text}},
        "handlers": {"stdout": stdout, "one line": {**stdout, "filters": ["one line"]}},
        # Libraries speak only when something is wrong; every event of ours has its line.
        "root": {"handlers": ["stdout"], "level": "DEBUG" if level == "DEBUG" else "WARNING"},
        "loggers": {
            "speaktracker": {"level": level},
            # Whoever starts a server waits for this line, whatever else is worth one.
            "speaktracker.server.listening": {"level": "INFO"},
            # What it logs anybody can cause, or an outage did.
            "django": {"handlers": ["one line"], "propagate": False},
            # A refused request is its caller's fault, and counted in the metrics.
            "django.request": {"level": "ERROR"},
            # What needed the database says so in one line; the pool would at each attempt.
            "psycopg.pool": {"level": "ERROR"},
            # It writes a trace a second while Redis is away; our layer says so in one line.
            "channels_redis": {"level": "CRITICAL"},
            # At DEBUG they write whole requests, tokens included.
            "botocore": {"level": "WARNING"},
            "urllib3": {"level": "WARNING"},
        },
    }

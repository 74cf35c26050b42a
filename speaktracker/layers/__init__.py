"""The project's channel layer: local delivery always, a Redis bus when there are more processes."""

from speaktracker.layers.events import GAP, LAGGED, Event
from speaktracker.layers.layer import ClassroomLayer
from speaktracker.layers.mailbox import Sink

__all__ = ["GAP", "LAGGED", "ClassroomLayer", "Event", "Sink"]

"""The project's channel layer: local delivery always, a Redis bus when there are more processes."""

from speaktracker.layers.layer import ClassroomLayer
from speaktracker.layers.local_channels import Sink
from speaktracker.layers.packed_events import GAP, LAGGED, Event

__all__ = ["GAP", "LAGGED", "ClassroomLayer", "Event", "Sink"]

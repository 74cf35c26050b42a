"""The doctor as a Django application: it brings a command, and no table."""

from django.apps import AppConfig


class DoctorConfig(AppConfig):
    name = "speaktracker.doctor"
    label = "doctor"

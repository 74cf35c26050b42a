"""Days that go by while a server is stopped: every stored moment and day becomes older."""

from datetime import timedelta

from django.apps import apps
from django.db import models
from django.db.models import F

from tests.server_process import ServerProcess

SCRIPT = "from tests.year.ageing import age; age({days})"


def let_pass(server: ServerProcess, days: int) -> None:
    """Stop a server for so many days, by its own database, and start it again."""
    server.stop()
    server.manage("shell", "-c", SCRIPT.format(days=days))
    server.serve()


def age(days: int) -> None:
    """Make all that this database dates so many days older."""
    for model in apps.get_models():
        dated = [
            one.name for one in model._meta.concrete_fields if isinstance(one, models.DateField)
        ]
        if dated:
            earlier = {name: F(name) - timedelta(days=days) for name in dated}
            model._base_manager.update(**earlier)

"""The backend that `DATABASES` names; Django asks for this module by its name."""

from django.db.backends.sqlite3.base import DatabaseWrapper as SQLiteWrapper

from speaktracker.db.storable_text import pass_gate


class DatabaseWrapper(SQLiteWrapper):
    """Passes every statement through the gate for text."""

    def init_connection_state(self) -> None:
        super().init_connection_state()
        if pass_gate not in self.execute_wrappers:
            self.execute_wrappers.append(pass_gate)

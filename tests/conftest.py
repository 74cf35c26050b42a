"""What every test stands on."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from _pytest.nodeid import NodeId
from asgiref.sync import SyncToAsync
from django.db import connection, connections
from django.test.client import ClientHandler

from speaktracker.db.outage import outage
from tests.emptied_tables import keep_what_models_made
from tests.migrated_sqlite import copy_migrated
from tests.ways_of_calls import answer_as_served

# What takes longest, which nothing may begin with when the other workers have ended: groups that
# take minutes each, and then folders.
LONG_GROUPS = ("cluster", "browser", "rights", "plans")
LONG = (
    "cluster/random_faults",
    "year",
    "cluster",
    "devstack",
    "persistence",
    "ways",
    "server",
    "staff_home",
    "takeover",
    "layers",
)
TESTS = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest; pytest-randomly has shuffled before."""
    folders = [TESTS / name for name in LONG]

    def place(item: pytest.Item) -> int:
        mark = item.get_closest_marker("xdist_group")
        if mark and mark.args[0] in LONG_GROUPS:
            return LONG_GROUPS.index(mark.args[0])
        found = (at for at, folder in enumerate(folders) if item.path.is_relative_to(folder))
        return len(LONG_GROUPS) + next(found, len(folders))

    items.sort(key=place)


class Groups:
    """What pytest-xdist 3.8 does for `xdist_group` where pytest 9.2 no longer heeds it."""

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Put the group that xdist has found for a test into the name it goes by."""
        for item in items:
            if name := vars(item).get("_nodeid"):
                item._id = NodeId.parse(name)


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Groups(), "groups of xdist")


@pytest.fixture(scope="session", autouse=True)
def _calls_by_token_take_their_way() -> Iterator[None]:
    """Have Django's test clients answered as a server would answer them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ClientHandler, "get_response", answer_as_served)
        yield


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_keepdb: bool, django_db_modify_db_settings: None) -> bool:
    """Begin with a copy of what was migrated for all, where a file can be copied.

    It goes with the folder of the run.
    """
    if connection.vendor != "sqlite":
        return django_db_keepdb
    copy_migrated(Path(connection.settings_dict["TEST"]["NAME"]))
    return True


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> Iterator[None]:
    """Empty tables quickly, and close at last what asynchronous queries have left open."""
    keep_what_models_made()
    yield
    # PostgreSQL drops no database in use.
    # asgiref runs all of them in this one thread, and each thread has connections of its own.
    SyncToAsync.single_thread_executor.submit(connections.close_all).result(timeout=30)


@pytest.fixture(autouse=True)
def _no_outage_of_before() -> None:
    """End the outage that an earlier test of this process made, or this one logs its end."""
    outage.over()

"""The product's own settings, with values only tests would choose."""

import os

os.environ.setdefault("SECRET_KEY", "only-for-tests-only-for-tests-only-for-tests")
os.environ.setdefault("LOG_LEVEL", "WARNING")

from speaktracker.settings import *
from tests.migrated_sqlite import folder_of_run

# A file of its own for each run, which the workers of the run share the name of.
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["TEST"] = {"NAME": str(folder_of_run() / "test.sqlite3")}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
MIDDLEWARE = [
    "tests.static_files.StaticFilesOfTests" if "whitenoise" in name else name for name in MIDDLEWARE
]
BROWSER_MIDDLEWARE |= {"tests.static_files.StaticFilesOfTests"}

"""How long each page of the admin takes in a school of 10,000 students, 500 tutors and a month.

`python -m tests.plans.page_times` measures, and looks at the plans; it fills a PostgreSQL first.
"""

import json
import os
import sys
import tempfile
from pathlib import Path

os.environ |= {"SCHOOL_OF_TUTORS": "500", "SCHOOL_OF_STUDENTS": "10000"}

from tests.cluster.databases import PostgreSQL
from tests.plans import big_school
from tests.plans.conftest import MIRROR, BigSchool
from tests.plans.logged_plans import START
from tests.plans.test_admin_plans import ALLOWED, MOST_ROWS, counts_pages
from tests.server_process import ServerProcess

TARGET_SECONDS = 0.3


def main() -> None:
    """Walk twice, once on the clock and once for the plans; print what took longest."""
    database = PostgreSQL(locale="C.UTF-8", options=START | big_school.QUICK)
    try:
        with tempfile.TemporaryDirectory() as folder:
            server = ServerProcess(Path(folder), {"DATABASE_URL": database.url, **MIRROR})
            server.manage("migrate", "--verbosity=0")
            big_school.fill(database.url)
            walk = "from tests.plans.admin_walk import *; walk_admin()"
            said = server.manage("shell", "--verbosity=0", "-c", walk).splitlines()
            pages = json.loads(next(line for line in said if line.startswith("[[")))
            school = BigSchool(database, Path(folder))
            plans = [p for p in school.walk("admin_walk", "walk_admin()") if not counts_pages(p)]
            faults = school.plans.faults(plans, ALLOWED, MOST_ROWS)
    finally:
        database.close()
    for seconds, queries, address in pages:
        sys.stdout.write(f"{seconds * 1000:6.0f} ms {queries:3d} queries  {address}\n")
    slow = [page for page in pages if page[0] > TARGET_SECONDS]
    if faults or slow:
        sys.exit("\n\n".join(faults) or f"over {TARGET_SECONDS} s: {slow}")


if __name__ == "__main__":
    main()

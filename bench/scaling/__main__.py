"""`python -m bench.scaling` prints the plan's tables for the numbers it is given.

`--results var/bench/results.json` takes the unit costs of a district that was measured here;
`--write` puts tables and picture into docs/, and keeps that district's rows.
"""

import argparse
import json
import sys
from dataclasses import fields
from pathlib import Path

from bench.results.district_tables import cost_lines, rate_lines
from bench.scaling.installation_plan import InstallationPlan, Lesson
from bench.scaling.plan_picture import draw_plan
from bench.scaling.plan_tables import (
    SIZES,
    at_fifty,
    bill_table,
    cost_table,
    limit_table,
    need_table,
    short_table,
    take_table,
)
from bench.scaling.unit_costs import KEPT, Row, costs_of, kept_rows

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE, PICTURE = DOCS / "scaling.md", DOCS / "images" / "scaling.svg"
MARK = "<!-- computed: {} -->"


def tables(rows: list[Row], lesson: Lesson, sizes: tuple[int, ...]) -> dict[str, str]:
    """Compute every table, by the name of its mark."""
    costs = costs_of(rows, lesson.journal_seconds)
    plans = [InstallationPlan(students, costs, lesson) for students in sizes]
    reports = [row for row in rows if row["how"] == "report"]
    return {
        "short": short_table(plans),
        "rates": rate_lines(reports),
        "parts": cost_lines(rows),
        "costs": cost_table(costs),
        "needs": need_table(plans),
        "takes": take_table(plans),
        "limits": limit_table(costs, lesson),
        "bill": bill_table(plans),
        "bill-50": bill_table([at_fifty(plan) for plan in plans]),
    }


def filled(page: str, computed: dict[str, str]) -> str:
    """Put each table between its marks; its title stands in the page."""
    for name, text in computed.items():
        begin, end = MARK.format(name), MARK.format("end")
        before, mark, rest = page.partition(begin)
        if not mark:
            raise ValueError(
                f"{begin} is missing in docs/scaling.md: put it where its table belongs"
            )
        body = text.split("\n\n", 1)[1].strip()
        page = f"{before}{begin}\n{body}\n{end}{rest.partition(end)[2]}"
    return page


def read_arguments() -> argparse.Namespace:
    """Read the command line: each question of `Lesson` is an option."""
    parser = argparse.ArgumentParser(prog="python -m bench.scaling", description=__doc__)
    parser.add_argument("--students", type=int, nargs="*", default=SIZES)
    parser.add_argument("--results", type=Path, help="rows of `make bench ONLY=district`")
    parser.add_argument("--write", action="store_true", help="into docs/")
    for field in fields(Lesson):
        parser.add_argument(
            f"--{field.name.replace('_', '-')}", type=type(field.default), default=field.default
        )
    return parser.parse_args()


def main() -> None:
    """Print the tables, or write them."""
    arguments = read_arguments()
    lesson = Lesson(**{field.name: getattr(arguments, field.name) for field in fields(Lesson)})
    rows = kept_rows()
    if arguments.results:
        found = json.loads(arguments.results.read_text(encoding="utf-8"))["rows"]
        rows = [{**row, "often": []} for row in found if row["work"] == "district"]
    computed = tables(rows, lesson, tuple(arguments.students))
    if arguments.write:
        KEPT.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
        PAGE.write_text(filled(PAGE.read_text(encoding="utf-8"), computed), encoding="utf-8")
        PICTURE.write_text(
            draw_plan(costs_of(rows, lesson.journal_seconds), lesson), encoding="utf-8"
        )
    else:
        sys.stdout.write("".join(computed.values()))


if __name__ == "__main__":
    main()

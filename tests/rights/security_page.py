"""Tables of rights as docs/security.md shows them; run as a module, it writes them anew."""

import re
from pathlib import Path

from tests.rights.tables import read

PAGE = Path(__file__).resolve().parents[2] / "docs" / "security.md"
PLACE = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)", re.S)


def markdown_of(name: str) -> str:
    """Write one table of tests/rights/tables as Markdown; a method that no path has is left out."""
    table = read(name)
    lines = [["", *table.columns], ["---"] * (len(table.columns) + 1)]
    lines += [
        [f"`{title}`", *cells.values()]
        for title, cells in table.rows.items()
        if not title.startswith("PUT ")
    ]
    return "".join(
        f"| {' | '.join(cell.replace('|', ' or ') for cell in line)} |\n" for line in lines
    )


def written(page: str) -> str:
    """Return the page with each of its tables as it is now."""
    return PLACE.sub(lambda place: f"{place[1]}{markdown_of(place[2])}{place[3]}", page)


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")

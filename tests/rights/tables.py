"""Expected answers as tables one can read, and the cells that are not as they say."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import pytest

FOLDER = Path(__file__).with_name("tables")
# What stands closed, or answers as for others who are asked whole, is asked a share of the rows.
SHARES = pytest.mark.parametrize("share", ["some", pytest.param("all", marks=pytest.mark.soak)])


@dataclass(frozen=True)
class Table:
    """Rows by their titles, each with a cell for each column."""

    columns: tuple[str, ...]
    rows: dict[str, dict[str, str]]

    def cell(self, row: str, column: str) -> str:
        """Return what stands in a cell."""
        return self.rows[row][column]


def read(name: str) -> Table:
    """Read tables/NAME.txt: two blanks and more between cells, `#` before a remark."""
    lines = (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    cells = [_cells(line) for line in lines if line.strip() and not line.startswith("#")]
    (_title, *columns), *rows = cells
    found: dict[str, dict[str, str]] = {}
    for title, *values in rows:
        assert len(values) == len(columns), f"{name}: {title} has {len(values)} cells"
        assert title not in found, f"{name}: {title} stands twice"
        found[title] = dict(zip(columns, values, strict=True))
    return Table(tuple(columns), found)


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.split("  ") if cell.strip()]


def placed(table: Table, discovered: Collection[str], what: str) -> None:
    """Fail on what nobody placed in the table, and on rows of what is no more."""
    missing = sorted(set(discovered) - table.rows.keys())
    gone = sorted(table.rows.keys() - set(discovered))
    assert not missing, f"say who may use these {what}, in tests/rights/tables: {missing}"
    assert not gone, f"these {what} are no more: {gone}"


class Verdict:
    """What was expected and what came, cell by cell; `settle` fails with all wrong cells."""

    all_cells = 0

    def __init__(self, caller: str) -> None:
        self.caller = caller
        self.cells = 0
        self._wrong: list[str] = []

    def expect(self, row: str, expected: str, seen: str) -> None:
        """Compare a cell; `a|b` expects either."""
        self.cells += 1
        if seen not in expected.split("|"):
            self._wrong.append(f"{row}: expected {expected}, got {seen}")

    def settle(self) -> None:
        """Fail if a cell was wrong, naming each."""
        Verdict.all_cells += self.cells
        assert self.cells, f"{self.caller}: nothing was asked"
        wrong = "\n  ".join(self._wrong)
        assert not wrong, f"{len(self._wrong)} of {self.cells} cells of {self.caller!r}:\n  {wrong}"

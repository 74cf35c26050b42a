"""One run of the district: from the first socket to the last that has left."""

import gc
from collections.abc import Callable
from pathlib import Path

from bench import machine
from bench.district.carried_rates import is_carried
from bench.district.district_size import DistrictSize
from bench.district.installation import Installation
from bench.district.measured_district import MeasuredDistrict
from bench.works.turns import Row


async def measure_district(
    size: DistrictSize, folder: Path, say: Callable[[str], None] = print
) -> list[Row]:
    """Measure everything; a rate that is not carried is the last. Raises NotStarted."""
    machine.pin(machine.ALL_CORES)
    say(f"a district: {size.students} students, {size.tutors} dashboards")
    installation = Installation(size, folder)
    people = MeasuredDistrict(size, installation)
    rows: list[Row] = []
    gc.disable()
    try:
        rows.append(await people.arrive())
        say(f"all have arrived, in {rows[-1]['seconds']:.0f} s")
        rows += [await people.join(), await people.rest()]
        for rate in size.rates:
            say(f"{rate:g} statuses a second")
            rows.append(await people.report(rate))
            if not is_carried(rows[-1]):
                break
        say("all leave")
        rows.append(await people.leave())
    finally:
        gc.enable()
        people.close()
        installation.stop()
    return rows

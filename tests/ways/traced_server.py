"""`manage.py`, with our own functions noted between SIGUSR1 and SIGUSR2.

python tests/ways/traced_server.py OUT.json ARGUMENTS… runs `manage.py ARGUMENTS…`. SIGUSR1 begins
anew and makes OUT.begun; SIGUSR2 ends and writes OUT.json: a list of [file, function].
"""

import json
import signal
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
OURS = tuple(f"{ROOT / package}/" for package in ("speaktracker", "realtime", "feedback"))


class Tracer:
    """Notes which functions of ours are called, in every thread, while it is told to."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self._is_noting = False
        self._seen: set[tuple[str, str]] = set()

    def on_call(self, frame: FrameType, event: str, _argument: Any) -> None:
        """Note a call (for `sys.setprofile`)."""
        code = frame.f_code
        if not self._is_noting or event != "call" or not code.co_filename.startswith(OURS):
            return
        if not code.co_name.startswith("<"):  # a comprehension is no function to read
            self._seen.add((str(Path(code.co_filename).relative_to(ROOT)), code.co_qualname))

    def begin(self, *_: Any) -> None:
        """Note from now on."""
        self._seen.clear()
        self._is_noting = True
        self._out.with_suffix(".begun").touch()

    def end(self, *_: Any) -> None:
        """Note nothing more, and write what was seen."""
        self._is_noting = False
        unfinished = self._out.with_suffix(".part")
        unfinished.write_text(json.dumps(sorted(self._seen)))
        unfinished.rename(self._out)


def main() -> None:
    """Install the tracer, then be `manage.py`."""
    tracer = Tracer(Path(sys.argv[1]))
    signal.signal(signal.SIGUSR1, tracer.begin)
    signal.signal(signal.SIGUSR2, tracer.end)
    threading.setprofile(tracer.on_call)
    sys.setprofile(tracer.on_call)
    sys.path.insert(0, str(ROOT))
    sys.argv = ["manage.py", *sys.argv[2:]]
    from manage import main as manage

    manage()


if __name__ == "__main__":
    main()

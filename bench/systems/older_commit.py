"""An older commit of ours as a peer, in a worktree of its own below var/bench/before/.

It is driven by its command line and over the network alone, since its modules may lie elsewhere:
`make install`, `manage.py migrate`, `python -m bench.people`, `manage.py serve`.
"""

import os
import subprocess
from pathlib import Path

from bench.systems.child_servers import NotStarted
from bench.systems.product import DATABASE_VARIABLE, ROOT, Product
from bench.systems.system import Started, System, run_valkey

BEFORE, BEFORE_TITLE = "before", "SpeakTracker before"
DATABASE_VARIABLE_BEFORE = "BENCH_BEFORE_DATABASE_URL"
# What a make that runs us hands on would change what the older commit's make does.
OF_MAKE = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES")
INSTALL_SECONDS = 1_800


def older_commit(commit: str, folder: Path) -> System:
    """Make a system of `commit`, checked out and installed in `folder`; raises NotStarted."""
    if bool(os.environ.get(DATABASE_VARIABLE)) != bool(os.environ.get(DATABASE_VARIABLE_BEFORE)):
        raise NotStarted(f"Set both {DATABASE_VARIABLE} and {DATABASE_VARIABLE_BEFORE}, or none.")
    sha = _git("rev-parse", "--verify", "--quiet", "--short=12", f"{commit}^{{commit}}")
    tree = folder / sha
    # Forget worktrees whose folder somebody has removed: git would refuse to make them again.
    _git("worktree", "prune")
    if not tree.exists():
        _git("worktree", "add", "--quiet", "--detach", str(tree), sha)
    if not (tree / "bench" / "people.py").exists():
        raise NotStarted(f"{commit} is older than the bench, which fills its database.")
    install(tree)

    def start(_shared_valkey_port: int, work_folder: Path) -> Started:
        # One of its own: on one Valkey both would get each other's frames.
        valkey = run_valkey(work_folder)
        product = Product(valkey.port, work_folder, tree, DATABASE_VARIABLE_BEFORE)
        product.prepare()
        return product.serve(valkey=valkey)

    return System(BEFORE, BEFORE_TITLE, start, is_product=True, is_target=True)


def description(commit: str) -> str:
    """Say which commit is meant, in one line; raises NotStarted."""
    about = _git("show", "--no-patch", "--format=%h of %as, “%s”", f"{commit}^{{commit}}")
    return f"{BEFORE_TITLE} is {about}"


def _git(*words: str) -> str:
    done = subprocess.run(
        ["git", "-C", ROOT, *words], capture_output=True, text=True, check=False, timeout=60
    )
    if done.returncode:
        raise NotStarted(
            f"git {' '.join(words)}: {done.stderr.strip() or 'there is no such commit'}"
        )
    return done.stdout.strip()


def install(tree: Path) -> None:
    """Install the commit's environment as its own Makefile does; quick when it is there already."""
    log = tree.with_suffix(".install.log")
    print(f"Installing {tree.name}; see {log}", flush=True)
    kept = {name: value for name, value in os.environ.items() if name not in OF_MAKE}
    with log.open("wb") as output:
        done = subprocess.run(
            ["make", "install"],
            cwd=tree,
            env=kept,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
            timeout=INSTALL_SECONDS,
        )
    if done.returncode:
        raise NotStarted(f"`make install` of {tree.name} failed; see {log}")

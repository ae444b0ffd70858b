"""`python -m tests.bench [name]`: one JSON object per line, exit code 1 if a bar is missed."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from roger.embedded.throw_away import servers
from tests.bench import million
from tests.bench.catalog import BENCHES, Bench, Place, UnknownBench, chosen
from tests.bench.places import bring_up_to_date
from tests.bench.progress import say


def main(arguments: Sequence[str]) -> int:
    """Run what was asked for, everything by default; 2 for a name that is none."""
    try:
        benches = chosen(arguments[0] if arguments else "")
    except UnknownBench as unknown:
        names = ", ".join(figure for bench in BENCHES for figure in bench.figures)
        sys.stderr.write(f"There is no measurement {unknown}: choose one of {names}.\n")
        return 2
    all_hold = True
    for bench in benches:
        with variables_of(bench.place) as variables:
            all_hold &= holds(bench, variables)
    return 0 if all_hold else 1


@contextmanager
def variables_of(place: Place) -> Iterator[Mapping[str, str]]:
    """The environment of a measurement while its servers run, which are its own: nobody's work is left over in them."""
    if place == Place.NOWHERE:
        yield {}
        return
    if place == Place.MILLION:
        with million.servers() as variables:
            yield variables
        return
    with servers(durable=True) as variables:
        bring_up_to_date(variables)
        yield variables


def holds(bench: Bench, variables: Mapping[str, str]) -> bool:
    """Run one in a process of its own, so that each has settings, caches and connections of its own."""
    say(f"{bench.file} …")
    command = [sys.executable, "-m", "tests.bench.one", bench.file]
    return subprocess.run(command, env={**os.environ, **variables}, check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

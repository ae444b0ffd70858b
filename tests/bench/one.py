"""The process of one measurement: `python -m tests.bench.one <file>`, with the variables of its servers."""

import importlib
import os
import sys

import django

from tests.bench.progress import say


def main(file: str) -> int:
    """Print a line for each figure as soon as it is there; 1 if one misses its bar."""
    if "DJANGO_SETTINGS_MODULE" in os.environ:  # there are servers to talk to
        django.setup()
    all_hold = True
    for figure in importlib.import_module(f"tests.bench.{file}").measure():
        sys.stdout.write(f"{figure.as_json()}\n")
        sys.stdout.flush()
        if not figure.ok:
            say(f"{figure.name} misses its bar: {figure.bar}")
        all_hold &= figure.ok
    return 0 if all_hold else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

"""`python -m tests.faults`: the last line is one JSON object, the exit code 1 if anything was lost or doubled."""

import importlib
import json
import os
import sys

import django

from tests.faults import installation
from tests.faults.progress import say


def main() -> int:
    """Start the product, tell the story in its environment, and print what came of it."""
    with installation.running() as started:
        os.environ.update(started.variables())
        django.setup()
        verdict = importlib.import_module("tests.faults.story").tell(started)
        if not verdict.ok:
            say(f"the logs are kept in {started.keep_logs()}")
    sys.stdout.write(f"{json.dumps(verdict.as_json())}\n")
    return 0 if verdict.ok else 1


if __name__ == "__main__":
    sys.exit(main())

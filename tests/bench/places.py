"""The project on disk, and its database brought up to date."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


def bring_up_to_date(variables: Mapping[str, str]) -> None:
    """Migrate the database these variables lead to."""
    manage("migrate", "--database", "migrate", "--noinput", "--skip-checks", "--verbosity", "0", variables=variables)


def manage(*step: str, variables: Mapping[str, str]) -> None:
    """Run one of Django's commands. Raises CalledProcessError."""
    command = [sys.executable, str(PROJECT / "manage.py"), *step]
    subprocess.run(command, env={**os.environ, **variables}, stdout=sys.stderr, check=True)

#!/usr/bin/env python
"""Django's command line for Roger. Works on the running installation (.roger/env) unless the environment names one."""

import os
import sys
from pathlib import Path

import environ
from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "roger.settings")
    in_use = Path(os.environ.get("ROGER_HOME", Path(__file__).parent / ".roger")) / "env"
    if "DATABASE_URL" not in os.environ and in_use.is_file():
        environ.Env.read_env(in_use)
    execute_from_command_line(sys.argv)

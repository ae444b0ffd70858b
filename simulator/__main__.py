"""`python -m simulator`: serve on SIMULATOR_HOST:SIMULATOR_PORT (127.0.0.1:8360) until SIGTERM.

SIMULATOR_CONFIG names the configuration file, D360_SIGNATURE_SECRET (or the file D360_SIGNATURE_SECRET_FILE)
switches signatures on.
"""

import os
from pathlib import Path

import uvicorn

from simulator.api.broken import remember_connection
from simulator.app import create_app


def main() -> None:
    """Serve; nothing about requests is logged, since paths and bodies hold numbers."""
    app = create_app(
        os.environ.get("SIMULATOR_CONFIG") or None,
        signature_secret=signature_secret(),
    )
    uvicorn.run(
        remember_connection(app),
        host=os.environ.get("SIMULATOR_HOST", "127.0.0.1"),
        port=int(os.environ.get("SIMULATOR_PORT", "8360")),
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=1,
    )


def signature_secret() -> str:
    """The secret from the environment or from the file it names; empty = no signatures."""
    named = os.environ.get("D360_SIGNATURE_SECRET_FILE")
    return Path(named).read_text().strip() if named else os.environ.get("D360_SIGNATURE_SECRET", "")


if __name__ == "__main__":
    main()

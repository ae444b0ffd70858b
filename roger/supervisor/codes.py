"""The six digits of the demo's logins, for whoever has no authenticator at hand: `make code`."""

import base64
import hashlib
import hmac
import json
import os
import struct
import sys
import time
from pathlib import Path

STEP_SECONDS = 30
SECONDS_TO_TYPE = 5  # codes that end sooner are not worth reading


def code(totp_secret: str, at: float) -> str:
    """RFC 6238 with SHA-1, six digits, for a secret in base32 and a time in Unix seconds."""
    key = base64.b32decode(totp_secret + "=" * (-len(totp_secret) % 8))
    mac = hmac.new(key, struct.pack(">Q", int(at) // STEP_SECONDS), hashlib.sha1).digest()
    start = mac[-1] & 15
    number = struct.unpack(">I", mac[start : start + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


def codes(demo: Path, at: float) -> list[str]:
    """A line for each login of the demo: the code of now and whose it is."""
    practices = json.loads(demo.read_text())["practices"]
    return [f"{code(user['totp_secret'], at)}  {user['email']}" for each in practices for user in each["users"]]


if __name__ == "__main__":
    written = Path(os.environ.get("ROGER_HOME") or ".roger") / "demo.json"
    if not written.exists():
        sys.exit("There is no demo here yet: `make run` makes it before it says ready.")
    if (left := STEP_SECONDS - time.time() % STEP_SECONDS) < SECONDS_TO_TYPE:
        time.sleep(left)
    now = time.time()
    sys.stdout.write("\n".join([*codes(written, now), f"good for {STEP_SECONDS - now % STEP_SECONDS:.0f} s", ""]))

"""Message ids in Meta's form: base64 of a small binary record that holds the peer's number in clear.

That is why a wamid is personal data, and why a stand-in with random ids would hide a leak.
"""

import base64
import secrets

PREFIX = "wamid."


def new_wamid(peer: str, *, from_person: bool) -> str:
    """A fresh id for a message exchanged with peer (digits of the phone, or a BSUID when there is no phone)."""
    name = peer.encode()
    token = secrets.token_hex(10 if from_person else 9).upper().encode()
    direction = b"\x12" if from_person else b"\x11"
    record = (
        b"\x1c\x18" + bytes([len(name)]) + name + b"\x15\x02\x00" + direction + b"\x18" + bytes([len(token)]) + token
    )
    return PREFIX + base64.b64encode(record + b"\x00").decode()

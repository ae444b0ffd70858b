"""The error bodies 360dialog answers with (360dialog sections 1 and 9).

SimulatedError
├── GraphError     body A: Meta's error, passed through
└── GatewayError   body B: 360dialog's own, a plain string
"""

import secrets
from typing import Any

# code: (HTTP status when it comes at once, title)
CATALOG: dict[int, tuple[int, str]] = {
    0: (401, "AuthException"),
    1: (400, "API Unknown"),
    2: (503, "API Service"),
    3: (500, "API Method"),
    4: (400, "API Too Many Calls"),
    10: (403, "API Permission Denied"),
    33: (400, "Parameter value is not valid"),
    100: (400, "Invalid parameter"),
    190: (401, "Access token has expired"),
    200: (403, "API Permission"),
    368: (403, "Temporarily blocked for policies violations"),
    80007: (400, "Rate limit issues"),
    130429: (429, "Rate limit hit"),
    130472: (400, "User's number is part of an experiment"),
    130497: (403, "Business account is restricted from messaging users in this country"),
    131000: (500, "Something went wrong"),
    131005: (403, "Access denied"),
    131008: (400, "Required parameter is missing"),
    131009: (400, "Parameter value is not valid"),
    131016: (500, "Service unavailable"),
    131021: (400, "Recipient cannot be sender"),
    131026: (400, "Message undeliverable"),
    131030: (400, "Recipient phone number not in allowed list"),
    131031: (403, "Account has been locked"),
    131037: (400, "WhatsApp provided number needs display name approval before message can be sent"),
    131042: (400, "Business eligibility payment issue"),
    131043: (400, "Message expired"),
    131044: (400, "Business eligibility payment issue"),
    131045: (500, "Incorrect certificate"),
    131047: (400, "Re-engagement message"),
    131048: (400, "Spam rate limit hit"),
    131049: (400, "This message was not delivered to maintain healthy ecosystem engagement"),
    131050: (400, "User has stopped marketing messages"),
    131051: (400, "Unsupported message type"),
    131052: (400, "Media download error"),
    131053: (400, "Media upload error"),
    131055: (400, "Method not allowed"),
    131056: (400, "(Business Account, Consumer Account) pair rate limit hit"),
    131057: (500, "Account in maintenance mode"),
    131062: (400, "Recipient must be a phone number for this message"),
    131063: (400, "Marketing template not allowed on this route"),
    131064: (400, "Template misclassification limit"),
    132000: (400, "Number of parameters does not match the expected number of params"),
    132001: (404, "Template name does not exist in the translation"),
    132005: (400, "Translated text too long"),
    132007: (400, "Template format character policy violated"),
    132008: (400, "Parameter format does not match format in the created template"),
    132012: (400, "Parameter format does not match format in the created template"),
    132015: (400, "Template is paused"),
    132016: (400, "Template is disabled"),
    132068: (400, "Flow is in blocked state"),
    132069: (400, "Flow is in throttled state"),
    133000: (500, "Incomplete deregistration"),
    133004: (503, "Server temporarily unavailable"),
    133010: (400, "Phone number not registered"),
    134101: (400, "Template is still syncing"),
    134102: (400, "Template is not available"),
    135000: (400, "Generic user error"),
    137000: (400, "Recipient identity key hash mismatch"),
}
TRANSIENT = frozenset({2, 4, 80007, 130429, 131000, 131016, 131056, 131057, 133000, 133004, 134101, 134102})
HREF = "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/"


class SimulatedError(Exception):
    """An answer other than 2xx: HTTP status and JSON body."""

    def __init__(self, http_status: int, body: dict[str, Any]) -> None:
        super().__init__(http_status)
        self.http_status = http_status
        self.body = body


class GraphError(SimulatedError):
    """Body A. Unknown codes answer 400 with the code as their title."""

    def __init__(self, code: int, details: str, *, http_status: int | None = None, subcode: int | None = None) -> None:
        self.code = code
        super().__init__(http_status or http_status_of(code), graph_body(code, details, subcode=subcode))


class GatewayError(SimulatedError):
    """Body B of 360dialog's gateway: `{"error": "<text>"}`."""

    def __init__(self, http_status: int, message: str) -> None:
        super().__init__(http_status, {"error": message})


def http_status_of(code: int) -> int:
    """The HTTP status a code has when it is answered at once."""
    return CATALOG.get(code, (400, ""))[0]


def title_of(code: int) -> str:
    """Meta's short title of a code."""
    return CATALOG.get(code, (400, f"Error {code}"))[1]


def graph_body(code: int, details: str, *, subcode: int | None = None) -> dict[str, Any]:
    """Body A of 360dialog section 1."""
    error: dict[str, Any] = {
        "message": f"(#{code}) {title_of(code)}",
        "type": "OAuthException",
        "code": code,
        "error_data": {"messaging_product": "whatsapp", "details": details},
        "fbtrace_id": secrets.token_urlsafe(16),
        "is_transient": code in TRANSIENT,
    }
    if subcode is not None:
        error["error_subcode"] = subcode
    return {"error": error}


def gateway_body_c(http_status: int, message: str) -> dict[str, Any]:
    """Body C, the older gateway's shape."""
    return {
        "meta": {
            "success": False,
            "http_code": http_status,
            "developer_message": message,
            "360dialog_trace_id": secrets.token_hex(12),
        }
    }


def status_error(code: int, details: str | None = None) -> dict[str, Any]:
    """One entry of `statuses[].errors` or `messages[].errors`."""
    return {
        "code": code,
        "title": title_of(code),
        "message": title_of(code),
        "error_data": {"details": details or title_of(code)},
        "href": HREF,
    }

"""Files of a chat as browsers want them: in ranges, and harmless."""

import re

from starlette.responses import Response

from simulator.media import StoredMedia

SHOWN_IN_BROWSERS = frozenset(
    {"image/jpeg", "image/png", "image/webp", "audio/ogg", "audio/mpeg", "audio/mp4", "video/mp4", "application/pdf"}
)
RANGE = re.compile(r"bytes=(\d+)-(\d*)")


def file_response(stored: StoredMedia, wanted_range: str | None) -> Response:
    """The file, or the range asked for: players learn the length of a voice note from its end.

    Only what browsers show safely is shown, the rest is saved.
    """
    headers = {
        "Content-Security-Policy": "sandbox",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
        "Accept-Ranges": "bytes",
    }
    if stored.bare_mime_type not in SHOWN_IN_BROWSERS:
        headers["Content-Disposition"] = "attachment"
    match = RANGE.fullmatch(wanted_range or "")
    if match is None:
        return Response(stored.data, media_type=stored.bare_mime_type, headers=headers)
    size = len(stored.data)
    first, last = int(match.group(1)), min(int(match.group(2) or size - 1), size - 1)
    if first > last:
        return Response(status_code=416, headers={"Content-Range": f"bytes */{size}"})
    headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    part = stored.data[first : last + 1]
    return Response(part, status_code=206, media_type=stored.bare_mime_type, headers=headers)

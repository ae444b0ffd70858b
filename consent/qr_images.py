"""QR codes as SVG: two shapes and two classes, so that the style sheet may keep them black on white."""

import qrcode
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

QUIET_MODULES = 4  # ISO/IEC 18004 asks for four light modules around the code


def qr_svg(address: str) -> SafeString:
    """The code of an address, without size or style of its own. Medium error correction survives a coffee stain."""
    code = qrcode.QRCode(border=QUIET_MODULES, error_correction=qrcode.constants.ERROR_CORRECT_M)
    code.add_data(address)
    rows = code.get_matrix()
    return format_html(
        '<svg class="qr" viewBox="0 0 {0} {0}" role="img" aria-label="{1}" shape-rendering="crispEdges">'
        '<path class="qr__paper" d="M0 0h{0}v{0}h-{0}z"/><path class="qr__ink" d="{2}"/></svg>',
        len(rows),
        _("QR-Code zur Einwilligung"),
        _dark_runs(rows),
    )


def _dark_runs(rows: list[list[bool]]) -> str:
    """One horizontal bar for each run of dark modules."""
    path = []
    for y, row in enumerate(rows):
        start = None
        for x, is_dark in enumerate([*row, False]):
            if is_dark and start is None:
                start = x
            elif not is_dark and start is not None:
                path.append(f"M{start} {y}h{x - start}v1h-{x - start}z")
                start = None
    return "".join(path)

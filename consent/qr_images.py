"""QR codes as SVG: two shapes, on screen with classes, so that the style sheet may keep them black on white."""

import qrcode
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

QUIET_MODULES = 4  # ISO/IEC 18004 asks for four light modules around the code


def qr_svg(address: str) -> SafeString:
    """The code of an address for a page, without size or style of its own."""
    rows = matrix_of(address)
    return format_html(
        '<svg class="qr" viewBox="0 0 {0} {0}" role="img" aria-label="{1}" shape-rendering="crispEdges">'
        '<path class="qr__paper" d="M0 0h{0}v{0}h-{0}z"/><path class="qr__ink" d="{2}"/></svg>',
        len(rows),
        _("QR-Code zur Einwilligung"),
        dark_runs(rows),
    )


def qr_drawing(address: str) -> str:
    """The code of an address for paper: black on white, whatever stands around it."""
    rows = matrix_of(address)
    side = len(rows)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{side}v{side}h-{side}z"/><path fill="#000" d="{dark_runs(rows)}"/></svg>'
    )


def matrix_of(address: str) -> list[list[bool]]:
    """Dark or light, row by row, with the quiet zone. Medium error correction survives a coffee stain."""
    code = qrcode.QRCode(border=QUIET_MODULES, error_correction=qrcode.constants.ERROR_CORRECT_M)
    code.add_data(address)
    rows: list[list[bool]] = code.get_matrix()
    return rows


def dark_runs(rows: list[list[bool]]) -> str:
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

"""Whether a practice's colour can be read on paper (WCAG 2.2, 1.4.3)."""

READABLE = 4.5
WEIGHTS = (0.2126, 0.7152, 0.0722)  # red, green, blue: relative luminance as WCAG defines it


def contrast_on_white(colour: str) -> float:
    """1 for white to 21 for black; `colour` is #rrggbb."""
    channels = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    linear = (value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels)
    return 1.05 / (sum(weight * value for weight, value in zip(WEIGHTS, linear, strict=True)) + 0.05)

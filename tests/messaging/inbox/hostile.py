"""Messages nobody writes who means well, for tests: each kind breaks something in some inbox."""

import itertools

SCRIPT = "<script>window.ran = 1</script><img src=x onerror='window.ran = 1'>"
MARKUP = "</p></article></section></main><h1>fremd</h1><form action='/logout/'><input name=q></form>" * 3
TURNED = "\u202eerutuf\u202d\u2067 (laut WhatsApp) \u2066\u200f"
ZALGO = "".join(f"{letter}{'̵̡̢͖̲̀́̈' * 8}" for letter in "Zahnschmerzen")
ENDLESS = "a" * 64_000
WORDS = "Termin " * 9_000
EMOJI = "🦷" * 10_000
LINES = "\n" * 5_000 + "Ende"
FILE_NAME = "Befund\r\nSet-Cookie: a=b\n\u202efdp.exe" + "x" * 500

TEXTS = (SCRIPT, MARKUP, TURNED, ZALGO, ENDLESS, WORDS, EMOJI, LINES)


def texts(number: int) -> list[str]:
    """So many of them, every kind in turn."""
    return list(itertools.islice(itertools.cycle(TEXTS), number))

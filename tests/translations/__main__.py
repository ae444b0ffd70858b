"""`make messages`: bring locale/*/LC_MESSAGES up to date; says what is not translated yet."""

import sys

import django

from tests.translations.catalog import compile_mo, po_path, read_po, renewed, write_po
from tests.translations.extraction import sayings


def main() -> int:
    """English follows what is said in templates and Python; German holds Django's own sentences with Sie."""
    files = sayings()
    english = renewed(read_po(po_path("en").read_text()))
    po_path("en").write_text(write_po("en", english, files))
    for language, entries in (("en", english), ("de", read_po(po_path("de").read_text()))):
        po_path(language).with_suffix(".mo").write_bytes(compile_mo(language, entries))
    missing = [saying.text for saying, texts in english.items() if not all(texts)]
    sys.stdout.write("".join(f"not translated: {text}\n" for text in missing))
    return 1 if missing else 0


if __name__ == "__main__":
    django.setup()
    sys.exit(main())

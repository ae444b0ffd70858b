"""The .po files, read and written in one form, and the .mo files made of them."""

import ast
import re
import struct
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.translations.extraction import PROJECT, Saying, sayings

Translations = dict[Saying, tuple[str, ...]]

LOCALE = PROJECT / "locale"
PLURAL_RULES = {"en": "nplurals=2; plural=(n != 1);", "de": "nplurals=2; plural=(n != 1);"}
MO_MAGIC = 0x950412DE
LINE = re.compile(r'^(msgid|msgid_plural|msgstr|msgstr\[(\d)\])? ?("(?:[^"\\]|\\.)*")$')


def po_path(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def read_po(text: str) -> Translations:
    """All entries but the header."""
    entries: Translations = {}
    for block in text.split("\n\n"):
        saying, translated = _read_entry(block)
        if saying.text:
            entries[saying] = translated
    return entries


def _read_entry(block: str) -> tuple[Saying, tuple[str, ...]]:
    texts: dict[str, str] = {}
    name = ""
    for found in filter(None, map(LINE.match, block.splitlines())):
        name = found[1] or name
        texts[name] = texts.get(name, "") + ast.literal_eval(found[3])
    translated = tuple(text for name, text in texts.items() if name.startswith("msgstr"))
    return Saying(texts.get("msgid", ""), texts.get("msgid_plural", "")), translated


def write_po(language: str, entries: Mapping[Saying, tuple[str, ...]], files: Mapping[Saying, list[str]]) -> str:
    """In the order of the alphabet, each with the files that say it."""
    return (
        "\n\n".join([header(language), *(_entry(one, entries[one], files.get(one, [])) for one in sorted(entries))])
        + "\n"
    )


def header(language: str) -> str:
    fields = {
        "Language": language,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": PLURAL_RULES[language],
    }
    return '# Written by "make messages".\nmsgid ""\nmsgstr ""\n' + "\n".join(
        _quoted(f"{name}: {value}\n") for name, value in fields.items()
    )


def _entry(saying: Saying, translated: tuple[str, ...], files: Iterable[str]) -> str:
    lines = [f"#: {file}" for file in files]
    lines.append(f"msgid {_quoted(saying.text)}")
    if saying.plural:
        lines.append(f"msgid_plural {_quoted(saying.plural)}")
        lines += [f"msgstr[{number}] {_quoted(text)}" for number, text in enumerate(translated)]
    else:
        lines.append(f"msgstr {_quoted(translated[0])}")
    return "\n".join(lines)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


def renewed(known: Translations) -> Translations:
    """What is said now: known translations kept, new sayings empty, those nobody says any more gone."""
    return {saying: known.get(saying, ("", "") if saying.plural else ("",)) for saying in sayings()}


def compile_mo(language: str, entries: Translations) -> bytes:
    """GNU's binary form; the same entries give the same bytes."""
    lines = [("", header_text(language))]
    lines += [(_key(saying), "\0".join(texts)) for saying, texts in entries.items() if all(texts)]
    pairs = sorted((key.encode(), text.encode()) for key, text in lines)
    start = 7 * 4 + 16 * len(pairs)
    keys = b"".join(key + b"\0" for key, _ in pairs)
    texts = b"".join(text + b"\0" for _, text in pairs)
    tables = _table([key for key, _ in pairs], start) + _table([text for _, text in pairs], start + len(keys))
    head = struct.pack("<7I", MO_MAGIC, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, start)
    return head + tables + keys + texts


def header_text(language: str) -> str:
    return "".join(ast.literal_eval(line) for line in header(language).splitlines()[3:])


def _key(saying: Saying) -> str:
    return f"{saying.text}\0{saying.plural}" if saying.plural else saying.text


def _table(texts: list[bytes], offset: int) -> bytes:
    table = b""
    for text in texts:
        table += struct.pack("<2I", len(text), offset)
        offset += len(text) + 1
    return table

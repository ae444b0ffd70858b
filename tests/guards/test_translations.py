"""English is complete, and what is compiled is what is written."""

import re
from pathlib import Path

import pytest

from tests.translations.catalog import compile_mo, po_path, read_po, renewed, write_po
from tests.translations.extraction import Saying, of_python, of_template, sayings

PLACEHOLDER = re.compile(r"%\(\w+\)0?\d*[sd]|\{\w+\}")
SCRIPTS = Path(__file__).parents[2] / "static" / "js"


def test_every_sentence_has_its_english() -> None:
    english = read_po(po_path("en").read_text())

    assert [saying.text for saying in sayings() if not all(english.get(saying, ("",)))] == []


def test_nothing_is_translated_that_nobody_says() -> None:
    assert sorted(set(read_po(po_path("en").read_text())) - set(sayings())) == []


def test_every_translation_keeps_what_is_filled_in() -> None:
    different = [
        saying.text
        for saying, texts in read_po(po_path("en").read_text()).items()
        for text, said in zip(texts, (saying.text, saying.plural), strict=False)
        if sorted(PLACEHOLDER.findall(text)) != sorted(PLACEHOLDER.findall(said))
    ]

    assert different == []


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_compiled_catalog_is_fresh(language: str) -> None:
    entries = read_po(po_path(language).read_text())

    assert po_path(language).with_suffix(".mo").read_bytes() == compile_mo(language, entries), "run make messages"


def test_the_catalog_is_written_in_one_form() -> None:
    written = po_path("en").read_text()

    assert write_po("en", renewed(read_po(written)), sayings()) == written, "run make messages"


def test_templates_are_read_with_tags_blocks_plurals_and_filters() -> None:
    html = """{% load i18n %}{% translate "Senden" as word %}{{ name|default:_("Niemand") }}
    {% blocktranslate count n=n %}{{ n }} Tag{% plural %}{{ n }} Tage{% endblocktranslate %}"""

    assert list(of_template(html)) == [Saying("Senden"), Saying("Niemand"), Saying("%(n)s Tag", "%(n)s Tage")]


def test_python_is_read_with_plurals_and_joined_texts() -> None:
    source = '_("Guten " "Tag")\nngettext("%d Tag", "%d Tage", n)\ngettext_lazy("Nie")'

    assert set(of_python(source)) == {Saying("Guten Tag"), Saying("%d Tag", "%d Tage"), Saying("Nie")}


def test_a_text_that_is_put_together_at_run_time_cannot_be_translated() -> None:
    with pytest.raises(ValueError, match="literal"):
        list(of_python('_("Guten " + name)'))


def test_scripts_say_nothing_but_what_relative_time_knows_in_both_languages() -> None:
    words = {
        script.name: re.findall(r"[\"'`][^\"'`]*[äöüßÄÖÜ][^\"'`]*[\"'`]", without_comments(script.read_text()))
        for script in sorted(SCRIPTS.glob("*.js"))
    }

    assert {name: found for name, found in words.items() if found} == {}


def without_comments(script: str) -> str:
    return re.sub(r"(^|\s)//.*", "", script)

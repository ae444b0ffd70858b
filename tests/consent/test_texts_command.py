"""manage.py consent_texts, as the operator runs it, and the file it writes."""

import tomllib
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from consent import texts
from consent.models import TextDraft, TextEdition
from consent.texts.leaves import reworded
from consent.texts.writing import as_toml
from practices.models import AuditEvent, Practice, Role
from practices.scope import practice_scope
from tests.consent.editions import NOBODY_READS, TITLE, a_submitted_draft, ready
from tests.consent_factories import make_contact, opt_in
from tests.factories import make_practice
from tests.people import make_member

pytestmark = pytest.mark.django_db


@pytest.fixture
def house() -> Practice:
    return ready(make_practice())


def run(*words: str) -> str:
    said = StringIO()
    call_command("consent_texts", *words, "--practice", "morgenthal", stdout=said)
    return said.getvalue()


def a_file(folder: Path, **words: str) -> str:
    typed = {path.replace("__", "."): value for path, value in words.items()}
    file = folder / "draft.toml"
    file.write_text(as_toml(reworded(texts.tables("de-2026-05"), typed)), "utf-8")
    return str(file)


@pytest.mark.parametrize("version", sorted(texts.CURRENT.values()))
def test_a_file_reads_back_as_the_same_tables(version: str) -> None:
    assert tomllib.loads(as_toml(texts.tables(version))) == texts.tables(version)


VALUES = st.text() | st.booleans() | st.integers(-(2**60), 2**60) | st.lists(st.text(), max_size=3)
TABLES = st.recursive(
    st.dictionaries(st.text(max_size=4), VALUES, max_size=3),
    lambda inner: st.dictionaries(st.text(max_size=4), inner | st.lists(inner, min_size=1, max_size=3), max_size=3),
    max_leaves=12,
)


@given(tables=TABLES)
def test_whatever_somebody_wrote_reads_back(tables: dict[str, Any]) -> None:
    assert tomllib.loads(as_toml(tables)) == tables


def test_what_no_text_set_holds_is_refused() -> None:
    with pytest.raises(TypeError, match="float"):
        as_toml({"number": 1.5})


def test_the_list_names_each_language_with_version_and_draft(house: Practice) -> None:
    with practice_scope(house.pk):
        a_submitted_draft(None)

    lines = run("list").splitlines()

    assert lines[:2] == [
        "de\tde-2026-05\tdraft submitted on de-2026-05",
        "en\ten-2026-05\tno draft\ttranslation not checked",
    ]


def test_what_is_exported_changed_and_imported_is_published_by_the_operator(house: Practice, tmp_path: Path) -> None:
    exported = tomllib.loads(run("export", "--language", "de"))
    file = a_file(tmp_path, page__title="Schreiben Sie uns")

    handed_on = run("import", file, "--reason", "Neuer Titel", "--renews", "organisation, werbung")
    published = run("publish", "--by-operator")

    assert exported == texts.tables("de-2026-05")
    assert (handed_on, published) == ("handed on, would become de-2026-05.m1\n", "published de-2026-05.m1\n")
    with practice_scope(house.pk):
        edition = TextEdition.objects.get()
        assert (edition.content["page"]["title"], edition.renews) == ("Schreiben Sie uns", ["organisation", "werbung"])
        assert (edition.published_by, edition.reason) == (None, "Neuer Titel")
        assert AuditEvent.objects.get(kind="text_published").codes["by_operator"] is True


def test_the_operator_reads_what_changes_how_hard_it_is_and_whom_it_concerns_before_publishing(
    house: Practice, tmp_path: Path
) -> None:
    with practice_scope(house.pk):
        opt_in(make_contact())
    run(
        "import",
        a_file(tmp_path, page__title="Schreiben Sie uns"),
        "--reason",
        "Neuer Titel",
        "--renews",
        "organisation",
    )

    said = run("review")

    assert said.startswith("submitted on de-2026-05, would become de-2026-05.m1: Neuer Titel")
    assert "{+Schreiben Sie uns+}" in said
    assert "1 people to agree anew, 1 of them at the desk" in said
    assert "readability: leicht zu lesen, LIX" in said


def test_where_somebody_of_the_practice_can_publish_the_operator_does_not(house: Practice, tmp_path: Path) -> None:
    make_member(house, Role.OWNER)
    run("import", a_file(tmp_path, page__title="Schreiben Sie uns"), "--reason", "Neuer Titel")

    with pytest.raises(CommandError, match="1 of the practice can read and publish"):
        run("publish", "--by-operator")

    with practice_scope(house.pk):
        assert TextEdition.objects.count() == 0


def test_the_draft_at_work_is_exported_and_replaced(house: Practice, tmp_path: Path) -> None:
    with practice_scope(house.pk):
        a_submitted_draft(None, page__title="Entwurf")
    exported = tomllib.loads(run("export"))

    run("import", a_file(tmp_path, page__title="Aus der Datei"), "--reason", "Neu")

    assert exported["page"]["title"] == "Entwurf"
    with practice_scope(house.pk):
        assert TextDraft.objects.get().content["page"]["title"] == "Aus der Datei"


@pytest.mark.usefixtures("house")
def test_c_02_an_import_that_is_not_ready_names_what_is_wrong_and_hands_nothing_on(
    house: Practice, tmp_path: Path
) -> None:
    file = a_file(tmp_path, page__title="Bei {praxs_name}", page__intro=NOBODY_READS)

    with pytest.raises(CommandError, match=r"Unbekannter Platzhalter \{praxs_name\}.*dass sonst niemand lesen könne"):
        run("import", file, "--reason", "Neu")

    with practice_scope(house.pk):
        assert TextDraft.objects.count() == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["publish"], "say --by-operator"),
        (["publish", "--by-operator"], "no draft in de"),
        (["import", "--reason", "x"], "name the file"),
        (["import", "missing.toml", "--reason", "x"], "cannot be read"),
    ],
)
@pytest.mark.usefixtures("house")
def test_what_was_forgotten_is_said(words: list[str], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        run(*words)


@pytest.mark.usefixtures("house")
def test_a_reason_and_known_purposes_are_asked_for(tmp_path: Path) -> None:
    file = a_file(tmp_path, **{TITLE.replace(".", "__"): "Neu"})

    with pytest.raises(CommandError, match="say with --reason"):
        run("import", file)
    with pytest.raises(CommandError, match="--renews knows organisation, behandlung, recall, werbung"):
        run("import", file, "--reason", "x", "--renews", "newsletter")


def test_an_unknown_practice_is_named() -> None:
    with pytest.raises(CommandError, match="no practice 'nirgends'"):
        call_command("consent_texts", "list", "--practice", "nirgends")


def test_a_file_that_is_no_text_set_is_refused(house: Practice, tmp_path: Path) -> None:
    file = tmp_path / "x.toml"
    file.write_text("version = 'de-2026-05'\n", "utf-8")

    with pytest.raises(CommandError, match="nicht die Teile"):
        run("import", str(file), "--reason", "x")

"""What a page links as one file once the files are collected."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command
from django.template import engines
from django.test import Client, override_settings

from roger.static_files import all_together, joined
from tests.static_files import PLAIN

STATIC = Path(__file__).parents[2] / "static"


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("static")
    storages = {**settings.STORAGES, "staticfiles": {"BACKEND": "roger.static_files.TogetherStorage"}}
    with override_settings(STORAGES=storages, STATIC_ROOT=folder):
        call_command("collectstatic", interactive=False, verbosity=0)
        yield folder


def served(folder: Path, name: str) -> str:
    stored: str = staticfiles_storage.stored_name(name)  # type: ignore[attr-defined]
    return (folder / stored).read_text()


@pytest.mark.django_db
def test_a_page_links_one_style_sheet_and_its_name_changes_with_what_it_holds(collected: Path, client: Client) -> None:
    links = re.findall(r'<link rel="stylesheet" href="/static/([^"]+)">', client.get("/login/").content.decode())

    assert links == [staticfiles_storage.stored_name("css/desk-all.css")]  # type: ignore[attr-defined]
    assert re.fullmatch(r"css/desk-all\.[0-9a-f]{12}\.css", links[0])


def test_it_holds_every_rule_in_the_order_of_the_template_and_no_comment(collected: Path) -> None:
    style = served(collected, "css/desk-all.css")
    places = [style.index(one) for one in ("--space-s:", "@font-face", ".composer__box {", ".visually-hidden {")]

    assert places == sorted(places)
    assert "/*" not in style
    assert re.search(r'url\("\.\./fonts/[\w-]+\.[0-9a-f]{12}\.woff2"\)', style)


def test_collecting_twice_makes_the_same(collected: Path) -> None:
    before = sorted(each.name for each in collected.rglob("*-all*"))

    call_command("collectstatic", interactive=False, verbosity=0)

    assert sorted(each.name for each in collected.rglob("*-all*")) == before


def test_every_script_of_the_inbox_is_in_one_of_two_files(collected: Path) -> None:
    together = all_together()

    assert sorted(together) == ["css/desk-all.css", "js/desk-all.js", "js/inbox-all.js"]
    for name in ("js/desk-all.js", "js/inbox-all.js"):
        assert served(collected, name).count("try {\n") == len(together[name]) > 5


@pytest.mark.parametrize("script", [part for parts in all_together().values() for part in parts if part.endswith("js")])
def test_no_script_that_is_joined_needs_to_be_a_file_of_its_own(script: str) -> None:
    source = (STATIC / script).read_text()

    assert re.findall(r"^(?:import|export|await|for await)\b|import\.meta", source, re.MULTILINE) == []


@pytest.mark.parametrize("script", [part for parts in all_together().values() for part in parts if part.endswith("js")])
def test_no_script_that_is_joined_has_what_rjsmin_reads_wrongly(script: str) -> None:
    """A regular expression right behind an arrow, and a template inside a template: the spaces in them would go."""
    source = (STATIC / script).read_text()

    assert re.findall(r"=>\s*/[^/*].*|`[^`\n]*\$\{[^}\n]*`.*", source) == []


def test_scripts_keep_their_names_to_themselves_and_stop_nobody() -> None:
    script = joined("js/all.js", ["// says who\nconst here = 1\nfail()", "  // twice\nconst here = `2 // too` // two"])

    assert script.decode() == (
        "try {\nconst here=1\nfail()\n} catch (error) { reportError(error) }\n"
        "try {\nconst here=`2 // too`\n} catch (error) { reportError(error) }"
    )


@override_settings(STORAGES={**settings.STORAGES, "staticfiles": PLAIN})
def test_where_files_have_plain_names_each_is_linked() -> None:
    links = """{% together "css/x.css" %}<link href="{% static 'css/row.css' %}">{% endtogether %}"""
    page = engines["django"].from_string("{% load static static_files %}" + links)

    assert page.render({}) == '<link href="/static/css/row.css">'

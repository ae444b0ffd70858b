"""Installing: a manifest, its icons, and a worker that may keep nothing of a person."""

import re

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client
from PIL import Image

from practices.models import Role
from tests.people import login, make_member, make_practice

pytestmark = pytest.mark.django_db


def test_the_manifest_names_icons_that_are_there_in_their_sizes(client: Client) -> None:
    answer = client.get("/manifest.webmanifest")
    icons = answer.json()["icons"]

    sizes = []
    for icon in icons:
        path = finders.find(icon["src"].removeprefix(settings.STATIC_URL))
        assert path
        with Image.open(path) as image:
            sizes.append(f"{image.width}x{image.height}")
    assert answer["Content-Type"] == "application/manifest+json"
    assert sizes == [icon["sizes"] for icon in icons] == ["192x192", "512x512", "512x512"]
    assert (answer.json()["display"], answer.json()["start_url"]) == ("standalone", "/")


def test_the_manifest_says_nothing_about_who_asks(client: Client) -> None:
    assert "set-cookie" not in {name.lower() for name in client.get("/manifest.webmanifest").headers}


def test_the_worker_keeps_hashed_static_files_and_one_page_alone(client: Client) -> None:
    script = client.get("/service-worker.js").content.decode()

    assert client.get("/service-worker.js")["Content-Type"] == "text/javascript; charset=utf-8"
    assert script.count(".put(") == 2
    assert "put(OFFLINE, answer)" in script
    assert 'const OFFLINE = "/offline/"' in script
    assert f'const STATIC = "{settings.STATIC_URL}"' in script


def test_the_page_for_times_without_network_says_so_in_both_languages_and_nothing_of_anybody(client: Client) -> None:
    practice = make_practice()
    login(client, make_member(practice, Role.RECEPTION, name="Anna Arnold"))

    page = client.get("/offline/").content.decode()

    assert [words in page for words in ("Keine Verbindung", "No connection", "Nichts ist verloren")] == [True] * 3
    assert [words in page for words in (practice.short_name, practice.slug, "Arnold", "csrf")] == [False] * 4


@pytest.mark.parametrize(
    ("path", "is_kept"),
    [
        ("css/tokens.0123456789ab.css", True),
        ("icons/icons.0123456789ab.svg", True),
        ("css/tokens.css", False),  # its content changes under the same name
        ("css/tokens.0123456789ab.css.bak~", False),
    ],
)
def test_only_names_that_change_with_their_content_are_kept(client: Client, path: str, is_kept: bool) -> None:
    script = client.get("/service-worker.js").content.decode()
    written = re.search(r"const HASHED = /(.+?)/ ", script)

    assert written
    assert bool(re.search(written[1], path)) is is_kept


def test_pages_may_have_a_worker_of_their_own_origin_only(client: Client) -> None:
    policy = client.get("/login/")["Content-Security-Policy"]

    assert "worker-src 'self'" in policy

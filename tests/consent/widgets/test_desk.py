"""Buttons for the practice's website: made, changed and revoked by who leads the practice."""

import re
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.html import strip_tags

from consent.models import Widget
from consent.widgets import add_widget
from practices.models import AuditEvent, Door, Practice, Role
from practices.scope import practice_scope
from tests.consent.widgets.visits import SITE
from tests.people import login, make_member, make_practice

pytestmark = pytest.mark.django_db
PAGE = "/p/morgenthal/consent/widgets/"


def test_a_new_button_gives_both_snippets(desk: Client, practice: Practice) -> None:
    answer = desk.post(PAGE, {"name": "Startseite", "origins": f"{SITE}/\n\nhttps://zähne.example\n{SITE}"})

    widget = Widget.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    assert widget.origins == [SITE, "https://xn--zhne-loa.example"]
    page = desk.get(PAGE).content.decode()
    url = f"{settings.BASE_URL}/widget/{widget.token}"
    assert f"&lt;script src=&quot;{url}.js&quot; crossorigin=&quot;anonymous&quot; async&gt;&lt;/script&gt;" in page
    assert f"&lt;a href=&quot;{url}&quot; target=&quot;_blank&quot; rel=&quot;noopener&quot;&gt;" in page
    assert AuditEvent.objects.filter(kind="widget_added", about_id=widget.pk).count() == 1


def test_no_snippet_loads_anything_before_the_click_but_the_one_script(desk: Client, widget: Widget) -> None:
    page = desk.get(PAGE).content.decode()

    link, script = (
        strip_tags(one) for one in re.findall(r"<textarea[^>]*readonly[^>]*>(.*?)</textarea>", page, re.DOTALL)
    )
    assert re.findall(r"src=|style=|onclick", link.replace("&quot;", '"')) == []
    assert script.count("src=") == 1


@pytest.mark.parametrize(
    ("origins", "says"),
    [
        ("http://praxis.example", "Die Adresse muss mit https:// beginnen."),
        ("https://praxis.example/kontakt", "Bitte nur die Adresse der Website, ohne Unterseite"),
        ("praxis", "Das ist keine Adresse einer Website."),
        ("\n".join(f"https://s{number}.example" for number in range(21)), "Höchstens 20 Adressen."),
        ("\n \n", "Bitte geben Sie mindestens eine Adresse an."),
    ],
)
def test_a_wrong_address_is_named_and_nothing_is_added(desk: Client, origins: str, says: str) -> None:
    answer = desk.post(PAGE, {"name": "Startseite", "origins": origins})

    assert (answer.status_code, Widget.objects.count()) == (422, 0)
    assert says in answer.content.decode()


def test_a_button_may_move_to_another_website(desk: Client, widget: Widget) -> None:
    fields = {f"{widget.pk}-name": "Neue Website", f"{widget.pk}-origins": "https://neu.example"}

    answer = desk.post(f"{PAGE}{widget.pk}/", fields)

    widget.refresh_from_db()
    assert (answer.status_code, widget.name, widget.origins) == (302, "Neue Website", ["https://neu.example"])


def test_a_wrong_change_brings_its_form_back_open_and_changes_nothing(desk: Client, widget: Widget) -> None:
    fields = {f"{widget.pk}-name": "Neu", f"{widget.pk}-origins": "neu"}

    answer = desk.post(f"{PAGE}{widget.pk}/", fields)

    widget.refresh_from_db()
    assert (answer.status_code, widget.name, widget.origins) == (422, "Startseite", [SITE])
    assert "<details open>" in answer.content.decode()


def test_a_revoked_button_leads_nowhere(desk: Client, visitor: Client, widget: Widget, address: str) -> None:
    desk.post(f"{PAGE}{widget.pk}/revocation/")

    assert [visitor.get(address).status_code, visitor.get(f"{address}.js", headers={"origin": SITE}).status_code] == [
        404,
        404,
    ]
    assert f"widget-{widget.pk}" not in desk.get(PAGE).content.decode()
    assert desk.post(f"{PAGE}{widget.pk}/revocation/").status_code == 404
    assert Door.objects.get(object_id=widget.pk).revoked_at is not None


@pytest.mark.parametrize("role", [Role.RECEPTION, Role.DENTIST, Role.PROPHYLAXIS, Role.TRAINEE])
def test_only_who_leads_the_practice_sees_the_buttons(practice: Practice, role: Role) -> None:
    client = Client()
    login(client, make_member(practice, role))

    assert client.get(PAGE).status_code == 403


def test_a_foreign_button_is_unknown(desk: Client) -> None:
    lindenhof = make_practice("lindenhof")
    with practice_scope(lindenhof.pk):
        foreign = add_widget(practice=lindenhof, name="Fremd", origins=[SITE], by=None)

    answers = [desk.post(f"{PAGE}{pk}/revocation/").status_code for pk in (foreign.pk, uuid4())]

    assert (answers, foreign.revoked_at) == ([404, 404], None)


def test_the_list_takes_the_same_queries_for_one_button_and_for_three(
    desk: Client, practice: Practice, widget: Widget, django_assert_num_queries: Any
) -> None:
    desk.get(PAGE)
    with CaptureQueriesContext(connection) as for_one:
        desk.get(PAGE)
    queries = len(for_one)
    for name in ("zwei", "drei"):
        add_widget(practice=practice, name=name, origins=[SITE], by=None)

    with django_assert_num_queries(queries):
        desk.get(PAGE)

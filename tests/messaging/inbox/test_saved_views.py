"""Choices somebody keeps under a name: their own, and the team's."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from messaging.models import Channel, Conversation, ConversationLabel, Label, SavedView
from messaging.saved_views import LONGEST_NAME, MOST_VIEWS
from practices.models import AuditEvent, Member, Practice, Role
from tests.messaging.inbox.test_list import LIST, names, waiting
from tests.messaging.teamwork.press import said_on
from tests.people import login, make_member

VIEWS = f"{LIST}views/"


@pytest.fixture
def owner(practice: Practice) -> Client:
    browser = Client()
    login(browser, make_member(practice, Role.OWNER, name="Oda Ott"))
    return browser


def kept(desk: Client, name: str = "Termine", **said: str) -> SavedView:
    answer = desk.post(VIEWS, {"name": name, "tab": "open", "order": "newest"} | said)
    assert answer.status_code == 303, answer.content
    return SavedView.objects.latest("created_at")


def trail(view: SavedView) -> list[str]:
    return list(AuditEvent.objects.filter(about_id=view.pk).order_by("at").values_list("kind", flat=True))


def test_a_choice_is_kept_under_a_name_and_shows_the_same_again(desk: Client, anna: Member, channel: Channel) -> None:
    label = Label.objects.create(name="Termin")
    chosen, done = waiting(channel, "Vogt", minutes=5), waiting(channel, "Klein", minutes=3)
    for one in (chosen, done):
        ConversationLabel.objects.create(conversation=one, label=label)
    Conversation.objects.filter(pk=done.pk).update(closed_at=timezone.now())
    waiting(channel, "Ohne", minutes=9)

    answer = desk.post(VIEWS, {"name": " Termine ", "tab": "open", "order": "newest", "label": str(label.pk)})
    view = SavedView.objects.get()
    page = desk.get(answer["Location"])

    assert answer["Location"] == f"{LIST}?view={view.pk}"
    assert (view.name, view.owner_id, view.filters) == (
        "Termine", anna.pk, {"tab": "open", "order": "newest", "labels": [str(label.pk)]},
    )  # fmt: skip
    assert (names(page), page.context["choice"].title, page.context["tab"]) == (["Vogt, Jana"], "Termine", "")
    assert f'data-url="{LIST}rows/?view={view.pk}&amp;order=newest"' in page.content.decode()
    assert trail(view) == ["view_saved"]


def test_my_views_are_mine_and_the_teams_are_everybodys(desk: Client, bert: Client, channel: Channel) -> None:
    mine, ours = kept(desk, "Nur ich"), kept(desk, "Wir alle", shared="1")

    assert [view.pk for view in desk.get(LIST).context["views"]] == [mine.pk, ours.pk]
    assert [view.pk for view in bert.get(LIST).context["views"]] == [ours.pk]
    assert bert.get(LIST, {"view": str(ours.pk)}).context["choice"].title == "Wir alle"
    assert bert.get(LIST, {"view": str(mine.pk)}).context["choice"].view is None


def test_a_shared_view_of_mine_shows_each_person_their_own(
    desk: Client, anna: Member, bert: Client, channel: Channel
) -> None:
    Conversation.objects.filter(pk=waiting(channel, "Vogt", minutes=5).pk).update(assigned_to=anna)
    view = kept(desk, tab="mine", shared="1")

    assert names(desk.get(LIST, {"view": str(view.pk)})) == ["Vogt, Jana"]
    assert names(bert.get(LIST, {"view": str(view.pk)})) == []


def test_a_view_can_be_sorted_otherwise_for_once(desk: Client, channel: Channel) -> None:
    waiting(channel, "Neu", minutes=1)
    waiting(channel, "Alt", minutes=50)
    view = kept(desk)

    assert names(desk.get(LIST, {"view": str(view.pk)})) == ["Neu, Jana", "Alt, Jana"]
    assert names(desk.get(LIST, {"view": str(view.pk), "order": "longest"})) == ["Alt, Jana", "Neu, Jana"]


@pytest.mark.parametrize("name", ["", "   ", "x" * (LONGEST_NAME + 1)])
def test_a_view_needs_a_short_name_and_the_choice_is_not_lost(desk: Client, channel: Channel, name: str) -> None:
    refused = desk.post(VIEWS, {"name": name, "tab": "snoozed", "order": "newest"})

    assert (refused.status_code, SavedView.objects.count()) == (422, 0)
    assert refused.content.decode().count('name="tab" value="snoozed"') == 1


def test_there_are_only_so_many_views_of_one_person(desk: Client, anna: Member, channel: Channel) -> None:
    SavedView.objects.bulk_create(SavedView(owner=anna, name=str(number)) for number in range(MOST_VIEWS))

    refused = desk.post(VIEWS, {"name": "Noch eine"})

    assert refused.status_code == 422
    assert refused.content.decode().count(f"Mehr als {MOST_VIEWS} Ansichten gibt es nicht.") == 1
    assert desk.post(VIEWS, {"name": "Für alle", "shared": "1"}).status_code == 303


def test_ones_own_view_is_renamed_shared_and_deleted(desk: Client, bert: Client, channel: Channel) -> None:
    view = kept(desk)

    renamed = desk.post(f"{VIEWS}{view.pk}/name/", {f"{view.pk}-name": "Alles"})
    nameless = desk.post(f"{VIEWS}{view.pk}/name/", {f"{view.pk}-name": " "})
    view.refresh_from_db()
    assert (renamed.status_code, nameless.status_code, view.name) == (303, 422, "Alles")
    assert desk.get(VIEWS).content.decode().count("nur für mich") == 1

    assert desk.post(f"{VIEWS}{view.pk}/sharing/").status_code == 303
    assert [one.pk for one in bert.get(LIST).context["views"]] == [view.pk]
    assert trail(view) == ["view_saved", "view_renamed", "view_shared"]


def test_a_shared_view_is_changed_by_those_who_lead(desk: Client, owner: Client, channel: Channel) -> None:
    view = kept(desk, shared="1")

    refused = [
        desk.post(f"{VIEWS}{view.pk}/name/", {f"{view.pk}-name": "Anders"}).status_code,
        desk.post(f"{VIEWS}{view.pk}/deletion/").status_code,
        desk.post(f"{VIEWS}{view.pk}/sharing/").status_code,
    ]
    assert (refused, "Umbenennen" in desk.get(VIEWS).content.decode()) == ([403, 403, 404], False)

    assert owner.post(f"{VIEWS}{view.pk}/name/", {f"{view.pk}-name": "Anders"}).status_code == 303
    assert owner.post(f"{VIEWS}{view.pk}/deletion/").status_code == 303
    assert (SavedView.objects.count(), trail(view)) == (0, ["view_saved", "view_renamed", "view_deleted"])


def test_each_deed_says_on_the_page_it_leads_to_what_was_done(desk: Client, owner: Client, channel: Channel) -> None:
    view = kept(desk)
    at = f"{VIEWS}{view.pk}/"

    said = [
        said_on(desk.get(LIST, {"view": str(view.pk)})),
        said_on(desk.post(f"{at}name/", {f"{view.pk}-name": "Anders"}, follow=True)),
        said_on(desk.post(f"{at}sharing/", follow=True)),
        said_on(owner.post(f"{at}deletion/", follow=True)),
    ]

    assert said == [
        ["Ansicht gespeichert"],
        ["Ansicht umbenannt"],
        ["Ansicht mit dem Team geteilt"],
        ["Ansicht gelöscht"],
    ]


@pytest.mark.parametrize("deed", ["name", "sharing", "deletion"])
def test_nobody_touches_a_view_of_somebody_else(
    desk: Client, owner: Client, clara: Client, channel: Channel, deed: str
) -> None:
    view = kept(desk)
    address, said = f"{VIEWS}{view.pk}/{deed}/", {f"{view.pk}-name": "Meins"}

    assert (owner.post(address, said).status_code, clara.post(address, said).status_code) == (404, 404)
    assert trail(view) == ["view_saved"]


def test_a_view_that_is_gone_is_the_ordinary_list(desk: Client, channel: Channel) -> None:
    waiting(channel, "Vogt", minutes=5)
    view = kept(desk, tab="done")
    assert desk.post(f"{VIEWS}{view.pk}/deletion/").status_code == 303

    page = desk.get(LIST, {"view": str(view.pk)})

    assert (names(page), page.context["tab"]) == (["Vogt, Jana"], "waiting")


@pytest.mark.parametrize("filters", [{}, {"tab": "x", "labels": "y"}, {"labels": ["z", None, 7]}, {"order": []}])
def test_a_view_that_says_what_nobody_understands_is_the_ordinary_list(
    desk: Client, anna: Member, channel: Channel, filters: dict[str, object]
) -> None:
    waiting(channel, "Vogt", minutes=5)
    view = SavedView.objects.create(owner=anna, name="Alt", filters=filters)

    assert names(desk.get(LIST, {"view": str(view.pk)})) == ["Vogt, Jana"]


def test_the_page_of_views_teaches_how_to_get_one(desk: Client, channel: Channel) -> None:
    assert desk.get(VIEWS).content.decode().count("Noch keine Ansicht.") == 1


# ── below the tabs ──


def in_rail(page: object) -> list[tuple[str, int, bool]]:
    return [(one.name, one.count, one.is_chosen) for one in page.context["rail_views"]]  # type: ignore[attr-defined]


def test_the_first_five_stand_below_the_tabs_with_their_counts(desk: Client, channel: Channel) -> None:
    label = Label.objects.create(name="Termin")
    ConversationLabel.objects.create(conversation=waiting(channel, "Vogt", minutes=5), label=label)
    ConversationLabel.objects.create(conversation=waiting(channel, "Klein", minutes=3), label=label)
    waiting(channel, "Ohne", minutes=9)
    made = [kept(desk, f"Ansicht {number}") for number in range(4)]
    labelled = kept(desk, "Termine", label=str(label.pk))
    kept(desk, "Eine zu viel")

    page = desk.get(LIST, {"view": str(labelled.pk)})
    fragment = desk.get(f"{LIST}tabs/", {"tab": "", "view": str(labelled.pk)})

    assert in_rail(page) == [(one.name, 3, False) for one in made] + [("Termine", 2, True)]
    assert in_rail(fragment) == in_rail(page)
    assert f'href="{LIST}?view={labelled.pk}" aria-current="page"' in page.text
    assert f"tabs/?tab=&view={labelled.pk}" in fragment.text


def test_a_page_that_came_without_them_fetches_them_and_the_list_does_not(desk: Client, channel: Channel) -> None:
    kept(desk, "Termine")

    pages = [desk.get(path).text for path in (LIST, f"{LIST}tasks/", "/p/morgenthal/patients/", "/p/morgenthal/me/")]

    assert in_rail(desk.get(f"{LIST}tabs/", {"tab": ""})) == [("Termine", 0, False)]
    fetched = [
        (page.count('hx-trigger="load, roger:inbox'), page.count('hx-trigger="load, roger:team')) for page in pages
    ]
    assert fetched == [(0, 1), (1, 1), (1, 1), (1, 1)]


@pytest.mark.parametrize("address", [LIST, f"{LIST}tabs/"])
def test_five_views_cost_the_queries_of_one(
    desk: Client, channel: Channel, django_assert_num_queries: DjangoAssertNumQueries, address: str
) -> None:
    label = Label.objects.create(name="Termin")
    kept(desk, "Termine", label=str(label.pk))
    desk.get(address)
    with CaptureQueriesContext(connection) as one:
        desk.get(address)
    asked = len(one.captured_queries)
    for number in range(4):
        kept(desk, f"Ansicht {number}", label=str(label.pk))

    with django_assert_num_queries(asked):
        desk.get(address)

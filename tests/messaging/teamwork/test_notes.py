"""Notes: written, shown, never sent; whom they name, and what somebody who is named sees of it."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from messaging.inbox import team_notes
from messaging.models import Channel, Conversation, Mention, Message, Note
from messaging.teamwork.notes import mentioned_in
from practices.models import AuditEvent, Member, Practice, Role, User
from tests.messaging.inbox.desk import forget_keys, make_contact, make_conversation, make_patient
from tests.messaging.teamwork.press import HTMX, INBOX, of, press, toast
from tests.people import login

MENTIONS = f"{INBOX}mentions/"
QUERIES_OF_THE_MENTIONS = 12  # seven of them find out who asks


@pytest.fixture
def jonas_browser(jonas: Member) -> Client:
    browser = Client()
    login(browser, jonas)
    return browser


def somebody(name: str) -> Member:
    return Member(practice_id=1, user=User(name=name), role=Role.RECEPTION)


def named(body: str, *team: Member) -> list[str]:
    return [member.user.name for member in mentioned_in(body, team)]


# ── writing ──


def test_a_note_stands_in_the_thread_and_goes_nowhere(desk: Client, anna: Member, conversation: Conversation) -> None:
    response = press(desk, of(conversation, "notes"), body="  Ruft um vier an.\nBitte freihalten. ")
    thread = desk.get(of(conversation, "")[:-1])

    assert (response.status_code, toast(response)) == (204, "Notiz gespeichert")
    assert [(line.kind, line.body, line.author) for line in thread.context["messages"]][-1] == (
        "note", "Ruft um vier an.\nBitte freihalten.", "Anna Arnold",
    )  # fmt: skip
    assert Message.objects.filter(direction="out").count() == 0
    assert Conversation.objects.get().waiting_since is not None


def test_the_trail_says_who_wrote_a_note_and_nothing_of_it(
    desk: Client, anna: Member, jonas: Member, conversation: Conversation
) -> None:
    press(desk, of(conversation, "notes"), body="@Jonas Fechner: sehr vertraulich")

    event = AuditEvent.objects.get(kind="note_written")
    assert (event.by, event.about_id) == (anna, Note.objects.get().pk)
    assert event.codes == {"kind": "note", "mentioned": [str(jonas.pk)]}


@pytest.mark.parametrize("body", ["", "  \n ", "x" * 4001])
def test_a_note_without_words_or_with_too_many_is_not_kept(desk: Client, conversation: Conversation, body: str) -> None:
    response = press(desk, of(conversation, "notes"), body=body)

    assert (response.status_code, Note.objects.count()) == (422, 0)
    assert response.text.count('role="alert"') == 1


def test_whoever_only_reads_may_write_a_note_and_a_stranger_may_not(
    bert: Client, clara: Client, conversation: Conversation
) -> None:
    fields = {"body": "Die Mutter hat angerufen."}

    statuses = [browser.post(of(conversation, "notes"), fields).status_code for browser in (bert, clara)]

    assert (statuses, Note.objects.count()) == ([303, 404], 1)


def test_the_form_knows_whom_one_can_name(
    desk: Client, anna: Member, jonas: Member, conversation: Conversation
) -> None:
    form = desk.get(of(conversation, "notes"), headers=HTMX)

    assert [one.user.name for one in form.context["team"]] == ["Anna Arnold", "Jonas Fechner"]
    assert form.text.count('data-name="Jonas Fechner"') == 1


# ── naming ──


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("@Jonas Fechner bitte anrufen", ["Jonas Fechner"]),
        ("bitte @jonas", ["Jonas Fechner"]),
        ("@Fechner, @Aydemir!", ["Jonas Fechner", "Dr. Mira Aydemir"]),
        ("@Dr. Mira Aydemir: wie lange?", ["Dr. Mira Aydemir"]),
        ("@Jonas und @Jonas Fechner", ["Jonas Fechner"]),
        ("(@Mira)", ["Dr. Mira Aydemir"]),
        ("@Jonasson", []),
        ("@Dr.", []),
        ("jonas.fechner@praxis.example", []),
        ("Jonas Fechner", []),
        ("@", []),
        ("", []),
    ],
)
def test_somebody_is_named_by_the_whole_name_or_a_word_of_it(body: str, expected: list[str]) -> None:
    assert named(body, somebody("Jonas Fechner"), somebody("Dr. Mira Aydemir")) == expected


def test_a_word_that_two_share_names_neither(practice: Practice) -> None:
    team = [somebody("Jonas Fechner"), somebody("Jonas Groß")]

    assert (named("@Jonas", *team), named("@GROSS", *team)) == ([], ["Jonas Groß"])


def test_nobody_is_told_that_they_named_themselves(desk: Client, anna: Member, conversation: Conversation) -> None:
    press(desk, of(conversation, "notes"), body="@Anna Arnold nicht vergessen")

    assert (Note.objects.count(), Mention.objects.count()) == (1, 0)


# ── being named ──


def test_whoever_is_named_finds_the_note_until_they_have_seen_it(
    desk: Client, jonas_browser: Client, conversation: Conversation
) -> None:
    make_patient(conversation.contact)
    press(desk, of(conversation, "notes"), body="@Jonas bitte zurückrufen")

    before = jonas_browser.get(MENTIONS)
    count = jonas_browser.get(f"{INBOX}team-counts/").context["unseen"]
    [one] = before.context["mentions"].rows
    seen = press(jonas_browser, f"{MENTIONS}{one.pk}/")

    assert (one.person.name, one.author, one.body, count) == (
        "Vogt, Jana", "Anna Arnold", "@Jonas bitte zurückrufen", 1,
    )  # fmt: skip
    assert toast(seen) == "Als gesehen vermerkt"
    assert [one.get(MENTIONS).context["mentions"].rows for one in (jonas_browser, desk)] == [[], []]
    assert AuditEvent.objects.get(kind="mention_seen").about_id == one.pk


def test_from_a_mention_one_press_leads_to_the_note_in_its_thread(
    desk: Client, jonas_browser: Client, conversation: Conversation
) -> None:
    press(desk, of(conversation, "notes"), body="@Jonas bitte zurückrufen")
    note, mention = Note.objects.get(), Mention.objects.get()

    response = jonas_browser.post(f"{MENTIONS}{mention.pk}/", {"open": "1"})

    assert response["Location"] == f"{INBOX}{conversation.pk}/?message={note.pk}#message-{note.pk}"
    assert Mention.objects.get().seen_at is not None
    assert jonas_browser.get(response["Location"]).text.count(f'id="message-{note.pk}"') == 1


def test_nobody_sees_or_settles_somebody_elses_mention(
    desk: Client, jonas: Member, clara: Client, conversation: Conversation
) -> None:
    press(desk, of(conversation, "notes"), body="@Jonas bitte zurückrufen")
    address = f"{MENTIONS}{Mention.objects.get().pk}/"

    assert [browser.post(address).status_code for browser in (desk, clara)] == [404, 404]
    assert Mention.objects.get().seen_at is None


@pytest.mark.parametrize("rows", [1, 4])
def test_the_page_of_mentions_asks_the_same_however_many_there_are(
    channel: Channel,
    desk: Client,
    jonas_browser: Client,
    django_assert_num_queries: DjangoAssertNumQueries,
    rows: int,
) -> None:
    for number in range(rows):
        one = make_conversation(channel, make_contact())
        make_patient(one.contact, last_name=f"Nummer {number}")
        press(desk, of(one, "notes"), body="@Jonas bitte ansehen")
    forget_keys()

    with django_assert_num_queries(QUERIES_OF_THE_MENTIONS):
        page = jonas_browser.get(MENTIONS, headers=HTMX)

    assert len(page.context["mentions"].rows) == rows


def test_many_mentions_say_how_many_they_are_and_go_on(
    desk: Client, jonas_browser: Client, conversation: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(team_notes, "MOST_SHOWN", 2)
    for number in "123":
        press(desk, of(conversation, "notes"), body=f"@Jonas bitte ansehen {number}")

    first, second = jonas_browser.get(MENTIONS), jonas_browser.get(MENTIONS, {"page": "2"}, headers=HTMX)

    assert [[one.body[-1] for one in page.context["mentions"].rows] for page in (first, second)] == [
        ["3", "2"],
        ["3", "2", "1"],
    ]
    assert [page.text.count("Hier stehen die ersten 2 von 3.") for page in (first, second)] == [1, 0]
    assert [page.text.count('href="?page=2"') for page in (first, second)] == [1, 0]

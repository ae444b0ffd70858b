"""The phones' pages, without a script: what they show and what their forms send."""

import re

import pytest

from tests.simulator.conftest import ERIKA, JANA, MEHMET, SOMMER, Json, StandIn
from tests.simulator.test_content_rules import buttons, interactive
from tests.simulator.test_template_messages import BODY, LINK, template

CHAT = "/phones/491713920001/493023125101/"
MESSAGES = f"{CHAT}messages"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; "
    "connect-src 'self'; form-action 'self'; frame-src 'self'; frame-ancestors 'self'; base-uri 'none'"
)


def ticks(standin: StandIn) -> list[str]:
    """The ticks of what Jana sent, in words."""
    return re.findall(r'class="tick [^"]*" title="([^"]+)"', standin.http.get(CHAT).text)


def press(standin: StandIn, **form: str) -> Json:
    """Send a form of the chat; the message that arrives."""
    answer = standin.http.post(MESSAGES, data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, CHAT)
    return standin.received()


def test_the_root_leads_to_the_phones(standin: StandIn) -> None:
    answer = standin.http.get("/")

    assert (answer.status_code, answer.headers["location"]) == (307, "/phones/")


def test_the_workbench_lists_everybody(standin: StandIn) -> None:
    page = standin.http.get("/phones/").text

    assert re.findall(r'data-phone="([^"]+)"', page) == ["491713920001", "491713920002", ERIKA]


@pytest.mark.parametrize("path", ["/phones/", "/phones/491713920001/", CHAT, "/wa/493023125101", "/wa/4711"])
def test_every_page_is_german_and_loads_nothing_from_elsewhere(standin: StandIn, path: str) -> None:
    answer = standin.http.get(path)

    loaded = re.findall(r'(?:src|<link[^>]*href|use href)="([^"]+)"', answer.text)
    assert answer.headers["content-security-policy"] == POLICY
    assert '<html lang="de">' in answer.text
    assert [address for address in loaded if not address.startswith("/phones/")] == []
    assert re.findall(r"<script(?! type=\"module\" src=)|<style|\son\w+=", answer.text) == []


@pytest.mark.parametrize("name", ["phones.css", "live.js", "composer.js", "workbench.js", "icons.svg", "icon.svg"])
def test_static_files_are_served(standin: StandIn, name: str) -> None:
    answer = standin.http.get(f"/phones/static/{name}")

    assert (answer.status_code, len(answer.content) > 100) == (200, True)


def test_every_icon_that_a_page_uses_exists(standin: StandIn) -> None:
    standin.write()
    drawn = set(re.findall(r'<symbol id="([^"]+)"', standin.http.get("/phones/static/icons.svg").text))
    pages = [standin.http.get(path).text for path in ("/phones/", "/phones/491713920001/", CHAT, "/wa/493023125101")]

    used = {name for page in pages for name in re.findall(r"icons\.svg#([\w-]+)", page)}

    assert used - drawn == set()
    assert len(used) > 10


def test_a_phone_lists_its_chats_with_the_last_message_and_what_is_unread(standin: StandIn) -> None:
    standin.open_window()
    standin.send_text("Wir melden uns")
    standin.send_text("Bis morgen")

    page = standin.http.get("/phones/491713920001/").text

    assert re.findall(r'chat-row__who">([^<]+)', page) == ["Praxis Sommer", "Praxis am Dom"]
    assert re.findall(r'chat-row__last">([^<]+)', page) == ["Bis morgen", "Noch keine Nachrichten"]
    assert re.findall(r"ungelesen: </span>(\d+)", page) == ["2"]


def test_looking_at_the_chat_clears_the_count(standin: StandIn) -> None:
    standin.open_window()
    standin.send_text()

    standin.http.post(f"{CHAT}seen")

    assert "ungelesen" not in standin.http.get("/phones/491713920001/").text


def test_a_text_is_sent_and_shown(standin: StandIn) -> None:
    message = press(standin, text="  Guten Morgen  ")

    assert message["text"] == {"body": "Guten Morgen"}
    assert standin.http.get(CHAT).text.count("Guten Morgen</p>") == 1


@pytest.mark.parametrize("form", [{"text": "   "}, {}])
def test_nothing_is_not_sent(standin: StandIn, form: dict[str, str]) -> None:
    standin.http.post(MESSAGES, data=form)

    assert standin.webhooks() == []


def test_ticks_go_from_one_to_two_to_read(standin: StandIn) -> None:
    standin.bag.status = 500
    standin.write(text="eins")
    pending = ticks(standin)
    standin.bag.status = 200
    wamid = standin.write(text="zwei")["wamid"]
    delivered = ticks(standin)
    standin.call("POST", "/messages", json={"messaging_product": "whatsapp", "status": "read", "message_id": wamid})

    assert (pending, delivered) == (["wird gesendet"], ["wird gesendet", "zugestellt"])
    assert ticks(standin) == ["gelesen", "gelesen"]


def test_a_message_counts_as_delivered_once_a_repeat_got_through(standin: StandIn) -> None:
    standin.plan(webhooks={"retry_seconds": [0]})
    standin.bag.status = 500
    standin.write()
    standin.bag.status = 200

    standin.control("GET", "/clock")

    assert ticks(standin) == ["zugestellt"]


@pytest.mark.parametrize(
    ("do", "kind"),
    [
        ("image", "image"),
        ("voice", "audio"),
        ("video", "video"),
        ("document", "document"),
        ("sticker", "sticker"),
        ("location", "location"),
    ],
)
def test_the_quick_buttons_send_something_to_look_at(standin: StandIn, do: str, kind: str) -> None:
    assert press(standin, do=do)["type"] == kind
    assert f"bubble--{kind}" in standin.http.get(CHAT).text


def test_stop_is_one_press(standin: StandIn) -> None:
    assert press(standin, do="stop")["text"] == {"body": "STOP"}


@pytest.mark.parametrize(
    ("name", "mime_type", "kind"),
    [
        ("zahn.jpg", "image/jpeg", "image"),
        ("plan.pdf", "application/pdf", "document"),
        ("ton.mp3", "audio/mpeg", "audio"),
        ("film.mp4", "video/mp4", "video"),
        ("bild.webp", "image/webp", "sticker"),
        ("daten.zip", "application/zip", "document"),
    ],
)
def test_a_file_goes_out_as_what_it_is(standin: StandIn, name: str, mime_type: str, kind: str) -> None:
    standin.http.post(MESSAGES, data={"text": "Bitte ansehen"}, files={"file": (name, b"content", mime_type)})

    message = standin.received()
    captioned = kind in {"image", "video", "document"}
    assert (message["type"], message[kind]["mime_type"]) == (kind, mime_type)
    assert message[kind].get("caption") == ("Bitte ansehen" if captioned else None)
    assert message[kind].get("filename") == (name if kind == "document" else None)


def test_a_quote_carries_its_context(standin: StandIn) -> None:
    standin.open_window()
    wamid = standin.send_text("Passt 9 Uhr?").json()["messages"][0]["id"]
    standin.webhooks()

    message = press(standin, text="Ja", quoted=wamid)

    assert message["context"] == {"from": "493023125101", "id": wamid}
    assert "<strong>Praxis Sommer</strong><span>Passt 9 Uhr?</span>" in standin.http.get(CHAT).text


def test_a_reaction_is_sent_shown_and_taken_back(standin: StandIn) -> None:
    standin.open_window()
    wamid = standin.send_text().json()["messages"][0]["id"]
    standin.webhooks()

    set_to = press(standin, do="react", wamid=wamid, emoji="👍")["reaction"]
    shown = standin.http.get(CHAT).text
    taken_back = press(standin, do="react", wamid=wamid, emoji="")["reaction"]

    assert (set_to, taken_back) == ({"message_id": wamid, "emoji": "👍"}, {"message_id": wamid})
    assert shown.count("Reaktion: </span>👍") == 1
    assert "Reaktion: " not in standin.http.get(CHAT).text


def test_a_reaction_of_the_practice_shows_on_the_persons_message(standin: StandIn) -> None:
    wamid = standin.open_window()

    standin.send(type="reaction", reaction={"message_id": wamid, "emoji": "🙏"})

    assert standin.http.get(CHAT).text.count("Reaktion: </span>🙏") == 1


def test_a_tapped_button_answers_with_its_id(standin: StandIn) -> None:
    standin.open_window()
    body = interactive("button", {"buttons": buttons(("ja", "Ja, gern"), ("nein", "Nein"))})
    wamid = standin.send(**body).json()["messages"][0]["id"]
    standin.webhooks()

    message = press(standin, do="tap", kind="reply", quoted=wamid, title="Ja, gern", payload="ja")

    assert message["interactive"] == {"type": "button_reply", "button_reply": {"id": "ja", "title": "Ja, gern"}}
    assert message["context"]["id"] == wamid


def test_a_chosen_row_answers_with_its_description(standin: StandIn) -> None:
    message = press(standin, do="tap", kind="row", title="9 Uhr", payload="9", description="früh")

    assert message["interactive"] == {
        "type": "list_reply",
        "list_reply": {"id": "9", "title": "9 Uhr", "description": "früh"},
    }


def test_a_list_shows_its_sections_and_rows(standin: StandIn) -> None:
    standin.open_window()
    section = {"title": "Vormittag", "rows": [{"id": "9", "title": "9 Uhr", "description": "Dr. Sommer"}]}
    standin.send(**interactive("list", {"button": "Zeiten", "sections": [section]}, footer={"text": "Praxis"}))

    page = standin.http.get(CHAT).text

    assert re.findall(r'list__title">([^<]+)', page) == ["Vormittag"]
    assert '<span>9 Uhr</span><span class="quiet">Dr. Sommer</span>' in page


def test_a_link_button_is_a_link_that_opens_beside_the_phone(standin: StandIn) -> None:
    standin.open_window()
    parameters = {"display_text": "Öffnen", "url": "https://praxis.example/a"}
    standin.send(**interactive("cta_url", {"name": "cta_url", "parameters": parameters}))

    links = re.findall(r'<a class="action" href="([^"]+)" target="_blank"', standin.http.get(CHAT).text)

    assert links == ["https://praxis.example/a"]


def test_a_request_for_location_or_number_has_its_button(standin: StandIn) -> None:
    standin.open_window()
    standin.send(**interactive("location_request_message", {"name": "send_location"}))
    standin.send(**interactive("request_contact_info", {"name": "request_contact_info"}))

    standin.webhooks()

    place = press(standin, do="tap", kind="location")
    number = press(standin, do="tap", kind="contact")

    assert place["type"] == "location"
    assert number["contacts"] == [
        {
            "name": {"formatted_name": "Jana Vogt", "first_name": "Jana Vogt"},
            "phones": [{"phone": "+491713920001", "wa_id": "491713920001", "type": "CELL"}],
            "origin": "contact_request",
        }
    ]


def test_what_people_write_is_escaped(standin: StandIn) -> None:
    standin.write(text="<script>alert(1)</script>")
    standin.control("POST", "/people", {"phone": MEHMET, "name": "<b>M</b>"})

    assert "<script>alert" not in standin.http.get(CHAT).text
    assert "<b>M</b>" not in standin.http.get("/phones/").text


def test_a_fragment_comes_only_when_something_changed(standin: StandIn) -> None:
    standin.write()
    version = re.findall(r'data-version="([^"]+)"', standin.http.get(CHAT).text)[0]

    unchanged = standin.http.get(f"{CHAT}thread?version={version}")
    standin.write(text="neu")
    changed = standin.http.get(f"{CHAT}thread?version={version}")

    assert (unchanged.status_code, unchanged.content, changed.status_code) == (204, b"", 200)
    assert changed.text.count("neu</p>") == 1


def test_the_list_of_chats_comes_only_when_something_changed(standin: StandIn) -> None:
    version = re.findall(r'data-version="([^"]+)"', standin.http.get("/phones/491713920001/").text)[0]
    address = f"/phones/491713920001/chats?version={version}"

    before = standin.http.get(address).status_code
    standin.control(
        "POST", "/numbers", {"phone": "+493023125109", "phone_number_id": "9", "waba_id": "9", "api_key": "k"}
    )

    assert (before, standin.http.get(address).status_code) == (204, 200)


def test_the_shelf_comes_only_when_somebody_came(standin: StandIn) -> None:
    before = standin.http.get("/phones/shelf?version=3").status_code

    standin.write("+491713920055", text="Hallo", name="Kim")
    after = standin.http.get("/phones/shelf?version=3")

    assert (before, after.status_code, after.text.count('data-name="Kim"')) == (204, 200, 1)


def test_a_template_without_buttons_and_a_medium_by_link_show(standin: StandIn) -> None:
    standin.open_window()
    standin.send(**template(BODY, LINK))
    standin.send(type="image", image={"link": "https://praxis.example/bild.jpg"})

    page = standin.http.get(CHAT).text

    assert '<a class="file" href="https://praxis.example/bild.jpg"' in page
    assert "<img" not in page


def test_an_expired_file_says_so(standin: StandIn) -> None:
    standin.write(type="image")
    standin.advance(days=8)

    assert "nicht mehr verfügbar" in standin.http.get(CHAT).text


def test_days_have_names(standin: StandIn) -> None:
    standin.write(text="alt")
    standin.advance(days=1)
    standin.write(text="neu")

    assert re.findall(r"<p class=\"day\"[^>]*><span>([^<]+)", standin.http.get(CHAT).text) == ["Gestern", "Heute"]


@pytest.mark.parametrize(
    "path",
    ["/phones/nobody/", "/phones/nobody/493023125101/", "/phones/491713920001/4711/", "/phones/media/493023125101/1"],
)
def test_an_address_that_leads_nowhere_says_so(standin: StandIn, path: str) -> None:
    answer = standin.http.get(path)

    assert (answer.status_code, "<h1>Hier ist nichts</h1>" in answer.text) == (404, True)


def test_a_new_phone_can_be_added_and_opens(standin: StandIn) -> None:
    answer = standin.http.post("/phones/people", data={"name": "Kim", "phone": "+49 171 3920055"})

    assert (answer.status_code, answer.headers["location"]) == (303, "/phones/491713920055/")
    assert standin.control("GET", "/people").json()[-1]["name"] == "Kim"


def test_a_new_phone_needs_a_number(standin: StandIn) -> None:
    answer = standin.http.post("/phones/people", data={"name": "Kim", "phone": "keine"})

    assert (answer.status_code, len(standin.control("GET", "/people").json())) == (422, 3)


def test_the_form_offers_the_next_free_number_of_the_media_range(standin: StandIn) -> None:
    assert 'value="+491713920000"' in standin.http.get("/phones/").text
    standin.http.post("/phones/people", data={"name": "Kim", "phone": "+491713920000"})
    assert 'value="+491713920003"' in standin.http.get("/phones/").text


def test_a_range_of_a_file_can_be_asked_for(standin: StandIn) -> None:
    standin.write(type="document", document={"data_base64": "MDEyMzQ1Njc4OQ==", "mime_type": "application/pdf"})
    address = f"/phones/media/493023125101/{standin.received()['document']['id']}"

    part = standin.http.get(address, headers={"Range": "bytes=2-4"})
    rest = standin.http.get(address, headers={"Range": "bytes=7-"})
    beyond = standin.http.get(address, headers={"Range": "bytes=20-"})

    assert (part.status_code, part.content, part.headers["content-range"]) == (206, b"234", "bytes 2-4/10")
    assert (rest.content, beyond.status_code, beyond.headers["content-range"]) == (b"789", 416, "bytes */10")


def test_each_phone_shows_its_own_chats_only(standin: StandIn) -> None:
    standin.write(JANA, text="nur für Jana")
    standin.write(MEHMET, text="nur für Mehmet", to=SOMMER)

    page = standin.http.get("/phones/491713920002/493023125101/").text

    assert ("nur für Mehmet" in page, "nur für Jana" in page) == (True, False)

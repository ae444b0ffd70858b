"""What the patient who does not exist does, and reception with her: through the doors, once, in the order of a day."""

import base64
import io
import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.utils import timezone

from consent.doors import create_qr_code
from consent.models import PendingOptIn
from consent.purposes import Purpose
from messaging import tasks
from messaging.actions import send_file
from messaging.documents.files import digest
from messaging.models import Conversation, Message
from practices import doors
from practices.models import ApiToken, Door, Member, Practice, Role
from practices.scope import practice_scope
from tests.canary import needles
from tests.canary.scanner import in_page, in_surroundings
from tests.factories import make_practice
from tests.fakes import FakeWhatsApp
from tests.messaging.factories import Line, envelope, make_line, message, now, status, wamid
from tests.people import login, make_member

NAME = f"{needles.FIRST_NAME} {needles.LAST_NAME}"
PDF = f"%PDF-1.7\n{needles.FILE_WORDS}\n%%EOF".encode()
INBOX = "/p/morgenthal/inbox/"


@dataclass
class Day:
    """The practice, its stand-in for 360dialog, reception's browser, and what its answers gave away."""

    line: Line
    whatsapp: FakeWhatsApp
    member: Member
    desk: Client
    leaks: list[str] = field(default_factory=list)

    def ask(self, method: str, path: str, *content: Any, **options: Any) -> Any:
        """One request of reception's browser."""
        return self.looked_through(getattr(self.desk, method)(path, *content, **options))

    def looked_through(self, answer: Any) -> Any:
        shows_what_was_typed = answer.status_code < 400 or answer.status_code == 422
        self.leaks += in_surroundings(answer) if shows_what_was_typed else in_page(answer)
        return answer

    def deliver(self, *events: dict[str, Any]) -> None:
        """Webhooks through the door, drained by the task as the worker runs it."""
        for event in events:
            assert self.line.post(json.dumps(event).encode()) == "200 OK"
        self.work()

    def work(self) -> None:
        """What a woken worker does, once nothing can be taken back any more; what the stand-in says in return is
        delivered too."""
        with practice_scope(self.line.practice.pk), transaction.atomic():
            Message.objects.filter(state=Message.State.QUEUED).update(run_after=timezone.now())
        for task in (tasks.drain_inbound, tasks.drain_outbox, tasks.fetch_media):
            task(practice_id=self.line.practice.pk)
        for request in self.whatsapp.bag.take():
            assert self.line.post(request.content) == "200 OK"
        tasks.drain_inbound(practice_id=self.line.practice.pk)


def begin() -> Day:
    """A practice with a number, and reception logged in."""
    practice = make_practice()
    practice.files_in_chat = True
    practice.save(update_fields=["files_in_chat"])
    with transaction.atomic():
        line = make_line(practice)
    member = make_member(practice, Role.RECEPTION, name="Anna Arnold")
    whatsapp = FakeWhatsApp(line)
    whatsapp.control("PUT", "faults", json={"window": {"unseen": "open"}, "statuses": {"delivered_after": 0}})
    bsuid = f"DE.{needles.NUMBER.removeprefix('+')}0001"  # as tests/messaging/factories.py makes it
    person = {"phone": needles.NUMBER, "name": NAME, "username": needles.USERNAME, "bsuid": bsuid}
    whatsapp.control("POST", "people", json=person)
    desk = Client(raise_request_exception=False)
    login(desk, member)
    return Day(line, whatsapp, member, desk)


def live_through(day: Day) -> None:
    """Everything, in the order of a day."""
    agrees_behind_the_qr_code(day)
    writes_all_kinds_of_things(day)
    sends_what_cannot_be_read(day)
    reception_links_and_answers(day)
    papers_go_by_our_own_pages(day)
    reception_searches(day)
    the_api_reads_and_writes(day)
    whatsapp_complains(day)
    strangers_knock(day)
    writes_stop(day)


def agrees_behind_the_qr_code(day: Day) -> None:
    with practice_scope(day.line.practice.pk), transaction.atomic():
        Practice.objects.update(files_in_chat=True)
        address = f"/q/{create_qr_code(practice=day.line.practice, name='Tresen', by=None).token}"
    browser = {"user-agent": f"Mozilla/5.0 {needles.BROWSER}/7"}
    phone = Client(headers=browser, REMOTE_ADDR=needles.NETWORK_ADDRESS)
    page = day.looked_through(phone.get(address)).content.decode()
    form = re.findall(r'name="form_id" value="([^"]+)"', page)[0]
    agreed = day.looked_through(
        phone.post(address, {"organisation": "1", "behandlung": "1", "form_id": form, "answer": "yes"})
    )
    [prefilled] = parse_qs(urlsplit(agreed["Location"]).query)["text"]
    day.deliver(hers(prefilled))


def inbound_of(day: Day) -> list[UUID]:
    """The ids of everything she has written."""
    with practice_scope(day.line.practice.pk), transaction.atomic():
        return list(Message.objects.filter(direction="in").values_list("pk", flat=True))


def hers(text: str = needles.WORDS, **fields: Any) -> dict[str, Any]:
    """A webhook with a message of hers; her number stands in the wamid as well."""
    body = message(text, phone=needles.NUMBER, timestamp=now(), **fields)
    person = body["entry"][0]["changes"][0]["value"]["contacts"][0]
    person |= {"profile": {"name": NAME, "username": needles.USERNAME}}
    return body


def writes_all_kinds_of_things(day: Day) -> None:
    text = hers(f"{needles.WORDS} tut weh, Rückruf bitte unter 0171 39200-77")
    written = text["entry"][0]["changes"][0]["value"]["messages"][0]["id"]
    card = {"name": {"formatted_name": NAME}, "phones": [{"phone": needles.OTHER_NUMBER}]}
    place = {"latitude": 52.5, "longitude": 13.4, "name": needles.ADDRESS_SHARED}
    day.deliver(
        text,
        hers("", type="contacts", contacts=[card]),
        hers("", type="location", location=place),
        hers("", type="reaction", reaction={"message_id": written, "emoji": "👍"}),
        hers("", type="hologram", hologram={"body": needles.WORDS}),
        hers(f"Antwort {needles.WORDS}", context={"id": written, "from": day.line.channel.phone}),
    )
    document = {"data_base64": base64.b64encode(PDF).decode(), "mime_type": "application/pdf"}
    wish = {"from": needles.NUMBER, "to": day.line.channel.phone, "type": "document"}
    named = document | {"filename": needles.FILE_NAME, "caption": needles.WORDS}
    day.whatsapp.control("POST", "messages", json=wish | {"document": named})
    day.work()
    day.work()


def sends_what_cannot_be_read(day: Day) -> None:
    foreign = hers()
    foreign["entry"][0]["id"] = "999"
    day.deliver(
        foreign,
        envelope({"messages": [{"text": NAME}, None, needles.NUMBER]}, line=day.line),
        envelope({"note": needles.WORDS}, line=day.line, field="unknown_field"),
        status(wamid(phone=needles.NUMBER), "delivered", phone=needles.NUMBER),
    )
    assert day.line.post(f'{{"broken": "{needles.WORDS} {needles.NUMBER}'.encode()) == "200 OK"
    assert day.line.post(b"x" * 4_000_000) == "413 Content Too Large"
    day.work()


def conversation_of(day: Day) -> Conversation:
    with practice_scope(day.line.practice.pk), transaction.atomic():
        return Conversation.objects.with_people().get()


def reception_links_and_answers(day: Day) -> None:
    with practice_scope(day.line.practice.pk), transaction.atomic():
        opt_in = PendingOptIn.objects.get()
    newcomer = f"/p/morgenthal/front-desk/opt-ins/{opt_in.pk}/"
    patient = {"first_name": needles.FIRST_NAME, "last_name": needles.LAST_NAME, "birth_date": needles.BORN}
    day.ask("get", "/p/morgenthal/front-desk/")
    day.ask("post", f"{newcomer}candidates/", {"q": needles.LAST_NAME})
    day.ask("post", f"{newcomer}patient/", patient | {"birth_date": "1850-01-01"})
    assert day.ask("post", f"{newcomer}patient/", patient).status_code == 302

    thread = f"{INBOX}{conversation_of(day).pk}/"
    for path in ("", "older/", "newer/", "beside/", "seen-by/", "row/", "no-such-page/"):
        day.ask("get", thread + path)
    day.ask("get", INBOX)
    day.ask("post", f"{thread}number/")
    day.ask("post", f"{thread}seen/", {"message": inbound_of(day)})
    assert day.ask("post", f"{thread}reply/", {"body": needles.ANSWER}).status_code == 303
    assert day.ask("post", f"{thread}reply/", {"body": needles.ANSWER * 300}).status_code == 422
    with practice_scope(day.line.practice.pk), transaction.atomic():
        send_file(
            conversation=conversation_again(),
            content=io.BytesIO(PDF),
            mime_type="application/pdf",
            filename=needles.FILE_NAME,
            size=len(PDF),
            caption=needles.ANSWER,
            purpose=Purpose.ORGANISATION,
            by=day.member,
            client_id=uuid4(),
        )
        media = [str(file.pk) for one in Message.objects.all() for file in one.media.all()]
    day.work()
    for file in media:
        answer = day.desk.get(f"/p/morgenthal/media/{file}/", headers={"range": "bytes=0-9"})
        del answer.headers["Content-Disposition"]  # the file's own name, for whoever is given the file
        day.looked_through(answer).close()


def conversation_again() -> Conversation:
    return Conversation.objects.with_people().get()


def papers_go_by_our_own_pages(day: Day) -> None:
    """A document to her and one from her; a wrong date first."""
    thread, phone = f"{INBOX}{conversation_of(day).pk}/", Client(REMOTE_ADDR=needles.NETWORK_ADDRESS)
    wish = {"title": needles.WORDS, "file": paper(), "factor": "birth_date", "days": "7"}
    assert day.ask("post", f"{thread}documents/", wish).status_code == 422  # whether the file goes to her
    confirmed = {"file": paper(), "right_person": "1", "asked_file": digest([PDF])}
    assert day.ask("post", f"{thread}documents/", wish | confirmed).status_code == 303
    assert day.ask("post", f"{thread}upload-invitations/", {"what": ""}).status_code == 303
    day.work()
    document, upload = sent_addresses(day)
    year, month, date = needles.BORN.split("-")
    day.looked_through(phone.get(document))
    day.looked_through(phone.post(document, {"day": date, "month": month, "year": "1850"}))
    shown = day.looked_through(phone.post(document, {"day": date, "month": month, "year": year}))
    file = phone.get(re.findall(r'href="(/d/[^"]+)" download', shown.content.decode())[0])
    del file.headers["Content-Disposition"]  # the file's own name, for whoever is given the file
    day.looked_through(file).close()
    chosen = day.looked_through(phone.post(upload, {"day": date, "month": month, "year": year})).content.decode()
    form = re.findall(r'name="form" value="([^"]+)"', chosen)[0]
    assert day.looked_through(phone.post(upload, {"form": form, "files": [paper()]})).status_code == 200


def paper() -> SimpleUploadedFile:
    return SimpleUploadedFile(needles.FILE_NAME, PDF, "application/pdf")


def sent_addresses(day: Day) -> list[str]:
    """The paths of our pages in what was sent last, in order."""
    bodies = [(body.get("text") or {}).get("body", "") for body in day.whatsapp.sent()]
    return re.findall(r"(/[du]/[\w-]{22})", "\n".join(bodies))


def reception_searches(day: Day) -> None:
    """Posted, so that it stands in no address at all; and by the fixed address ?q=, which the product neither logs nor
    repeats in a header or title (the choice of a language leads back to it)."""
    for query in (needles.LAST_NAME, needles.WORDS, "0171 3920077", needles.BORN):
        day.ask("post", f"{INBOX}search/", {"q": query, "person": needles.LAST_NAME})
        day.ask("post", f"{INBOX}search/", {"q": query, "parts": "1"})
        answer = day.desk.get(INBOX, {"q": query})
        title = answer.content.decode().partition("<title>")[2].partition("</title>")[0]
        headers = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
        day.leaks += needles.hits("search", f"{title}\n{headers}".encode())


def the_api_reads_and_writes(day: Day) -> None:
    token = doors.new_token()
    with practice_scope(day.line.practice.pk), transaction.atomic():
        row = ApiToken.objects.create(name="Praxissoftware", scope=ApiToken.Scope.WRITE)
    doors.install(Door.Kind.API, token, leads_to=day.line.practice, object_id=row.pk)
    api = Client(headers={"authorization": f"Bearer {token}"}, raise_request_exception=False)
    messages = f"/api/v1/conversations/{conversation_of(day).pk}/messages/"
    for path in ("/api/v1/contacts/", "/api/v1/conversations/", messages):
        assert day.looked_through(api.get(path)).status_code == 200
    text = {"client_id": str(uuid4()), "text": needles.ANSWER, "purpose": "organisation"}
    for body in (text, text | {"purpose": "werbung", "client_id": str(uuid4())}, {"text": 7}):
        day.looked_through(api.post(messages, body, content_type="application/json"))


def whatsapp_complains(day: Day) -> None:
    """Its errors quote whom they are about; then it takes a message and hangs up."""
    details = f"{needles.NUMBER} {needles.WORDS}"
    for rule in (
        {"action": "error", "code": 131026, "details": details, "times": 1},
        {"action": "error", "http_status": 400, "body": "B", "details": details, "times": 1},
        {"action": "fail", "code": 131047, "details": details, "times": 1},
        {"action": "reset", "times": 1},
    ):
        day.whatsapp.control("PUT", "faults", json={"rules": [rule]})
        day.ask("post", f"{INBOX}{conversation_of(day).pk}/reply/", {"body": needles.ANSWER, "send_anyway": "1"})
        day.work()


def strangers_knock(day: Day) -> None:
    stranger = Client(enforce_csrf_checks=True, raise_request_exception=False, REMOTE_ADDR=needles.NETWORK_ADDRESS)
    asked = {"q": f"{NAME} {needles.NUMBER}"}
    day.looked_through(Client().post("/login/", {"username": needles.EMAIL, "password": needles.WORDS}))
    answers = [
        stranger.get("/login/", asked, headers={"host": f"{needles.LAST_NAME}.example"}),
        stranger.post("/login/", {"username": needles.EMAIL, "password": needles.WORDS}),
        stranger.get(f"/{needles.LAST_NAME}/{needles.NUMBER}/", asked),
        stranger.get(f"/q/{needles.LAST_NAME}", asked),
        stranger.get("/broken/", asked),
        stranger.get("/p/nobody/inbox/", asked),
    ]
    assert [answer.status_code for answer in answers] == [400, 403, 404, 404, 500, 302]
    for answer in answers:
        day.looked_through(answer)


def writes_stop(day: Day) -> None:
    day.deliver(hers("STOP"))
    day.ask("get", f"{INBOX}{conversation_of(day).pk}/")
    refused = day.ask("post", f"{INBOX}{conversation_of(day).pk}/reply/", {"body": needles.ANSWER})
    assert refused.status_code == 422

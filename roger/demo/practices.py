"""The two practices, who works there, the number they write with, and its templates."""

import secrets
import unicodedata
from dataclasses import dataclass, field

from django.conf import settings

from consent.choices import Confirmation, go_live
from consent.widgets import add_widget, change_widget, living_widgets, origin_of
from messaging.channels import connect_channel
from messaging.models import Channel, Template
from messaging.saved_replies.actions import create_saved_reply
from patients.phone import shown
from practices import doors
from practices.actions import add_member, add_totp_device, create_practice, create_user
from practices.models import ApiToken, Door, Member, Practice, Role
from roger.demo import material
from roger.demo.codes import hang_up_codes
from roger.demo.material import Json

PASSWORD = "nur-zum-Ausprobieren"  # noqa: S105  the demo's, printed by make run
# Ids as Meta gives them, of no real account.
PHONE_NUMBER_IDS = {"p-morgenthal": "900000000000101", "p-ostufer": "900000000000201"}
WABA_IDS = {"p-morgenthal": "910000000000101", "p-ostufer": "910000000000201"}
WITH_A_WEBSITE = "p-morgenthal"  # the stand-in plays it (simulator/website.py)
WITH_FILES = "p-morgenthal"  # the other one decided against files in the chat (C-25)
FOOTER = "Abmelden: STOP schreiben"


@dataclass
class Demo:
    """One practice while its data is being made."""

    written: Json
    practice: Practice
    channel: Channel
    staff: dict[str, Member]
    templates: dict[str, Template] = field(default_factory=dict)


def slug_of(written: Json) -> str:
    return str(written["id"]).removeprefix("p-")


def open_practice(written: Json) -> Practice:
    """The practice itself, with what is public about it."""
    return create_practice(
        slug=slug_of(written),
        name=written["name"],
        name_nominative=written["name_nominative"],
        name_dative=written["name_dative"],
        short_name=written["short_name"],
        **written["address"],
        phone=written["phone"],
        emergency_phone=written["emergency_dental_phone"],
        email=written["email"],
        website=written["website"],
        timezone=written["timezone"],
        answer_time=written["answer_time_text"],
        opening_hours=written["opening_hours"],
    )


def furnish(written: Json, practice: Practice) -> Demo:
    """Staff, number, templates and QR code of a practice in scope."""
    staff = {one["id"]: _hire(one, practice) for one in written["staff"]}
    owner = next(member for member in staff.values() if member.role == Role.OWNER)
    channel = connect_channel(
        practice=practice,
        name=practice.short_name,
        phone=written["whatsapp"],
        phone_number_id=PHONE_NUMBER_IDS[written["id"]],
        waba_id=WABA_IDS[written["id"]],
        api_key=secrets.token_urlsafe(24),
        by=owner,
    )
    hang_up_codes(practice, owner)
    go_live(practice=practice, by=owner, confirmed=frozenset(Confirmation))
    for one in material.saved_replies():
        create_saved_reply(**one, by=owner)
    if written["id"] == WITH_FILES:
        Practice.objects.filter(pk=practice.pk).update(files_in_chat=True)
    if written["id"] == WITH_A_WEBSITE:
        add_widget(practice=practice, name="Startseite", origins=[website_origin()], by=owner)
    return Demo(written, practice, channel, staff, _templates(practice, channel))


def _hire(one: Json, practice: Practice) -> Member:
    """An administrating dentist owns the practice; a practice manager stays one (design: roles)."""
    is_owner = one["role"] == Role.DENTIST and one["is_admin"]
    user = create_user(email=_email(one["name"], practice), name=one["name"], password=PASSWORD)
    add_totp_device(user=user)
    return add_member(practice=practice, user=user, role=Role.OWNER if is_owner else Role(one["role"]))


def _email(name: str, practice: Practice) -> str:
    """ "Melek Yıldız" → melek.yildiz@…"""
    plain = unicodedata.normalize("NFKD", name.removeprefix("Dr. ").replace("ı", "i")).encode("ascii", "ignore")
    return f"{plain.decode().lower().replace(' ', '.')}@{practice.email.partition('@')[2]}"


def _templates(practice: Practice, channel: Channel) -> dict[str, Template]:
    """Everything a practice needs, approved (dental-dsgvo section 6)."""
    rows = [
        Template(
            channel=channel,
            provider_id=f"{channel.waba_id}{number:02d}",
            name=one["name"],
            language="de",
            category=one["category"],
            status="approved",
            components=_components(one, practice),
            purpose=one["purpose"],
        )
        for number, one in enumerate(material.templates(), start=1)
    ]
    return {template.name: template for template in Template.objects.bulk_create(rows)}


def link_templates() -> None:
    """Let the buttons of the demo's templates lead to the BASE_URL of now, in the practice in scope."""
    wanted = {one["name"]: [_button(button) for button in one["buttons"]] for one in material.templates()}
    for template in Template.objects.filter(name__in=wanted, language="de"):
        linked = [_with_buttons(component, wanted[template.name]) for component in template.components]
        if linked != template.components:
            template.components = linked
            template.save(update_fields=["components"])


def _with_buttons(component: Json, buttons: list[Json]) -> Json:
    return component | {"buttons": buttons} if component["type"] == "BUTTONS" else component


def _components(one: Json, practice: Practice) -> list[Json]:
    facts = {
        "PRAXIS_DATIV": practice.name_dative,
        "PRAXIS_NOMINATIV": practice.name_nominative,
        "PRAXIS_TELEFON": shown(practice.phone),
        "PRAXIS_NOTDIENST": shown(practice.emergency_phone),
    }
    examples = [facts.get(example, example) for example in one["examples"]]
    said = [
        {"type": "BODY", "text": one["body"], "example": {"body_text": [examples]}},
        {"type": "FOOTER", "text": FOOTER},
    ]
    buttons = [_button(button) for button in one["buttons"]]
    return [*said, {"type": "BUTTONS", "buttons": buttons}] if buttons else said


def _button(written: Json) -> Json:
    if "path" not in written:
        return {"type": "QUICK_REPLY", "text": written["text"]}
    url = f"{settings.BASE_URL}{written['path']}"
    return {"type": "URL", "text": written["text"], "url": f"{url}{{{{1}}}}", "example": [f"{url}beispiel"]}


def website_origin() -> str:
    """Where the demo's website stands: at the stand-in."""
    return origin_of(settings.D360_BASE_URL)


def link_website() -> None:
    """Let the button of the demo's website stand where the stand-in is now."""
    for widget in living_widgets().filter(name="Startseite"):
        if widget.origins != [website_origin()]:
            change_widget(widget=widget, name=widget.name, origins=[website_origin()], by=None)


def make_api_token(practice: Practice, by: Member) -> str:
    """A token for outside tools; shown in demo.json, its hash alone is kept."""
    token = doors.new_token()
    row = ApiToken.objects.create(name="Demo", scope=ApiToken.Scope.WRITE, created_by=by)
    doors.install(Door.Kind.API, token, leads_to=practice, object_id=row.pk)
    return token

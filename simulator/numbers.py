"""The practices' WhatsApp numbers as 360dialog knows them."""

from dataclasses import dataclass, field
from typing import Any

from simulator.phone_numbers import digits_of, e164

Json = dict[str, Any]


@dataclass
class Template:
    """One language of a message template; status in 360dialog's lower case."""

    id: str
    name: str
    language: str
    category: str
    status: str
    components: list[Json]
    rejected_reason: str = "NONE"
    modified_at: float = 0.0
    quality: str = "UNKNOWN"

    def component(self, kind: str) -> Json | None:
        """The component of this type (HEADER, BODY, FOOTER, BUTTONS), or None."""
        for component in self.components:
            if str(component.get("type", "")).upper() == kind:
                return component
        return None

    @property
    def buttons(self) -> list[Json]:
        """Its buttons in order."""
        component = self.component("BUTTONS")
        return list(component.get("buttons", [])) if component else []


@dataclass
class BusinessNumber:
    """A number of a practice: identity, key, webhook, templates."""

    phone: str
    name: str
    phone_number_id: str
    waba_id: str
    portfolio: str
    api_key: str
    webhook_url: str
    webhook_headers: dict[str, str] = field(default_factory=dict)
    templates: list[Template] = field(default_factory=list)
    profile: Json = field(default_factory=dict)

    @property
    def wa_id(self) -> str:
        """Digits only."""
        return digits_of(self.phone)

    def template(self, name: str, language: str) -> Template | None:
        """The template of this name and language, or None."""
        for template in self.templates:
            if (template.name, template.language) == (name, language):
                return template
        return None

    def metadata(self) -> Json:
        """The `metadata` of every message webhook."""
        return {"display_phone_number": self.wa_id, "phone_number_id": self.phone_number_id}


def template_from(description: Json, number: int) -> Template:
    """A template as the file describes it; an id that is no number is replaced. KeyError without name or language."""
    given = str(description.get("id") or "")
    return Template(
        id=given if given.isdigit() else str(1_000_000_000_000_000 + number),
        name=description["name"],
        language=description["language"],
        category=str(description.get("category", "UTILITY")).upper(),
        status=str(description.get("status", "approved")).lower(),
        components=list(description.get("components", [])),
    )


def number_from(description: Json) -> BusinessNumber:
    """A number as the configuration file describes it. KeyError or ValueError if something essential is missing."""
    phone = e164(description["phone"])
    waba_id = str(description["waba_id"])
    first_id = sum(map(ord, waba_id)) * 1_000
    return BusinessNumber(
        phone=phone,
        name=description.get("name") or phone,
        phone_number_id=str(description["phone_number_id"]),
        waba_id=waba_id,
        portfolio=str(description.get("portfolio") or waba_id),
        api_key=str(description["api_key"]),
        webhook_url=str(description.get("webhook_url") or ""),
        webhook_headers=dict(description.get("webhook_headers") or {}),
        templates=[template_from(one, first_id + n) for n, one in enumerate(description.get("templates") or [])],
        profile=dict(description.get("profile") or {}),
    )

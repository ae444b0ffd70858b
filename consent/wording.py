"""The practice in scope in its consent texts: values for placeholders, immutable versions, messages ready to send."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import override

from consent import texts
from consent.authorities import authority_of
from consent.doors import newest_qr_code, qr_url
from consent.editions import current_set
from consent.models import ConsentText, PendingOptIn
from consent.purposes import Purpose
from consent.rendering import Rendered, canonical, digest, render, render_page
from consent.texts import ChatMessage, ConsentPage, GuardianText, MessageKey, PrivacyNotice, TextSet, WidgetText
from patients.models import Custody, Patient
from patients.phone import shown
from practices.models import Practice
from practices.scope import current_practice_id

Kind = ConsentText.Kind
BUTTON_YES, BUTTON_NO, BUTTON_MORE = "ja_einverstanden", "nein_danke", "mehr_erfahren"


# In the kept version of text F; the sealed evidence holds the sentence with the name.
UNNAMED_CHILD = {
    "de": "mein Kind",
    "en": "my child",
    "tr": "çocuğum",
    "ar": "طفلي",
    "ru": "мой ребёнок",
    "uk": "моя дитина",
    "pl": "moje dziecko",
}


@dataclass(frozen=True)
class GuardianPage:
    """What a guardian agrees to: text A and text F."""

    page: ConsentPage
    guardian: GuardianText

    def plain(self) -> str:
        return f"{self.page.plain()}\n{self.guardian.plain()}"


def practice_in_scope() -> Practice:
    return Practice.objects.get(pk=current_practice_id())


def values_for(practice: Practice, texts_shown: TextSet) -> dict[str, str]:
    """A practice's public data under the names the texts use."""
    authority, authority_contact = authority_of(practice.state)
    notice = notice_url(practice)
    return {
        "praxis_name": practice.name,
        "praxis_nominativ": practice.name_nominative,
        "praxis_dativ": practice.name_dative,
        "praxis_anschrift": practice.address,
        "praxis_telefon": shown(practice.phone),
        "praxis_email": practice.email,
        "notdienst_telefon": shown(practice.emergency_phone),
        "anbieter_firma": settings.OPERATOR_NAME,
        "hosting_firma": settings.HOSTING_NAME,
        "werbung_max": str(practice.advertising_per_year),
        "widerruf_url": f"{notice}#widerruf",
        "datenschutz_url": notice,
        "datenschutz_email": practice.email,
        "dsb_kontakt": practice.email,
        "aufsicht_name": authority,
        "aufsicht_kontakt": authority_contact,
        "chat_frist": texts_shown.periods.chats,
        "nachweis_frist": texts_shown.periods.proofs_for(practice.proof_years),
        "stand": as_of_words(texts_shown),
        "antwortzeit": practice.answer_time,
    }


def notice_url(practice: Practice) -> str:
    return f"{settings.BASE_URL}/datenschutz/{practice.slug}/"


def as_of_words(texts_shown: TextSet) -> str:
    with override(texts_shown.language):
        return date_format(texts_shown.as_of, "F Y")


# ── texts as somebody reads them ──


def consent_page(
    practice: Practice, language: str, purposes: Collection[Purpose] = frozenset(Purpose)
) -> Rendered[ConsentPage]:
    """Text A as it is shown now, with the boxes of these purposes."""
    return page_of(current_set(language), practice, purposes)


def page_of(words: TextSet, practice: Practice, purposes: Collection[Purpose]) -> Rendered[ConsentPage]:
    """Text A of any version."""
    choices = tuple(choice for choice in words.page.purposes if choice.purpose in purposes)
    asked = replace(words, page=replace(words.page, purposes=choices))
    return render_page(asked, values_for(practice, words))


def privacy_notice(practice: Practice, language: str) -> Rendered[PrivacyNotice]:
    """Text G."""
    shown_now = current_set(language)
    return render(shown_now.notice, values_for(practice, shown_now))


def guardian_of(words: TextSet, practice: Practice, child: str) -> Rendered[GuardianText]:
    """Text F of any version, about a child by this name."""
    own = {"kind_name": child, "altersgrenze": str(practice.consent_age)}
    return render(words.guardian, values_for(practice, words) | own)


def guardian_statement(words: TextSet, practice: Practice, child: Patient, custody: str) -> str:
    """What a guardian stated by text F, word for word: with the child's name and the one box that was ticked."""
    text = guardian_of(words, practice, child.first_name).document
    ticked = {Custody.SOLE: text.sole_label, Custody.JOINT: text.joint_label}[Custody(custody)]
    return f"{text.statement} ☒ {ticked} {text.later}"


def guardian_page_of(words: TextSet, practice: Practice, purposes: Collection[Purpose]) -> Rendered[GuardianPage]:
    """Text A with text F below it, as one text. It is kept in clear, so no child is named in it."""
    page = page_of(words, practice, purposes)
    addition = guardian_of(words, practice, UNNAMED_CHILD.get(words.language, UNNAMED_CHILD["de"]))
    whole = GuardianPage(page.document, addition.document)
    text = canonical(whole.plain())
    return Rendered(whole, text, digest(text))


def widget_page(practice: Practice, language: str) -> Rendered[WidgetText]:
    """Text D."""
    shown_now = current_set(language)
    return render(shown_now.widget, values_for(practice, shown_now))


def chat_prompt(language: str, pending: PendingOptIn | None = None) -> Rendered[ChatMessage]:
    """Text C. With a form that was agreed to and whose code died, the first button confirms that form; from the website
    it says where its person came from."""
    practice, shown_now = practice_in_scope(), current_set(language)
    rendered = render(shown_now.chat, values_for(practice, shown_now) | {"optin_url": optin_url()})
    if pending is None:
        return rendered
    buttons = tuple(
        texts.Button(yes_payload(pending), button.title) if button.id == BUTTON_YES else button
        for button in rendered.document.buttons
    )
    if pending.widget_id:  # text D was read and nothing ticked: there is nothing to remind of
        return Rendered(ChatMessage(rendered.document.body, buttons), rendered.text, rendered.sha256)
    ticked = frozenset(Purpose(name) for name, said in pending.purposes.items() if said)
    reminder = shown_now.chat_words.dead_code.replace("{zwecke}", shown_now.name_purposes(ticked))
    return Rendered(ChatMessage(f"{reminder}\n\n{rendered.document.body}", buttons), rendered.text, rendered.sha256)


def more_information(language: str) -> str:
    """The answer to "Mehr erfahren"."""
    return current_set(language).chat_words.more.replace("{optin_url}", optin_url())


def optin_url() -> str:
    """The page with the whole text and all choices."""
    code = newest_qr_code()
    return qr_url(code) if code else notice_url(practice_in_scope())


def yes_payload(pending: PendingOptIn) -> str:
    """The id of the button that confirms a form; it comes back in the webhook."""
    return f"{BUTTON_YES}.{pending.pk.hex}"


def message(key: MessageKey, language: str, **values: str) -> Rendered[ChatMessage]:
    """One of the short messages E1 to E10. Raises MissingPlaceholder if a value of its own was not given."""
    shown_now = current_set(language)
    return render(shown_now.messages[key], values_for(practice_in_scope(), shown_now) | values)


def prefilled(practice: Practice, language: str, code: str) -> str:
    """The sentence the page puts into WhatsApp."""
    shown_now = current_set(language)
    return render(shown_now.prefilled, values_for(practice, shown_now) | {"code": code}).document.body


def moment_values(at: datetime, practice: Practice) -> dict[str, str]:
    """`{datum}` and `{uhrzeit}` in the practice's own time."""
    local = at.astimezone(ZoneInfo(practice.timezone))
    return {"datum": local.strftime("%d.%m.%Y"), "uhrzeit": local.strftime("%H:%M")}


def name_purposes(purposes: Mapping[Purpose, Any] | frozenset[Purpose], language: str) -> str:
    """`{zwecke}`."""
    return current_set(language).name_purposes(purposes)


# ── immutable versions ──


def current_text(kind: ConsentText.Kind, language: str) -> ConsentText:
    """The version that is shown now, with the practice's data, as a row that never changes (C-05)."""
    practice = practice_in_scope()
    rendered: Rendered[Any]
    if kind == Kind.QR_PAGE:
        rendered = consent_page(practice, language)
    elif kind == Kind.CHAT:
        rendered = chat_prompt(language)
    elif kind == Kind.WIDGET:
        rendered = widget_page(practice, language)
    elif kind == Kind.GUARDIAN:
        rendered = guardian_page_of(current_set(language), practice, frozenset(Purpose))
    else:
        rendered = privacy_notice(practice, language)
    shown_now = current_set(language)
    return keep_text(kind, shown_now.version, shown_now.language, rendered.text)


def keep_text(kind: ConsentText.Kind, version: str, language: str, text: str) -> ConsentText:
    """The row of a text that was shown, kept once per wording."""
    same = ConsentText.objects.filter(kind=kind, version=version, sha256=digest(text))
    if not same.exists():
        row = ConsentText(kind=kind, version=version, language=language, body=canonical(text), sha256=digest(text))
        # Two first readers at once: the second one's row is dropped, both read the first one's.
        ConsentText.objects.bulk_create([row], ignore_conflicts=True)
    kept: ConsentText = same.get()
    return kept

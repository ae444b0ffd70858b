"""The way from the practice's website: text D is read, the first message proves the number, text C asks in the chat.

Reading agrees to nothing, so the ledger hears of it only with the yes in the chat, which names both texts.
"""

from typing import cast

from consent import ledger
from consent.ledger import PATIENT, Type
from consent.models import Channel, ConsentEvent, ConsentText, PendingOptIn
from consent.opt_ins import Said
from consent.purposes import Purpose
from consent.states import apply
from patients.models import Contact
from practices.live import changed

# What stands in the composer. It says nothing about anybody, whoever sees the phone.
GREETINGS = {
    "de": "Guten Tag, ich möchte über WhatsApp schreiben. Code: {code}",
    "en": "Hello, I would like to write on WhatsApp. Code: {code}",
    "tr": "Merhaba, WhatsApp üzerinden yazmak istiyorum. Code: {code}",
    "ar": "مرحبًا، أودّ الكتابة عبر واتساب. Code: {code}",
    "ru": "Здравствуйте, я хочу писать через WhatsApp. Code: {code}",
    "uk": "Добрий день, я хочу писати через WhatsApp. Code: {code}",
    "pl": "Dzień dobry, chcę pisać przez WhatsApp. Code: {code}",
}
NOT_READ = {
    "de": "Bitte kreuzen Sie an, dass Sie den Text gelesen haben.",
    "en": "Please tick that you have read the text.",
    "tr": "Lütfen metni okuduğunuzu işaretleyin.",
    "ar": "يرجى وضع علامة تفيد بأنك قرأت النص.",
    "ru": "Пожалуйста, отметьте, что вы прочитали текст.",
    "uk": "Будь ласка, позначте, що ви прочитали текст.",
    "pl": "Proszę zaznaczyć, że tekst został przeczytany.",
}
AGREED = {purpose: purpose == Purpose.ORGANISATION for purpose in Purpose}  # all that text C asks for


def greeting(language: str, code: str) -> str:
    """The sentence the page puts into WhatsApp."""
    return GREETINGS.get(language, GREETINGS["de"]).format(code=code)


def agree(opt_in: PendingOptIn, contact: Contact, said: Said, text: ConsentText) -> ConsentEvent:
    """Yes to text C from somebody who came from the website. The caller holds the contact's row and the opt-in's."""
    read = cast(ConsentText, opt_in.text)
    event = ledger.append(
        type=Type.CONFIRMED,
        channel=Channel.WIDGET,
        contact=contact,
        text=text,
        notice_version=text.version,
        purposes=AGREED,
        actor=PATIENT,
        act=said.act,
        proof_ref={"widget": str(opt_in.widget_id), "text": {"version": read.version, "sha256": read.sha256}},
        occurred_at=said.at,
        reference=said.message_id,
    )
    apply(event)
    opt_in.used_at, opt_in.purposes = said.at, {str(purpose): yes for purpose, yes in AGREED.items()}
    opt_in.save(update_fields=["used_at", "purposes"])
    changed("opt_in", opt_in.pk)
    return event

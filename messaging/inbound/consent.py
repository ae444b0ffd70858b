"""What a message means for consent, before any other automation (C-11), and the one answer it gets.

code of a form       the number is proven, what was ticked is granted           E1
button of text C, E4 granted, rejected, withdrawn                               E1, E6, E2, E3, link
button of T-15       what was agreed to at the desk is confirmed, or refused    E1, E6, E7
STOP in any language withdrawn                                                  E2 or E3
code of the website  the number is proven, nothing is granted yet               text C
START                pending, the whole text again                              text C
anything else from a person we have no consent of                               text C, at most once in 30 days
anything else from a person whose consent waits for the proof of the number      T-15's question, likewise
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import override

from consent import actions as acts
from consent.actions import Act, Outcome
from consent.codes import find_code
from consent.gate import PROMPT_PAUSE, Consent, Kind
from consent.models import Channel, ConsentState, PendingOptIn
from consent.number_checks import question, waiting_acts
from consent.purposes import Purpose
from consent.texts import MessageKey
from consent.wording import (
    chat_prompt,
    message,
    moment_values,
    name_purposes,
    optin_url,
    practice_in_scope,
    says_more_than_prefilled,
)
from consent.texts import Button, MessageKey
from consent.wording import chat_prompt, message, moment_values, name_purposes, optin_url, practice_in_scope
from consent.words import Word, understand
from messaging.actions import send_automatic
from messaging.whatsapp.payloads import ButtonReply, InboundMessage, Reaction, RequestWelcome, SystemChange
from practices.postgres.bulk import among
from practices.refusal import Refusal

if TYPE_CHECKING:
    from messaging.inbound.arrivals import Arrival

SAYS_NOTHING = (Reaction, SystemChange, RequestWelcome)
NOT_ASKED_YET = (Consent.NONE, Consent.EXPIRED, Consent.OUTDATED)


def read(arrivals: "list[Arrival]") -> None:
    """Understand what each message of a person says. Asks nothing of the database."""
    for arrival in arrivals:
        if arrival.is_inbound and not isinstance(arrival.event.content, SAYS_NOTHING):
            is_quoted_reply = arrival.message.quoted_wamid is not None
            arrival.meaning = understand(arrival.event.text, is_quoted_reply=is_quoted_reply)


def follow(arrivals: "list[Arrival]") -> None:
    """Let each message that was read have its effect on consent, in the order they came. The contacts are locked."""
    inbound = [one for one in arrivals if one.meaning]
    undecided, unproven = _not_decided({one.contact.id for one in inbound})
    for arrival in inbound:
        act = _act_of(arrival)
        if act is None or act.outcome == Outcome.UNKNOWN:
            _look_for_doubt(arrival)
            if arrival.contact.id in undecided:
                _ask_a_stranger(arrival)
            elif arrival.contact.id in unproven:
                _ask_for_proof(arrival)
        else:
            arrival.settled = not _says_more(arrival, act)
            undecided.discard(arrival.contact.id)
            unproven.discard(arrival.contact.id)
            ANSWERS.get(act.outcome, _say_nothing)(arrival, act)


def _not_decided(contact_ids: set[UUID]) -> tuple[set[UUID], set[UUID]]:
    """Who never decided, and who agreed outside the chat but has not proven the number yet."""
    rows = ConsentState.objects.filter(
        among("contact_id", contact_ids), patient=None, purpose=Purpose.ORGANISATION
    ).exclude(state__in=NOT_ASKED_YET)
    states = dict(rows.values_list("contact_id", "state"))
    return contact_ids - states.keys(), {pk for pk, state in states.items() if state == Consent.PENDING}


def _act_of(arrival: "Arrival") -> Act | None:
    """The act of consent a message is, None if it is an ordinary one."""
    contact, wamid, at, words = arrival.contact, arrival.event.wamid, arrival.message.at, arrival.event.text
    content = arrival.event.content
    if isinstance(content, ButtonReply) and content.payload:
        return acts.confirm_button(
            contact=contact, payload=content.payload, message_id=wamid, at=at, language=contact.language
        )
    if code := find_code(words):
        return acts.confirm_code(contact=contact, code=code, message_id=wamid, at=at)
    word = arrival.meaning.word if arrival.meaning else Word.NONE
    if word.withdraws:
        return _stop(arrival, word)
    if word == Word.START:
        return acts.start_again(contact=contact, word=words, message_id=wamid, at=at)
    return None


def _says_more(arrival: "Arrival", act: Act) -> bool:
    """Whether somebody wrote more beside a code than the page had put there: then they wait for an answer."""
    return find_code(arrival.event.text) is not None and (
        act.outcome == Outcome.LIMITED or says_more_than_prefilled(arrival.event.text)
    )


def _stop(arrival: "Arrival", word: Word) -> Act:
    withdrawal = acts.withdraw(
        contact=arrival.contact,
        purposes=word.withdraws,
        channel=Channel.WHATSAPP_KEYWORD,
        act={"keyword": arrival.event.text, "message_id": arrival.event.wamid},
        occurred_at=arrival.message.at,
        reference=arrival.event.wamid,
    )
    return Act(Outcome.WITHDRAWN, withdrawal.event, withdrawal.changed, withdrawal=withdrawal)


def _look_for_doubt(arrival: "Arrival") -> None:
    """Words that may be a withdrawal: a person must look (section 2.3, soft match)."""
    if arrival.meaning and arrival.meaning.may_withdraw:
        arrival.conversation.possible_withdrawal_at = arrival.message.at


def _ask_a_stranger(arrival: "Arrival") -> None:
    """C-10: who writes without having agreed is asked, at most once in 30 days; the message itself is kept."""
    last = arrival.contact.opt_in_prompted_at
    if last is None or arrival.message.received_at - last >= PROMPT_PAUSE:
        _prompt(arrival, asked_by_person=False)


def _ask_for_proof(arrival: "Arrival") -> None:
    """Whoever agreed at the desk and now writes first: the question T-15 would ask, here in the open chat (C-07)."""
    last, waiting = arrival.contact.opt_in_prompted_at, waiting_acts(arrival.contact)
    if not waiting or (last is not None and arrival.message.received_at - last < PROMPT_PAUSE):
        return
    practice = practice_in_scope()
    agreed_on = moment_values(next(iter(waiting)).occurred_at, practice)["datum"]
    words, buttons = question(arrival.contact.language, date=agreed_on, practice=practice.name_nominative)
    _send_prompt(arrival, words, buttons, asked_by_person=False)


# ── answers ──


def _say_nothing(_arrival: "Arrival", _act: Act) -> None:
    """Told before, nothing changed, or too many wrong codes."""


def _thank(arrival: "Arrival", act: Act) -> None:
    language = arrival.contact.language
    _confirm(arrival, MessageKey.OPTIN_DONE, zwecke=name_purposes(act.purposes, language))


def _accept_refusal(arrival: "Arrival", _act: Act) -> None:
    _confirm(arrival, MessageKey.DECLINED)


def _apologise(arrival: "Arrival", _act: Act) -> None:
    _confirm(arrival, MessageKey.WRONG_NUMBER)


def _say_goodbye(arrival: "Arrival", act: Act) -> None:
    """E2, or E3 while something stays granted. Exactly one, and none if everything was withdrawn before."""
    if not act.purposes:
        return
    still = ConsentState.objects.filter(contact=arrival.contact, patient=None, state=Consent.GRANTED)
    granted = frozenset(Purpose(purpose) for purpose in still.values_list("purpose", flat=True))
    if not granted:
        _confirm(arrival, MessageKey.OPTOUT_ALL)
        return
    language = arrival.contact.language
    off, on = name_purposes(act.purposes, language), name_purposes(granted, language)
    _confirm(arrival, MessageKey.OPTOUT_PART, zwecke_aus=off, zwecke_an=on)


def _show_text_again(arrival: "Arrival", act: Act) -> None:
    """START, or a code that came too late: the whole text, whose button can confirm what was ticked."""
    _prompt(arrival, asked_by_person=True, opt_in=act.opt_in)


def _ask_who_came_from_the_website(arrival: "Arrival", act: Act) -> None:
    """In the language of the page there."""
    if act.opt_in:
        arrival.contact.language = act.opt_in.language
    _prompt(arrival, asked_by_person=True, opt_in=act.opt_in)


def _link(arrival: "Arrival", _act: Act) -> None:
    with override(arrival.contact.language):
        words = _("Alle Informationen und die ganze Auswahl finden Sie hier: {url}")
    _send(arrival, Kind.CANNED_REPLY, words.replace("{url}", optin_url()))


ANSWERS: "dict[Outcome, Callable[[Arrival, Act], None]]" = {
    Outcome.GRANTED: _thank,
    Outcome.REJECTED: _accept_refusal,
    Outcome.WITHDRAWN: _say_goodbye,
    Outcome.WRONG_NUMBER: _apologise,
    Outcome.PENDING: _show_text_again,
    Outcome.DEAD: _show_text_again,
    Outcome.FROM_WEBSITE: _ask_who_came_from_the_website,
    Outcome.MORE_WANTED: _link,
}


def _confirm(arrival: "Arrival", key: MessageKey, **values: str) -> None:
    when = moment_values(arrival.message.received_at, practice_in_scope())
    _send(arrival, Kind.CONFIRMATION, message(key, arrival.contact.language, **(when | values)).document.body)


def _prompt(arrival: "Arrival", *, asked_by_person: bool, opt_in: PendingOptIn | None = None) -> None:
    prompt = chat_prompt(arrival.contact.language, opt_in).document
    _send_prompt(arrival, prompt.body, prompt.buttons, asked_by_person=asked_by_person)


def _send_prompt(arrival: "Arrival", body: str, buttons: Iterable[Button], *, asked_by_person: bool) -> None:
    choices = [(button.id, button.title) for button in buttons]
    if _send(arrival, Kind.OPT_IN_PROMPT, body, buttons=choices, asked_by_person=asked_by_person):
        arrival.contact.opt_in_prompted_at = arrival.message.received_at
        arrival.contact.save(update_fields=["opt_in_prompted_at"])


def _send(
    arrival: "Arrival",
    kind: Kind,
    body: str,
    *,
    buttons: list[tuple[str, str]] | None = None,
    asked_by_person: bool = False,
) -> bool:
    """Queue an automatic message. Outside the window nothing goes (C-11): the gate's no is the answer. Nor does
    anything while another partner of the number answers (standby, 360dialog section 6)."""
    if isinstance(arrival.event, InboundMessage) and arrival.event.standby:
        return False
    try:
        send_automatic(
            conversation=arrival.conversation, kind=kind, body=body, buttons=buttons, asked_by_person=asked_by_person
        )
    except Refusal:
        return False
    return True

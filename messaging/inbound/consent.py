"""What a message means for consent, before any other automation (C-11), and the one answer it gets.

code of a form       the number is proven, what was ticked is granted           E1
button of text C, E4 granted, rejected, withdrawn                               E1, E6, E2, E3, link
button of T-15       what was agreed to at the desk is confirmed, or refused    E1, E6, E7
STOP in any language withdrawn                                                  E2 or E3
code of the website  the number is proven, nothing is granted yet               text C
START                pending, the whole text again                              text C
"Daten löschen"      a case under Art. 17 is opened, nothing is withdrawn       E4
words like STOP      somebody must look; marked until it is said what was meant E4
anything else from a person we have no consent of                               text C, at most once in 30 days
anything else from a person with something the desk took down since    a question about it, once
anything else from a person whose text was replaced                             text C, once for the new text
anything else from a person who has withdrawn, where the practice wants it      E5, at most once in 24 hours
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from consent import actions as acts
from consent.actions import Act, Outcome
from consent.codes import find_code
from consent.gate import PROMPT_PAUSE, Consent, Kind
from consent.models import Channel, ConsentState, ConsentText, PendingOptIn
from consent.number_checks import question, question_about_more, waiting_acts
from consent.purposes import Purpose
from consent.states import purposes_of_number
from consent.texts import Button, MessageKey
from consent.typed_by_pages import says_more_than_typed
from consent.withdrawal_links import new_link
from consent.withdrawal_words import page_words
from consent.withdrawals import confirmation_of
from consent.wording import (
    chat_prompt,
    current_text,
    message,
    moment_values,
    more_information,
    name_purposes,
    practice_in_scope,
)
from consent.words import Word, understand
from messaging.actions import send_automatic
from messaging.models import Message
from messaging.whatsapp.payloads import ButtonReply, InboundMessage, Reaction, RequestWelcome, SystemChange
from patients.models import RightsRequest
from patients.rights import open_request
from practices.postgres.bulk import among
from practices.refusal import Refusal

if TYPE_CHECKING:
    from messaging.inbound.arrivals import Arrival

LONGEST_WITH_BUTTONS = 1024  # letters (WhatsApp)
SAYS_NOTHING = (Reaction, SystemChange, RequestWelcome)
# Acts after which nobody need look any more what an earlier sentence meant.
SAYS_WHAT_WAS_MEANT = (Outcome.WITHDRAWN, Outcome.REJECTED, Outcome.UNCHANGED, Outcome.WRONG_NUMBER)


@dataclass(frozen=True)
class Standing:
    """Where `organisation` stands for somebody and since when, and whether anything waits for the number's proof.
    No state: an act of this batch has just changed it."""

    state: Consent | None
    since: datetime | None = None
    waits: bool = False


STRANGER, SETTLED = Standing(Consent.NONE), Standing(None)


def read(arrivals: "list[Arrival]") -> None:
    """Understand what each message of a person says. Asks nothing of the database."""
    for arrival in arrivals:
        if arrival.is_inbound and not isinstance(arrival.event.content, SAYS_NOTHING):
            # A tap names the message above it as well, but its words are meant.
            is_tap = isinstance(arrival.event.content, ButtonReply)
            is_quoted_reply = arrival.message.quoted_wamid is not None and not is_tap
            arrival.meaning = understand(arrival.event.text, is_quoted_reply=is_quoted_reply)


def follow(arrivals: "list[Arrival]") -> None:
    """Let each message that was read have its effect on consent, in the order they came. The contacts are locked."""
    inbound = [one for one in arrivals if one.meaning]
    standings = _standings({one.contact.id for one in inbound})
    for arrival in inbound:
        act = _act_of(arrival)
        if act is None or act.outcome == Outcome.UNKNOWN:
            _answer_ordinary(arrival, standings[arrival.contact.id])
        else:
            arrival.settled = not _says_more(arrival, act)
            standings[arrival.contact.id] = SETTLED
            if act.outcome in SAYS_WHAT_WAS_MEANT:
                arrival.conversation.possible_withdrawal_at = None
            ANSWERS.get(act.outcome, _say_nothing)(arrival, act)


def _answer_ordinary(arrival: "Arrival", standing: Standing) -> None:
    case = _case_of(arrival)
    if _asks_what_is_meant(arrival, case):
        return
    if case:
        _say_at_last(arrival, _answer_to(arrival, case))
    elif not (standing.waits and _asks_for_proof(arrival, standing)):
        ORDINARY.get(standing.state, _leave_alone)(arrival, standing)


def _standings(contact_ids: set[UUID]) -> dict[UUID, Standing]:
    """Where each stands before the batch."""
    rows = ConsentState.objects.filter(among("contact_id", contact_ids))
    known: dict[UUID, Standing] = {}
    for pk, patient_id, purpose, state, since in rows.values_list(
        "contact_id", "patient_id", "purpose", "state", "since"
    ):
        standing = known.get(pk, STRANGER)
        if state == Consent.PENDING:
            standing = replace(standing, waits=True)
        if patient_id is None and purpose == Purpose.ORGANISATION:
            standing = replace(standing, state=Consent(state), since=since)
        known[pk] = standing
    return {pk: known.get(pk, STRANGER) for pk in contact_ids}


def _act_of(arrival: "Arrival") -> Act | None:
    """The act of consent a message is, None if it is an ordinary one."""
    contact, wamid, at, words = arrival.contact, arrival.event.wamid, arrival.message.at, arrival.event.text
    content = arrival.event.content
    if isinstance(content, ButtonReply) and content.payload:
        act = acts.confirm_button(
            contact=contact,
            payload=content.payload,
            message_id=wamid,
            at=at,
            language=contact.language,
            text=_text_shown(arrival),
        )
        if act.outcome != Outcome.UNKNOWN:
            return act
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
        act.outcome == Outcome.LIMITED or says_more_than_typed(arrival.event.text)
    )


def _text_shown(arrival: "Arrival") -> ConsentText | None:
    """The version of text C above the button, which need not be the one that holds now; None if that is not known."""
    quoted = arrival.message.quoted_id
    asked = Message.objects.filter(pk=quoted, kind=Kind.OPT_IN_PROMPT).first() if quoted else None
    text_id = (asked.content or {}).get("text") if asked else None
    return ConsentText.objects.filter(pk=text_id).first() if text_id else None


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


def _case_of(arrival: "Arrival") -> RightsRequest | None:
    """C-29: who wants everything erased has a right of its own, to be answered by a person; no record changes by it."""
    if arrival.meaning is None or arrival.meaning.word != Word.ERASE:
        return None
    return open_request(
        contact=arrival.contact,
        right=RightsRequest.Right.ERASURE,
        words=arrival.event.text,
        at=arrival.message.at,
    )


def _asks_what_is_meant(arrival: "Arrival", case: RightsRequest | None) -> bool:
    """Words that may be a withdrawal, or a wish for erasure: E4, once until somebody says what was meant (2.3).

    Without anything to withdraw there is nothing to ask. The mark keeps the time of the first such words.
    """
    may_withdraw = case is not None or (arrival.meaning is not None and arrival.meaning.may_withdraw)
    if not may_withdraw or not purposes_of_number(arrival.contact, Consent.GRANTED, Consent.PENDING):
        return False
    if arrival.conversation.possible_withdrawal_at is not None:
        if case:
            _say_at_last(arrival, _answer_to(arrival, case))
        return True
    arrival.conversation.possible_withdrawal_at = arrival.message.at
    question = message(MessageKey.OPTOUT_ASK, arrival.contact.language).document
    choices = [(button.id, button.title) for button in question.buttons]
    words = f"{_answer_to(arrival, case)}\n\n{question.body}" if case else question.body
    if case and len(words) > LONGEST_WITH_BUTTONS:
        _say_at_last(arrival, _answer_to(arrival, case))
        words = question.body
    _send(arrival, Kind.CANNED_REPLY, words, buttons=choices, asked_by_person=True)
    return True


def _answer_to(arrival: "Arrival", case: RightsRequest) -> str:
    """That the wish was noted, by when it is answered, and that the record stays (C-29)."""
    due = moment_values(case.due_at, practice_in_scope())["datum"]
    return page_words(arrival.contact.language).erasure.replace("{date}", due)


# ── what an ordinary message meets, by where the consent stands ──


def _leave_alone(_arrival: "Arrival", _standing: Standing) -> None:
    """Who has agreed is answered by people; who refused is not answered at all."""


def _ask_a_stranger(arrival: "Arrival", _standing: Standing) -> None:
    """C-10: who writes without having agreed is asked, at most once in 30 days; the message itself is kept."""
    last = arrival.contact.opt_in_prompted_at
    if last is None or arrival.message.received_at - last >= PROMPT_PAUSE:
        _prompt(arrival, asked_by_person=False)  # or not at all, where the practice wants it so (L-9)


def _ask_anew(arrival: "Arrival", standing: Standing) -> None:
    """C-06: whose text was replaced is asked when they write, although they may have been asked about the older one
    in these 30 days: they had agreed, and wait for an answer."""
    last = arrival.contact.opt_in_prompted_at
    if last is None or standing.since is None or last < standing.since:
        _prompt(arrival, asked_by_person=True)
    else:
        _ask_a_stranger(arrival, standing)


def _asks_for_proof(arrival: "Arrival", standing: Standing) -> bool:
    """Who agreed at the desk and now writes: the question T-15 would ask, here in the open chat (C-07), once for what
    was taken down since. Whoever is written to already is asked about that alone."""
    contact, waiting = arrival.contact, waiting_acts(arrival.contact)
    last, newest = contact.opt_in_prompted_at, max((act.recorded_at for act in waiting), default=None)
    if newest is None or (last is not None and last >= newest):
        return False
    practice, language = practice_in_scope(), contact.language
    agreed_on = moment_values(next(iter(waiting)).occurred_at, practice)["datum"]
    if standing.state == Consent.GRANTED:
        purposes = name_purposes(frozenset().union(*waiting.values()), language)
        words, buttons = question_about_more(language, date=agreed_on, purposes=purposes, practice=practice)
        kind = Kind.CANNED_REPLY
    else:
        words, buttons = question(language, date=agreed_on, practice=practice)
        kind = Kind.OPT_IN_PROMPT
    _send_question(arrival, kind, words, buttons, asked_by_person=True)
    return True


def _remind_of_stop(arrival: "Arrival", _standing: Standing) -> None:
    """L-10: E5 to somebody who withdrew and writes again. Off by default, and once in 24 hours: the gate knows."""
    _send(arrival, Kind.AFTER_STOP, message(MessageKey.AFTER_OPTOUT, arrival.contact.language).document.body)


ORDINARY: "dict[Consent | None, Callable[[Arrival, Standing], None]]" = {
    Consent.NONE: _ask_a_stranger,
    Consent.EXPIRED: _ask_a_stranger,
    Consent.OUTDATED: _ask_anew,
    Consent.WITHDRAWN: _remind_of_stop,
}


# ── answers ──


def _say_nothing(_arrival: "Arrival", _act: Act) -> None:
    """Told before, nothing changed, or too many wrong codes."""


def _thank(arrival: "Arrival", act: Act) -> None:
    arrival.contact.refresh_from_db(fields=["language"])  # the page's language is the person's since a moment ago
    names = name_purposes(act.purposes, arrival.contact.language)
    _confirm(arrival, MessageKey.OPTIN_DONE, zwecke=names, widerruf_link=new_link(arrival.contact))


def _accept_refusal(arrival: "Arrival", _act: Act) -> None:
    _confirm(arrival, MessageKey.DECLINED)


def _apologise(arrival: "Arrival", _act: Act) -> None:
    """E7 is the last word: whoever has this number is not written to any more."""
    _confirm(arrival, MessageKey.WRONG_NUMBER)
    arrival.contact.blocked_at = arrival.message.received_at


def _say_goodbye(arrival: "Arrival", act: Act) -> None:
    """E2, or E3 while something stays granted. Exactly one, and none if everything was withdrawn before."""
    words = confirmation_of(arrival.contact, act.purposes, at=arrival.message.received_at)
    if words:
        _say_at_last(arrival, words)


def _show_text_again(arrival: "Arrival", act: Act) -> None:
    """START, or a yes that came too late, by its code or by its text: the whole text, whose button confirms a form."""
    _prompt(arrival, asked_by_person=True, opt_in=act.opt_in)


def _ask_who_came_from_the_website(arrival: "Arrival", act: Act) -> None:
    """In the language of the page there."""
    if act.opt_in:
        arrival.contact.language = act.opt_in.language
    _prompt(arrival, asked_by_person=True, opt_in=act.opt_in)


def _link(arrival: "Arrival", _act: Act) -> None:
    _send(arrival, Kind.CANNED_REPLY, more_information(arrival.contact.language), asked_by_person=True)


ANSWERS: "dict[Outcome, Callable[[Arrival, Act], None]]" = {
    Outcome.GRANTED: _thank,
    Outcome.REJECTED: _accept_refusal,
    Outcome.WITHDRAWN: _say_goodbye,
    Outcome.WRONG_NUMBER: _apologise,
    Outcome.PENDING: _show_text_again,
    Outcome.DEAD: _show_text_again,
    Outcome.FROM_WEBSITE: _ask_who_came_from_the_website,
    Outcome.OUTDATED: _show_text_again,
    Outcome.MORE_WANTED: _link,
}


def _confirm(arrival: "Arrival", key: MessageKey, **values: str) -> None:
    when = moment_values(arrival.message.received_at, practice_in_scope())
    _say_at_last(arrival, message(key, arrival.contact.language, **(when | values)).document.body)


def _say_at_last(arrival: "Arrival", words: str) -> None:
    """The one answer to an act; none to a number that was blocked before it."""
    if arrival.contact.blocked_at is None:
        _send(arrival, Kind.CONFIRMATION, words)


def _prompt(arrival: "Arrival", *, asked_by_person: bool, opt_in: PendingOptIn | None = None) -> None:
    language = opt_in.language if opt_in else arrival.contact.language
    text, prompt = current_text(ConsentText.Kind.CHAT, language), chat_prompt(language, opt_in).document
    _send_question(arrival, Kind.OPT_IN_PROMPT, prompt.body, prompt.buttons, asked_by_person=asked_by_person, text=text)


def _send_question(
    arrival: "Arrival",
    kind: Kind,
    body: str,
    buttons: Iterable[Button],
    *,
    asked_by_person: bool,
    text: ConsentText | None = None,
) -> None:
    choices = [(button.id, button.title) for button in buttons]
    if _send(arrival, kind, body, buttons=choices, asked_by_person=asked_by_person, text=text):
        arrival.contact.opt_in_prompted_at = arrival.message.received_at
        arrival.contact.save(update_fields=["opt_in_prompted_at"])


def _send(
    arrival: "Arrival",
    kind: Kind,
    body: str,
    *,
    buttons: list[tuple[str, str]] | None = None,
    asked_by_person: bool = False,
    text: ConsentText | None = None,
) -> bool:
    """Queue an automatic message. Outside the window nothing goes (C-11): the gate's no is the answer. Nor does
    anything while another partner of the number answers (standby, 360dialog section 6)."""
    if isinstance(arrival.event, InboundMessage) and arrival.event.standby:
        return False
    try:
        send_automatic(
            conversation=arrival.conversation,
            kind=kind,
            body=body,
            buttons=buttons,
            asked_by_person=asked_by_person,
            text=text,
        )
    except Refusal:
        return False
    return True

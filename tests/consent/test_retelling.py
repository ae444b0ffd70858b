"""What the proof says of an act is what happened: by its way and its kind, and never in the code's own words."""

import ast
from collections.abc import Iterator
from functools import cache
from importlib import import_module

import pytest
from django.utils import timezone
from django.utils.translation import override

from consent import texts
from consent.actions import ENDS, withdraw
from consent.birthdays import AGE_OF_MAJORITY, CONSENT_AGE
from consent.desk.withdrawal_form import WAYS as WITHDRAWN_AT
from consent.documents import keep_document
from consent.guardians import Speaker
from consent.history import Names, history_of
from consent.ledger import ACTS, ActorKind, Type
from consent.models import Channel
from consent.number_checks import PAYLOADS
from consent.purposes import Purpose
from consent.retelling import (
    ACTORS,
    BUTTONS,
    FOR_ANOTHER,
    NOTES,
    RULES,
    STOP_AT_WHATSAPP,
    actor_of,
    booked_by,
    deed_of,
    facts_of,
    for_the_person,
    statements_of,
)
from messaging.doubts import Decision
from patients.actions import prove_number
from patients.models import Contact, Relation
from practices.models import Practice
from tests.consent.intakes import MOTHER, agree, born, paper
from tests.consent_factories import make_contact, make_patient, opt_in, tap
from tests.factories import make_member
from tests.guards import tracked

NOBODY = Names({}, {})


def told(contact: Contact, type_: Type = Type.GRANTED) -> dict[str, str]:
    """The facts of the newest act of a kind."""
    acts = [act for act in history_of(contact) if act.event.type == type_]
    return dict(facts_of(acts[-1], NOBODY))


# ── what happened, by its way ──


@pytest.mark.parametrize("way", [Channel.STAFF_DESK, Channel.STAFF_PHONE])
def test_c_18_what_was_read_aloud_is_not_told_as_a_tap_on_a_page(practice: Practice, way: Channel) -> None:
    contact = make_contact()

    agree(contact, make_patient(), make_member(practice), way=way)

    facts = told(contact)
    assert facts["Was getan wurde"] == "der Text wurde vorgelesen und bejaht"
    assert (facts["Von wem"], facts["Eingetragen von"]) == ("die Person selbst", "jemand aus der Praxis")


def test_c_18_a_paper_is_told_as_signed_and_not_as_ticked(practice: Practice) -> None:
    contact, member = make_contact(), make_member(practice)
    document = keep_document(upload=paper(), contact=contact, by=member)

    agree(contact, make_patient(), member, way=Channel.PAPER_SCAN, document=document)

    assert told(contact)["Was getan wurde"] == "auf Papier unterschrieben"


def test_c_18_boxes_on_the_page_are_told_as_ticked(practice: Practice) -> None:
    contact = make_contact()

    opt_in(contact)

    assert told(contact)["Was getan wurde"] == "Kästchen angekreuzt und Taste gedrückt"


def test_c_18_who_consents_as_the_representative_of_an_adult_is_named(practice: Practice) -> None:
    contact = make_contact()
    speaker = Speaker(relation=Relation.LEGAL_REPRESENTATIVE, name="Horst Brandt")

    agree(contact, make_patient(), make_member(practice), speaker)

    assert told(contact)["Von wem"] == "Horst Brandt, Betreuer:in oder bevollmächtigt"


def test_c_18_what_a_guardian_stated_is_told_with_the_other_parent_and_the_child(practice: Practice) -> None:
    contact, child = make_contact(), make_patient("Ida", "Vogt", birth_date=born(16))
    mother = Speaker(
        relation=MOTHER.relation,
        name=MOTHER.name,
        custody=MOTHER.custody,
        other_guardian="Jens Krüger",
        child_agrees=True,
    )

    agree(contact, child, make_member(practice), mother)

    facts = told(contact)
    assert "Ida" in facts["Erklärung zur Sorge"]
    assert facts["Anderer Elternteil"] == "Jens Krüger, hat auch zugestimmt"
    assert facts["Die oder der Jugendliche"] == "ist selbst einverstanden"


@pytest.mark.parametrize("way", [way for way, _label in WITHDRAWN_AT])
def test_c_18_a_withdrawal_that_staff_booked_is_no_tap_of_the_person(practice: Practice, way: Channel) -> None:
    contact = make_contact()
    opt_in(contact)
    withdraw(
        contact=contact,
        channel=way,
        act={"boxes": sorted(Purpose), "note": ""},
        occurred_at=timezone.now(),
        by=make_member(practice),
        proof_ref={"original": "kept by the practice"} if way == Channel.PAPER_SCAN else None,
    )

    facts = told(contact, Type.WITHDRAWN)

    assert facts["Was getan wurde"].endswith(", von der Praxis eingetragen")
    assert facts.get("Beleg") == ("das Papier liegt in der Praxis" if way == Channel.PAPER_SCAN else None)
    assert (facts.get("Von wem"), facts["Eingetragen von"]) == (None, "jemand aus der Praxis")


def test_c_18_words_of_the_chat_are_told_as_written_there_and_how_the_practice_took_them(practice: Practice) -> None:
    contact = make_contact()
    opt_in(contact)
    withdraw(
        contact=contact,
        channel=Channel.WHATSAPP_KEYWORD,
        act={"words": "lasst mich in Ruhe", "message_id": "wamid.1", "note": "decided: everything"},
        occurred_at=timezone.now(),
        by=make_member(practice),
    )

    assert told(contact, Type.WITHDRAWN)["Was getan wurde"] == (
        "im Chat geschrieben: „lasst mich in Ruhe“; von der Praxis verstanden als: alles abmelden"
    )


def test_c_18_a_known_number_is_told_with_the_day_it_was_proven(practice: Practice) -> None:
    contact, patient, member = make_contact(), make_patient(), make_member(practice)
    agree(contact, patient, member)
    tap(contact, PAYLOADS[0])
    contact.refresh_from_db()
    prove_number(contact=contact, at=timezone.now())

    agree(contact, patient, member)

    act = [act for act in history_of(contact) if act.event.type == Type.CONFIRMED][-1]
    day = timezone.localtime(timezone.now()).strftime("%d.%m.%Y")
    assert dict(facts_of(act, NOBODY))["Was getan wurde"] == f"die Nummer war schon bestätigt, am {day}"
    assert for_the_person(act) == (
        "Ihre Nummer war schon bestätigt. Deshalb galt Ihre Zustimmung sofort: Termine und Organisation."
    )


def test_the_page_tells_it_in_the_language_of_its_reader(practice: Practice) -> None:
    contact = make_contact()
    agree(contact, make_patient(), make_member(practice))

    with override("en"):
        assert "the text was read out and answered with yes" in told(contact).values()


# ── nothing is left in the code's own words ──


@pytest.mark.parametrize("kind", list(ActorKind))
def test_every_kind_of_actor_has_words(db: None, kind: ActorKind) -> None:
    actor = {"kind": str(kind), "member_id": "7", "name": "Ada", "relation": "guardian", "custody": "sole"}
    evidence = {"actor": actor}

    said = actor_of(evidence) or booked_by(evidence, NOBODY)

    assert kind in ACTORS or kind in FOR_ANOTHER or kind == ActorKind.STAFF
    assert said
    assert str(kind) not in said


def test_every_button_of_ours_is_told_by_its_title(db: None) -> None:
    of_texts = {button.id for one in house() for button in buttons_of(one)}
    payloads = of_texts | set(PAYLOADS) | set(ENDS) | set(written("button"))

    assert payloads - set(BUTTONS) == {STOP_AT_WHATSAPP}


def test_every_rule_has_words() -> None:
    rules = {*written("rule"), *passed_on("end_consent", "rule"), CONSENT_AGE, AGE_OF_MAJORITY}

    assert len(rules) >= 6
    assert rules - set(RULES) == set()


def test_every_note_that_roger_writes_has_words() -> None:
    decided = {f"decided: {one}" for one in Decision if one != Decision.NOTHING}

    assert {*written("note"), *decided, "user_preferences: stop"} - set(NOTES) == set()


@pytest.mark.parametrize("channel", list(Channel))
def test_every_part_of_an_act_that_is_written_anywhere_is_told(db: None, channel: Channel) -> None:
    names = {name for _module, act in acts_in_code() for name in keys_of(act)} | ACTS
    values = {"button": "ja_bestaetigen", "rule": "taken_over", "boxes": ["organisation"], "child_agrees": True}
    beside = {"proven_at": {"rule": "number_proven", "proven_at": timezone.now().isoformat()}}

    assert names >= ACTS | {"statement", "other_guardian", "child_agrees", "proven_at"}
    for name in names:
        act = beside.get(name, {name: values.get(name, "Gesagtes")})
        evidence = {"act": act, "channel": str(channel)}
        said = deed_of(evidence) or "".join(how for _what, how in statements_of(evidence))
        # A list's row has no boxes: what was agreed to stands in its purposes.
        assert said or (name == "boxes" and channel in {Channel.IMPORT, Channel.WHATSAPP_BUTTON}), name
        assert name not in said


def test_every_kind_of_act_has_a_sentence_for_the_person_by_every_way(practice: Practice) -> None:
    contact = make_contact()
    opt_in(contact)
    act = history_of(contact)[0]

    for type_ in Type:
        for channel in Channel:
            act.event.type, act.event.channel = type_, channel
            act = type(act)(act.event, {**(act.evidence or {}), "cancelled": 0})
            said = for_the_person(act)
            assert said.endswith(".")
            assert not {str(type_), str(channel)} & set(said.split())


# ── what the code writes ──


def house() -> list[texts.TextSet]:
    return [texts.current(language) for language in texts.CURRENT]


def buttons_of(one: texts.TextSet) -> Iterator[texts.Button]:
    yield from one.chat.buttons
    for message in one.messages.values():
        yield from message.buttons


def trees() -> Iterator[tuple[str, ast.Module]]:
    for path in tracked.modules():
        if path.startswith(("consent/", "messaging/", "patients/", "practices/", "anamnesis/")):
            yield path.removesuffix(".py").replace("/", "."), ast.parse(tracked.source(path))


@cache
def acts_in_code() -> list[tuple[str, ast.Dict]]:
    """Dictionaries that become an act, each with its module: given as `act`, named so, second in Said(…), or made by a
    function for it."""
    return [
        (module, one)
        for module, tree in trees()
        for node in ast.walk(tree)
        for part in _acts_of(node)
        for one in ast.walk(part)
        if isinstance(one, ast.Dict)
    ]


def _acts_of(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.keyword) and node.arg == "act":
        yield node.value
    elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if any(isinstance(target, ast.Name) and target.id in {"act", "done"} for target in targets):
            yield node.value
    elif isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        yield from (value for key, value in pairs if isinstance(key, ast.Constant) and key.value == "act")
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Said":
        yield from node.args[1:2]
    elif isinstance(node, ast.FunctionDef) and node.name in {"_act", "_statement"} and _answers_a_dict(node):
        yield node


def _answers_a_dict(node: ast.FunctionDef) -> bool:
    return node.returns is not None and "dict" in ast.unparse(node.returns)


def keys_of(act: ast.Dict) -> set[str]:
    return {key.value for key in act.keys if isinstance(key, ast.Constant) and isinstance(key.value, str)}


def written(name: str) -> Iterator[str]:
    """The fixed values that any act has under a name."""
    for module, act in acts_in_code():
        pairs = zip(act.keys, act.values, strict=True)
        values = [value for key, value in pairs if isinstance(key, ast.Constant) and key.value == name]
        yield from (said for value in values if (said := _constant(module, value)))


def passed_on(function: str, name: str) -> Iterator[str]:
    for module, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and any(one.arg == name for one in node.keywords):
                given = [one.value for one in node.keywords if one.arg == name]
                called = ast.unparse(node.func).endswith(function)
                yield from (said for value in given if called and (said := _constant(module, value)))


def _constant(module: str, value: ast.expr) -> str | None:
    """A literal, or a name of the module that stands for one; None for what is known only when it runs."""
    if isinstance(value, ast.Constant):
        return str(value.value)
    named = getattr(import_module(module), value.id, None) if isinstance(value, ast.Name) else None
    return str(named) if isinstance(named, str) else None

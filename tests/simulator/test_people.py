"""People with phones, BSUIDs, usernames; and what happens when these change (360dialog section 7)."""

from typing import Any

import pytest

from tests.simulator.conftest import DOM, ERIKA, JANA, SOMMER, Json, NewStandIn, StandIn, configuration


def people(standin: StandIn) -> list[Json]:
    """Everybody."""
    listed: list[Json] = standin.control("GET", "/people").json()
    return listed


def contact_of(standin: StandIn) -> Json:
    """The contact of the one webhook since the last look."""
    (value,) = standin.values()
    (contact,) = value["contacts"]
    read: Json = contact
    return read


def test_two_portfolios_see_one_person_under_different_bsuids(standin: StandIn) -> None:
    standin.write(to=SOMMER)
    at_sommer = contact_of(standin)
    standin.write(to=DOM)
    at_dom = contact_of(standin)

    assert at_sommer["wa_id"] == at_dom["wa_id"] == "491713920001"
    assert at_sommer["user_id"] != at_dom["user_id"]
    assert people(standin)[0]["bsuids"] == {SOMMER: at_sommer["user_id"], DOM: at_dom["user_id"]}


def test_two_numbers_of_one_portfolio_see_the_same_bsuid(new_standin: NewStandIn) -> None:
    config = configuration()
    for number in config["numbers"]:
        number["portfolio"] = "group"
    standin = new_standin(config)

    bsuids = people(standin)[0]["bsuids"]

    assert bsuids[SOMMER] == bsuids[DOM]


def test_a_bsuid_stays_the_same_after_a_reset(standin: StandIn) -> None:
    before = people(standin)[0]["bsuids"]

    standin.control("POST", "/reset")

    assert people(standin)[0]["bsuids"] == before


def test_somebody_without_a_phone_shows_neither_wa_id_nor_from(standin: StandIn) -> None:
    standin.write(ERIKA)

    (value,) = standin.values()

    assert value["contacts"] == [{"profile": {"name": "Erika", "username": "@erika.m"}, "user_id": ERIKA}]
    assert (value["messages"][0]["from_user_id"], "from" in value["messages"][0]) == (ERIKA, False)


def test_a_phone_and_a_bsuid_come_together_in_the_2026_shape(standin: StandIn) -> None:
    standin.write()

    (value,) = standin.values()

    user_id = people(standin)[0]["bsuids"][SOMMER]
    assert value["contacts"] == [{"profile": {"name": "Jana Vogt"}, "wa_id": "491713920001", "user_id": user_id}]
    assert (value["messages"][0]["from"], value["messages"][0]["from_user_id"]) == ("491713920001", user_id)


def test_a_hidden_phone_shows_once_the_practice_has_written_to_it(standin: StandIn) -> None:
    standin.control("POST", "/people", {"phone": JANA, "name": "Jana", "username": "jana.v", "hides_phone": True})

    standin.write()
    before = contact_of(standin)
    standin.send_text()
    standin.bag.take()
    standin.write()
    after = contact_of(standin)

    assert ("wa_id" in before, before["profile"]["username"]) == (False, "@jana.v")
    assert after["wa_id"] == "491713920001"


def test_a_linked_portfolio_adds_the_parent_id(standin: StandIn) -> None:
    parent = "DE.ENT.5555666677778888"
    standin.control("POST", "/people", {"phone": "+491713920055", "name": "Kim", "parent_bsuid": parent})
    standin.write("+491713920055")

    (value,) = standin.values()

    assert value["contacts"][0]["parent_user_id"] == value["messages"][0]["from_parent_user_id"] == parent


def test_a_bsuid_can_be_given_per_portfolio(standin: StandIn) -> None:
    bsuids = {"200000000000101": "DE.1111", "200000000000102": "DE.2222"}

    added = standin.control("POST", "/people", {"phone": "+491713920055", "name": "Kim", "bsuid": bsuids}).json()

    assert added["bsuids"] == {SOMMER: "DE.1111", DOM: "DE.2222"}


def test_a_message_to_a_derived_bsuid_reaches_its_person(standin: StandIn) -> None:
    standin.open_window()
    user_id = people(standin)[0]["bsuids"][SOMMER]

    answer = standin.send_text(to=user_id)

    assert answer.json()["contacts"] == [{"input": user_id, "user_id": user_id}]
    assert standin.control("GET", "/messages").json()[-1]["person"] == "491713920001"


def test_the_bsuid_of_another_portfolio_is_a_stranger(standin: StandIn) -> None:
    user_id = people(standin)[0]["bsuids"][DOM]

    standin.send_text(to=user_id)

    assert standin.control("GET", "/messages").json()[-1]["person"] == user_id
    assert len(people(standin)) == 4


@pytest.mark.parametrize("identifier", [JANA, "491713920001", "+49 171 39200-01"])
def test_a_phone_is_known_however_it_is_written(standin: StandIn, identifier: str) -> None:
    standin.write(identifier)

    assert standin.received()["from"] == "491713920001"
    assert len(people(standin)) == 3


def test_a_username_names_a_person_too(standin: StandIn) -> None:
    standin.write("@erika.m")

    assert standin.received()["from_user_id"] == ERIKA


def test_adding_somebody_again_changes_them(standin: StandIn) -> None:
    answer = standin.control(
        "POST", "/people", {"phone": "0049 171 3920001".replace("0049", "+49"), "name": "Jana Neu"}
    )

    assert (answer.status_code, answer.json()["name"], len(people(standin))) == (201, "Jana Neu", 3)


@pytest.mark.parametrize(
    "wish", [{}, {"name": "Niemand"}, {"phone": "12"}, {"bsuid": "4711"}, {"bsuid": "de.1"}, {"phone": 4917139}, []]
)
def test_who_cannot_be_addressed_is_refused(standin: StandIn, wish: Any) -> None:
    assert standin.control("POST", "/people", wish).status_code == 400


def test_a_new_number_is_told_to_every_practice_of_the_person_without_contacts(standin: StandIn) -> None:
    standin.open_window(to=SOMMER)
    standin.open_window(to=DOM)
    before = people(standin)[0]["bsuids"]

    answer = standin.control("POST", "/changes", {"from": JANA, "kind": "number", "phone": "+491713920009"})

    after = people(standin)[0]["bsuids"]
    first, second = standin.values()
    assert answer.json()["webhook_statuses"] == [200, 200]
    assert [value["metadata"]["phone_number_id"] for value in (first, second)] == ["100000000000101", "100000000000102"]
    assert "contacts" not in first
    assert (first["messages"][0]["from"], first["messages"][0]["type"]) == ("491713920001", "system")
    assert first["messages"][0]["system"] == {
        "type": "user_changed_number",
        "body": "User Jana Vogt changed from 491713920001 to 491713920009",
        "wa_id": "491713920009",
        "user_id": after[SOMMER],
        "previous_user_id": before[SOMMER],
    }
    assert after[SOMMER] != before[SOMMER]


def test_after_a_new_number_the_person_writes_from_it_and_keeps_the_phone(standin: StandIn) -> None:
    standin.open_window()
    standin.control("POST", "/changes", {"from": JANA, "kind": "number", "phone": "+491713920009"})
    standin.bag.take()

    standin.write("+491713920009")

    assert standin.received()["from"] == "491713920009"
    assert [one["person"] for one in standin.control("GET", "/messages").json()] == ["491713920001"] * 3


def test_a_new_user_id_is_told_with_the_old_one(standin: StandIn) -> None:
    standin.open_window(ERIKA)

    standin.control("POST", "/changes", {"from": ERIKA, "kind": "user_id"})

    system = standin.received()["system"]
    assert (system["type"], system["previous_user_id"]) == ("user_changed_user_id", ERIKA)
    assert people(standin)[2]["bsuids"][SOMMER] == system["user_id"]


def test_a_new_security_code_changes_the_identity_hash(standin: StandIn) -> None:
    standin.open_window()
    before = people(standin)[0]["identity_hash"]

    standin.control("POST", "/changes", {"from": JANA, "kind": "identity"})

    message = standin.received()
    after = people(standin)[0]["identity_hash"]
    assert message["system"]["type"] == "customer_identity_changed"
    assert (message["identity"]["hash"], message["identity"]["acknowledged"]) == (after, False)
    assert after != before
    assert standin.send_text(recipient_identity_key_hash=before).status_code == 400


@pytest.mark.parametrize(
    ("wish", "status"),
    [
        ({"from": JANA, "kind": "haircut"}, 400),
        ({"from": JANA, "kind": "number"}, 400),
        ({"from": JANA, "kind": "number", "phone": "12"}, 400),
        ({"from": "+491713920088", "kind": "identity"}, 404),
        ({"from": JANA, "kind": "identity", "to": "+491713920088"}, 404),
    ],
)
def test_a_change_that_makes_no_sense_is_refused(standin: StandIn, wish: Json, status: int) -> None:
    assert standin.control("POST", "/changes", wish).status_code == status

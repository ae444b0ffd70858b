"""`/wa/<digits>?text=…`, the address behind the practice's QR code."""

import re

from tests.simulator.conftest import ERIKA, MEHMET, SOMMER, StandIn

LINK = "/wa/493023125101"
TEXT = "Hallo, mein Code ist K7QM-2XTR & ich bin's"


def offered(standin: StandIn) -> list[str]:
    """Whose phones are offered, in order."""
    return re.findall(r'action="/phones/([^/]+)/493023125101/"', standin.http.get(LINK).text)


def test_the_link_asks_whose_phone_this_is(standin: StandIn) -> None:
    page = standin.http.get(LINK, params={"text": TEXT}).text

    assert re.findall(r"<h1>([^<]+)", page) == ["Chat mit Praxis Sommer"]
    assert offered(standin) == ["491713920001", "491713920002", ERIKA]
    assert page.count("K7QM-2XTR &amp; ich bin&#39;s") == 5  # shown once, carried by three phones and the new one


def test_the_phone_used_last_comes_first(standin: StandIn) -> None:
    standin.http.post("/phones/491713920002/493023125101/messages", data={"text": "Hallo"})

    assert offered(standin) == ["491713920002", "491713920001", ERIKA]


def test_the_text_stands_in_the_composer_and_is_not_sent(standin: StandIn) -> None:
    page = standin.http.get("/phones/491713920001/493023125101/", params={"text": TEXT}).text

    composer = re.findall(r"<textarea[^>]*>([^<]*)</textarea>", page)
    assert composer == ["Hallo, mein Code ist K7QM-2XTR &amp; ich bin&#39;s"]
    assert standin.webhooks() == []


def test_pressing_send_sends_it(standin: StandIn) -> None:
    standin.http.post("/phones/491713920001/493023125101/messages", data={"text": TEXT})

    assert standin.received()["text"] == {"body": TEXT}


def test_a_new_phone_goes_on_to_the_chat_with_the_text(standin: StandIn) -> None:
    form = {"name": "Kim", "phone": "+491713920055", "number": "493023125101", "text": "Code K7QM"}

    answer = standin.http.post("/phones/people", data=form)

    assert answer.headers["location"] == "/phones/491713920055/493023125101/?text=Code+K7QM"


def test_the_link_works_without_a_text_and_with_a_plus(standin: StandIn) -> None:
    assert standin.http.get(f"/wa/{SOMMER}").status_code == 200
    assert 'name="text"' not in standin.http.get(LINK).text


def test_a_number_nobody_has_says_so(standin: StandIn) -> None:
    answer = standin.http.get("/wa/493023125999")

    assert (answer.status_code, "Diese Nummer gibt es hier nicht" in answer.text) == (404, True)


def test_a_form_of_the_practices_site_may_lead_here(standin: StandIn) -> None:
    answer = standin.http.get(LINK, headers={"Sec-Fetch-Site": "cross-site"})

    assert (answer.status_code, MEHMET in answer.text) == (200, True)

"""What can be set up about the inbox is found from it, from one's settings and from the palette, by those who may."""

import re

import pytest
from django.test import Client

from messaging.models import Channel
from practices.models import Practice, Role
from tests.people import login, make_member

PRACTICE = "/p/morgenthal/"
VIEWS, REPLIES = "inbox/views/", "inbox/saved-replies/"
LABELS, WORDS = "inbox/labels/", "inbox/urgent-words/"
BLOCKED, NEW, HANDOVER, ACCESS = "patients/blocked/", "patients/new/", "inbox/handover/", "access/"
OF = {
    Role.TRAINEE: {VIEWS},
    Role.RECEPTION: {VIEWS, REPLIES},
    Role.DENTIST: {VIEWS, REPLIES},
    Role.PRACTICE_MANAGER: {VIEWS, REPLIES, LABELS, WORDS},
    Role.OWNER: {VIEWS, REPLIES, LABELS, WORDS},
}
# What the palette knows besides.
FURTHER = {
    Role.TRAINEE: {BLOCKED},
    Role.RECEPTION: {BLOCKED, NEW, HANDOVER},
    Role.DENTIST: {BLOCKED, NEW, HANDOVER},
    Role.PRACTICE_MANAGER: {BLOCKED, NEW, HANDOVER, ACCESS},
    Role.OWNER: {BLOCKED, NEW, HANDOVER, ACCESS},
}


@pytest.fixture(params=OF)
def somebody(request: pytest.FixtureRequest, practice: Practice, channel: Channel) -> tuple[Client, Role]:
    browser = Client()
    login(browser, make_member(practice, request.param))
    return browser, request.param


SET_UP = OF[Role.OWNER]


def links(page: str, part: str, of: set[str] = SET_UP) -> set[str]:
    """Where the links between these two marks lead, as far as it is about these places."""
    [found] = re.findall(part, page, re.DOTALL)
    return set(re.findall(rf'href="{PRACTICE}([^"?]*)"', found)) & of


def test_every_place_is_linked_for_whoever_may_and_for_nobody_else(somebody: tuple[Client, Role]) -> None:
    browser, role = somebody
    inbox, me = browser.get(f"{PRACTICE}inbox/").content.decode(), browser.get(f"{PRACTICE}me/").content.decode()

    assert links(inbox, r'class="queue__further".*?</p>') == OF[role]
    assert links(me, r'aria-labelledby="inbox-places".*?</section>') == OF[role]
    assert links(inbox, r'id="palette-places".*?</ul>') == links(me, r'id="palette-places".*?</ul>') == OF[role]


def test_the_palette_leads_to_what_stands_behind_other_pages(somebody: tuple[Client, Role]) -> None:
    browser, role = somebody
    every = FURTHER[Role.OWNER]
    page = browser.get(f"{PRACTICE}me/").content.decode()

    answers = {place: browser.get(PRACTICE + place).status_code for place in every}

    assert links(page, r'id="palette-places".*?</ul>', every) == FURTHER[role]
    assert answers == {place: 200 if place in FURTHER[role] else 403 for place in every}


def test_every_page_that_is_linked_for_a_role_stands_in_the_palette_by_both_its_names(
    somebody: tuple[Client, Role],
) -> None:
    browser, role = somebody
    pages = [browser.get(PRACTICE + place).content.decode() for place in ("consent/", "inbox/tasks/", "inbox/")]
    linked = {link for page in pages for nav in NAVIGATIONS for link in links_in(page, nav)}
    palette = dict(re.findall(rf'href="{PRACTICE}([^"]*)" data-found-by="([^"]*)"', pages[0]))

    assert linked <= set(palette)
    assert {place for place in palette if browser.get(PRACTICE + place).status_code != 200} == set()
    assert {place: palette[place].split("|")[:2] for place in BOTH} == BOTH
    assert ("access/" in palette) == (role in (Role.OWNER, Role.PRACTICE_MANAGER))


NAVIGATIONS = (r'class="sections".*?</nav>', r'class="rail".*?</nav>')
BOTH = {
    "me/": ["Meine Einstellungen", "My settings"],
    "inbox/?tab=done": ["Eingang: Erledigt", "Inbox: Done"],
    "consent/codes/": ["QR-Codes", "QR codes"],
}


def links_in(page: str, part: str) -> set[str]:
    return {
        link for found in re.findall(part, page, re.DOTALL) for link in re.findall(rf'href="{PRACTICE}([^"]*)"', found)
    }


def test_every_link_leads_somewhere_and_what_is_not_linked_is_refused(somebody: tuple[Client, Role]) -> None:
    browser, role = somebody

    answers = {place: browser.get(PRACTICE + place).status_code for place in (VIEWS, REPLIES, LABELS, WORDS)}

    assert answers == {place: 200 if place in OF[role] else 403 for place in answers}

"""Requests that wait until a test lets them go on."""

from playwright.sync_api import Page, Route

TICK = 50  # ms


def hold(page: Page, address: str) -> list[Route]:
    """Requests to an address from now on, each kept until somebody lets it go on."""
    held: list[Route] = []

    def keep(route: Route) -> None:
        held.append(route)

    page.route(address, keep)
    return held


def first(page: Page, held: list[Route]) -> Route:
    """The first of them, once it was asked for."""
    return first_of(page, held, 1)[0]


def first_of(page: Page, held: list[Route], number: int) -> list[Route]:
    """So many of them, once they were asked for; the test's own time limit ends the waiting."""
    while len(held) < number:
        page.wait_for_timeout(TICK)
    return held[:number]


def newest(page: Page, held: list[Route]) -> Route:
    """The last of them, after its request was seen: it is kept a moment later."""
    page.wait_for_timeout(TICK)
    return held[-1]

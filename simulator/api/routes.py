"""The paths of 360dialog's messaging API."""

from starlette.routing import Route

from simulator.api.access import with_key
from simulator.api.messages import post_message

routes = [
    Route("/messages", with_key(post_message), methods=["POST"]),
]

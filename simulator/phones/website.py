"""`/website/`: the practice's website in the browser."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from simulator.api.access import world_of
from simulator.phones.pages import templates

NOTHING_YET = "Diese Website hat noch keine Schaltfläche. Roger bringt sie mit den Demodaten mit."


async def page(request: Request) -> Response:
    """As strict as a careful practice's: its own files, and Roger's one script."""
    website = world_of(request).website
    allowed = f"'self' {website.roger}" if website else "'self'"
    policy = (
        f"default-src 'none'; style-src 'self'; img-src 'self'; script-src {allowed}; "
        "form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
    )
    headers = {"Content-Security-Policy": policy, "Cache-Control": "no-store"}
    values = {"website": website, "nothing_yet": NOTHING_YET}
    return templates.TemplateResponse(request, "website.html", values, headers=headers)


routes = [Route("/", page, methods=["GET"])]

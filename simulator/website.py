"""A dental practice's website, so that there is a foreign page for the snippets Roger hands out."""

from dataclasses import asdict, dataclass
from urllib.parse import urlsplit

from simulator.numbers import Json


@dataclass(frozen=True)
class Website:
    """`link` and `script` are HTML, copied into the page as a practice would; `roger` is the script's origin."""

    name: str
    roger: str
    link: str
    script: str


def website_from(wish: Json) -> Website:
    """As PUT /control/website and the configuration describe it. ValueError, KeyError for what is none."""
    parts = urlsplit(str(wish["roger"]))
    if parts.scheme not in {"http", "https"} or not parts.netloc or parts.path or ";" in parts.netloc:
        raise ValueError("roger is an origin, such as http://127.0.0.1:8000")
    return Website(**{name: str(wish[name]) for name in ("name", "roger", "link", "script")})


def as_json(website: Website | None) -> Json:
    """Empty while there is none."""
    return asdict(website) if website else {}

"""Fragments that the stream renews (static/js/stream.js): what every one of them has to say."""

import re
from pathlib import Path

import pytest

TEMPLATES = sorted(Path("templates").rglob("*.html"))
LIVE = re.compile(r"<\w+\b[^>]*?hx-trigger=\"[^\"]*roger:[^>]*>", re.DOTALL)
FRAGMENTS = [(str(path), tag) for path in TEMPLATES for tag in LIVE.findall(path.read_text())]


def test_they_are_found() -> None:
    assert len(FRAGMENTS) >= 5


@pytest.mark.parametrize(("path", "tag"), FRAGMENTS, ids=lambda value: value.rpartition("/")[2][:40])
def test_what_is_morphed_tells_htmx_not_to_queue(path: str, tag: str) -> None:
    """htmx forgets its queue when it looks at a morphed element anew; stream.js tells it again instead."""
    assert 'hx-swap="morph"' not in tag or "queue:none" in tag, path

"""Static files under hashed names, and what a page links together as one file.

A template says what belongs together, file by file; so it is served where files have plain names (tests):

    {% together "css/desk-all.css" %} … {% static 'css/tokens.css' %} … {% endtogether %}

Once the files are collected the page links the one file that was made of them, without comments: one request instead
of sixty, and half the weight, since what is alike is compressed together. Each script keeps a scope of its own, and one
that fails does not stop the others.
"""

import re
from collections.abc import Iterator
from typing import Any

from django import template
from django.conf import settings
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage, staticfiles_storage
from django.core.files.base import ContentFile
from django.template.base import Node, NodeList, Parser, Token
from django.utils.html import format_html
from django.utils.safestring import SafeString
from rjsmin import jsmin  # type: ignore[import-untyped]

TOGETHER = re.compile(r'{% together "([^"]+)" %}(.*?){% endtogether %}', re.DOTALL)
PART = re.compile(r"{% static '([^']+)' %}")
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
INDENTATION = re.compile(r"\n\s+")
# An error stays where it is, as in files of their own.
OWN_SCOPE = "try {{\n{}\n}} catch (error) {{ reportError(error) }}"

register = template.Library()


class TogetherStorage(ManifestStaticFilesStorage):
    """Makes what belongs together before the names are hashed."""

    links_together = True

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        if not dry_run:
            for name, parts in all_together().items():
                sources = [_read(*paths[part]) for part in parts]
                self.delete(name)
                self.save(name, ContentFile(joined(name, sources)))
                paths[name] = (self, name)
        yield from super().post_process(paths, dry_run, **options)


def all_together() -> dict[str, list[str]]:
    """The parts of each file, in the order of the template that links it."""
    templates = sorted((settings.BASE_DIR / "templates").rglob("*.html"))
    found = (TOGETHER.findall(each.read_text()) for each in templates)
    return {name: PART.findall(links) for each in found for name, links in each}


def joined(name: str, sources: list[str]) -> bytes:
    """One file of several, in their order, without comments and indentation."""
    if name.endswith(".js"):
        parts = [OWN_SCOPE.format(jsmin(source)) for source in sources]
    else:
        parts = [INDENTATION.sub("\n", COMMENT.sub("", source).strip()) for source in sources]
    return "\n".join(parts).encode()


def _read(storage: Any, path: str) -> str:
    with storage.open(path) as file:
        return str(file.read().decode())


@register.tag
def together(parser: Parser, token: Token) -> "Together":
    _tag, name = token.split_contents()
    links = parser.parse(("endtogether",))
    parser.delete_first_token()
    return Together(name.strip('"'), links)


class Together(Node):
    """One link, or those it stands for."""

    def __init__(self, name: str, links: NodeList) -> None:
        self.name, self.links = name, links

    def render(self, context: template.Context) -> SafeString:
        if not getattr(staticfiles_storage, "links_together", False):
            return self.links.render(context)
        address = staticfiles_storage.url(self.name)
        if self.name.endswith(".css"):
            return format_html('<link rel="stylesheet" href="{}">', address)
        nonce = context["request"].csp_nonce
        return format_html('<script type="module" src="{}" nonce="{}"></script>', address, nonce)

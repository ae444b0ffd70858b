"""What every template and style keeps, read from the files: CSP, icons, static names, the weight of patient pages."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from messaging.inbox.marks import KINDS, TICKS
from messaging.inbox.wording import NAMES

STATIC = Path(settings.BASE_DIR) / "static"
TEMPLATES = sorted((Path(settings.BASE_DIR) / "templates").rglob("*.html"))
STYLES = sorted((STATIC / "css").glob("*.css"))
SCRIPTS = sorted((STATIC / "js").glob("*.js"))
PATIENT_BASE = Path(settings.BASE_DIR) / "templates" / "base_patient.html"
KIOSK = PATIENT_BASE.with_name("consent") / "kiosk.html"
PATIENT_LIMIT = 100 * 1024  # bytes of everything a patient's page loads besides its own HTML


def name(path: Path) -> str:
    return path.name


def linked(template: Path) -> list[str]:
    return re.findall(r"{% static '([^']+)' %}", template.read_text())


@pytest.mark.parametrize("template", TEMPLATES, ids=name)
def test_no_template_holds_what_the_content_security_policy_refuses(template: Path) -> None:
    html = re.sub(r"{% comment %}.*?{% endcomment %}", "", template.read_text(), flags=re.DOTALL)

    assert re.findall(r"<style|\sstyle=|\son[a-z]+=|hx-on|hx-vals=.js:|javascript:", html) == []
    assert [tag for tag in re.findall(r"<script[^>]*>", html) if "nonce=" not in tag or "src=" not in tag] == []


@pytest.mark.parametrize("template", TEMPLATES, ids=name)
def test_every_static_file_a_template_names_exists(template: Path) -> None:
    assert [file for file in linked(template) if not (STATIC / file).is_file()] == []


@pytest.mark.parametrize("template", TEMPLATES, ids=name)
def test_every_template_that_is_included_or_extended_exists(template: Path) -> None:
    folder = Path(settings.BASE_DIR) / "templates"
    named = re.findall(r'{% (?:include|extends) "([^"]+)"', template.read_text())

    assert [other for other in named if not (folder / other).is_file()] == []


def test_every_icon_a_template_names_is_in_the_sprite() -> None:
    sprite = set(re.findall(r'<symbol id="([^"]+)"', (STATIC / "icons" / "icons.svg").read_text()))
    html = "".join(template.read_text() for template in TEMPLATES)
    named = set(re.findall(r'(?:icon\.html" with name=|{% icon | icon=)"([^"]+)"', html))
    computed = {icon for icon, *_ in KINDS.values()} | {icon for _style, icon, *_ in TICKS.values()}
    computed |= {icon for _name, icon in NAMES.values() if icon}

    assert sorted((named | computed) - sprite) == []


def test_every_style_is_loaded_by_the_page_it_is_for() -> None:
    staff = {file for file in linked(PATIENT_BASE.with_name("base.html")) if file.endswith(".css")}
    patients = {file for file in linked(PATIENT_BASE) if file.endswith(".css")}

    tablet = {file for file in linked(KIOSK) if file.endswith(".css")}
    builders = {file for file in linked(PATIENT_BASE.with_name("design.html")) if file.endswith(".css")}

    assert staff | patients | tablet | builders == {f"css/{style.name}" for style in STYLES}


def test_every_script_is_loaded_by_some_page() -> None:
    pages = "".join(template.read_text() for template in TEMPLATES)

    assert [script.name for script in SCRIPTS if f"js/{script.name}" not in pages] == []


def test_what_a_class_looks_like_stands_in_one_file() -> None:
    places: dict[str, list[str]] = {}
    for style in STYLES:
        for block in set(re.findall(r"^  \.([\w-]+)(?: \{|,)$", style.read_text(), re.MULTILINE)):
            places.setdefault(block, []).append(style.name)

    assert {block: files for block, files in places.items() if len(files) > 1} == {}


def test_a_patient_page_is_light_and_downloads_no_letters() -> None:
    files = [STATIC / file for file in linked(PATIENT_BASE)] + [STATIC / "icons" / "icons.svg"]

    assert sum(file.stat().st_size for file in files) < PATIENT_LIMIT
    assert [file.name for file in files if "@font-face" in file.read_text()] == []


@pytest.mark.parametrize(
    "style", [style for style in STYLES if style.name not in {"tokens.css", "fonts.css"}], ids=name
)
def test_colours_stand_in_the_tokens_alone(style: Path) -> None:
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b|rgb\(|hsl\(|oklch\(", style.read_text()) == []


def test_every_token_that_is_used_is_written_down() -> None:
    styles = "".join(style.read_text() for style in STYLES)

    assert sorted(set(re.findall(r"var\((--[\w-]+)", styles)) - set(re.findall(r"(--[\w-]+):", styles))) == []


@pytest.mark.parametrize("script", SCRIPTS, ids=name)
def test_no_script_builds_code_or_markup_out_of_text(script: Path) -> None:
    source = script.read_text()

    assert re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", source) == []


def test_htmx_is_told_to_evaluate_nothing_and_to_keep_nothing() -> None:
    base = PATIENT_BASE.with_name("base.html").read_text()

    assert base.count('"allowEval":false') == 1
    assert base.count('"allowScriptTags":false') == 1
    assert base.count('"includeIndicatorStyles":false') == 1
    assert base.count('"historyCacheSize":0') == 1

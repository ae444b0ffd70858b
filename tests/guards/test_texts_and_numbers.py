"""What no tracked file may hold: a number that could be somebody's, a claim that is not true, a trace of a machine."""

import ast
import re

import pytest

from tests.guards import tracked

# Numbers that belong to nobody: the Bundesnetzagentur keeps them free for films and books.
# Whole blocks, as (beginning, digits that follow):
BLOCKS = [
    ("4917139200", 2),
    ("49176040690", 2),
    ("493023125", 3),
    ("492214710", 3),
    ("494066969", 3),
    ("496990009", 3),
    ("498999998", 3),
]
# The single numbers on the same list, which the demo's people have.
SINGLE = {
    *("4915228817386", "4915228895456", "4915254599371"),
    *("491729925904", "491729968532", "491729973185", "491729973186", "491729980752"),
    *("491749091317", "491749464308"),
}
LOOKS_LIKE_A_NUMBER = re.compile(
    r"""
    (?<![\w.]) (?: \+ | 00 ) [1-9] (?: [ /()-]? \d ){7,14} (?!\w)         # +49 30 …, 0049 30 …
  | (?<![\w.:-]) 49 (?: 1[567] | [2-9] ) \d{7,10} (?!\w)                  # 4930…, as WhatsApp writes it
  | (?<![\w.,:+-]) 0 [1-9] \d{1,4} [ /-]? (?: \d [ /-]? ){5,9} (?! [\w-] )  # 030 …
    """,
    re.VERBOSE,
)

# In pieces, so that this file does not claim it either.
CLAIMS = {
    "conformity": r"100\s*%\s*(DSGVO|GDPR)[\s-]*(konform|compliant)",
    "encrypted up to the practice": r"Ende[\s-]*zu[\s-]*Ende[\s-]*bis\s+zur\s+Praxis",
    "nobody reads along": r"niemand\s+kann\s+mit" + "lesen",
    "the key stays": r"Schlüssel\s+bleibt\s+in\s+" + "Deutschland",
}
TRACES = {
    "a package registry": r"pypi\.org|pythonhosted|registry\.npmjs|artifactory|--(?:extra-)?index-url[ =]http|/simple/",
    "somebody's folder": r"(?<![\w.])/(?:home|Users)/\w|(?<![\w./])/root/|(?<![\w./])/wo" + r"rk/|\.py" + r"env/",
}


def foreign_numbers(text: str) -> list[str]:
    """What looks like a phone number and is none of those that belong to nobody."""
    written = [found[0] for found in LOOKS_LIKE_A_NUMBER.finditer(text)]
    return [number for number in written if not any(is_nobodys(digits) for digits in readings(number))]


def readings(written: str) -> list[str]:
    """The digits with their country's, also of numbers that are misspelt on purpose (+490171 …, 0030 …)."""
    digits = re.sub(r"\D", "", written)
    local = digits.lstrip("0")
    return [digits, local, f"49{local}", f"49{local.removeprefix('490').removeprefix('49')}"]


def is_nobodys(digits: str) -> bool:
    """In a block or its beginning, as a test writes that counts the rest."""
    in_block = any(
        start.startswith(digits) or (digits.startswith(start) and len(digits) <= len(start) + following)
        for start, following in BLOCKS
    )
    return in_block or digits in SINGLE


def test_no_file_holds_a_number_that_could_be_somebodys() -> None:
    # In CSS such digits are ranges of characters.
    found = [
        f"{path}: {number}"
        for path, text in tracked.texts()
        if not path.endswith(".css") and path != "tests/guards/test_texts_and_numbers.py"
        for number in foreign_numbers(text)
    ]

    assert found == []


@pytest.mark.parametrize(
    "text",
    [
        "+49 30 901820",
        "+4930901820",
        "0049 30 901820",
        '"wa_id": "4915112345678"',
        "Tel. 030/901820-12",
        "0151 12345678",
        "01511 2345678",
        "+1 212 555 0123",
        "+49(0)151/1234 5678",
        "+490151 12345678",
        "tel:+43 1 5011234",
    ],
)
def test_a_number_that_could_be_somebodys_is_seen(text: str) -> None:
    assert len(foreign_numbers(text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "+4917139200" + "01",
        "0171 39200" + "99",
        "0176 040690" + "12",
        "030 23125 " + "100",
        "+49 221 4710 " + "123",
        "+49(0)171/39 200-10",
        "+490171 3920010",
        'f"+4917139200{number:02}"',
        "+4915228817386",
        "2026-05-04T12:00:00+02:00",
        "1714828800",
        "phone_number_id 100000000000001",
        "0.123456789",
        "0x0123456789",
        "sha256:0123456789",
    ],
)
def test_what_is_nobodys_or_no_number_is_let_be(text: str) -> None:
    assert foreign_numbers(text) == []


@pytest.mark.parametrize("claim", CLAIMS)
def test_no_file_claims_what_is_not_true(claim: str) -> None:
    found = [path for path, text in tracked.texts() if re.search(CLAIMS[claim], text, re.IGNORECASE)]

    assert found == []


@pytest.mark.parametrize(
    ("claim", "text"),
    [
        ("conformity", "Roger ist 100% " + "DSGVO konform."),
        ("encrypted up to the practice", "Ende-zu-Ende " + "bis zur\nPraxis"),
        ("nobody reads along", "Niemand kann " + "mitlesen!"),
        ("the key stays", "Der Schlüssel bleibt " + "in Deutschland"),
    ],
)
def test_a_claim_is_seen_however_it_is_written(claim: str, text: str) -> None:
    assert re.search(CLAIMS[claim], text, re.IGNORECASE)


@pytest.mark.parametrize("trace", TRACES)
def test_no_file_shows_where_it_was_written(trace: str) -> None:
    found = [
        path
        for path, text in tracked.texts()
        if path != "tests/guards/test_texts_and_numbers.py" and re.search(TRACES[trace], text)
    ]

    assert found == []


def test_nobody_imports_the_settings_past_django() -> None:
    found = [path for path in tracked.modules(of_rooms=False) if imports_settings(tracked.source(path))]

    assert found == []


def imports_settings(source: str) -> bool:
    if "roger" not in source or "settings" not in source:
        return False  # without reading it: most files name neither
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import) and any(name.name == "roger.settings" for name in node.names):
            return True
        if isinstance(node, ast.ImportFrom) and (
            node.module == "roger.settings"
            or (node.module == "roger" and any(name.name == "settings" for name in node.names))
        ):
            return True
    return False


@pytest.mark.parametrize(
    "source", ["import roger.settings", "from roger.settings import DEBUG", "from roger import settings"]
)
def test_an_import_of_the_settings_is_seen(source: str) -> None:
    assert imports_settings(source)


def test_members_are_asked_for_by_practice_or_user() -> None:
    """Member has no scope of its own: it is found before a practice is known."""
    found = [
        f"{path}:{line}" for path in tracked.modules() for line in members_asked_for_at_large(tracked.source(path))
    ]

    assert found == []


def members_asked_for_at_large(source: str) -> list[int]:
    """Lines with a query of Member.objects that names neither practice nor user."""
    if "Member" not in source or "objects" not in source:
        return []
    statements = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.stmt)]
    plain = [node for node in statements if not isinstance(node, ast.FunctionDef | ast.ClassDef | ast.With | ast.If)]
    return [
        node.lineno
        for node in plain
        if "Member.objects" in ast.unparse(node) and not re.search(r"(practice|user)(_id)?=", ast.unparse(node))
    ]


@pytest.mark.parametrize("query", ["Member.objects.get(pk=1)", "x = list(Member.objects.filter(role='owner'))"])
def test_a_query_of_members_at_large_is_seen(query: str) -> None:
    assert members_asked_for_at_large(f"def find():\n    return {query.removeprefix('x = ')}\n") == [2]


def test_no_room_goes_around_the_scope() -> None:
    """`_base_manager`, `.raw()` and `.extra()` belong to the layer that builds the scope (practices/), if anywhere."""
    around = re.compile(r"\._base_manager|\._default_manager|\.raw\(|\.extra\(")

    found = [
        path for path in tracked.modules() if not path.startswith("practices/") and around.search(tracked.source(path))
    ]

    assert found == []

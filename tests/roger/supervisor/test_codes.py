import base64
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from roger.supervisor.codes import code, codes

SECRET_OF_RFC_6238 = base64.b32encode(b"12345678901234567890").decode()


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_codes_are_those_of_rfc_6238_appendix_b(at: int, expected: str) -> None:
    assert code(SECRET_OF_RFC_6238, at) == expected


def test_a_secret_may_come_without_its_padding() -> None:
    assert code("MFRGG", 59) == code("MFRGG===", 59)


def test_each_login_of_the_demo_gets_a_line(tmp_path: Path) -> None:
    users = [{"email": f"{name}@praxis.example", "totp_secret": SECRET_OF_RFC_6238} for name in ("anna", "bert")]
    (tmp_path / "demo.json").write_text(json.dumps({"practices": [{"users": users}]}))

    assert codes(tmp_path / "demo.json", 59) == ["287082  anna@praxis.example", "287082  bert@praxis.example"]


def test_without_a_demo_the_sentence_says_how_to_start_one(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "roger.supervisor.codes"],
        env={**os.environ, "ROGER_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (
        1,
        "There is no demo here yet: `make run` makes it before it says ready.\n",
    )

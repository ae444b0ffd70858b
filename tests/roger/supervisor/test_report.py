import json
from pathlib import Path

from roger.supervisor.report import greeting, read_processes, write_processes

DEMO = {
    "practices": [
        {
            "name": "Praxis am Markt",
            "qr": "http://127.0.0.1:8000/q/abc",
            "users": [
                {"role": "reception", "email": "empfang@markt.example", "password": "pw", "totp_secret": "SECRET"},
            ],
        }
    ]
}


def test_the_greeting_names_every_login_of_the_demo(tmp_path: Path) -> None:
    (tmp_path / "demo.json").write_text(json.dumps(DEMO))

    lines = list(greeting("http://127.0.0.1:8000", "http://127.0.0.1:8360", tmp_path / "demo.json"))

    assert [" ".join(line.split()) for line in lines] == [
        "Roger http://127.0.0.1:8000/login/",
        "Patients' phones http://127.0.0.1:8360/phones/",
        "Website http://127.0.0.1:8360/website/",
        "Six digits make code",
        "",
        "Praxis am Markt QR code http://127.0.0.1:8000/q/abc",
        "reception empfang@markt.example pw TOTP SECRET",
    ]


def test_processes_are_read_as_they_were_written(tmp_path: Path) -> None:
    write_processes(tmp_path / "processes.json", [{"name": "web", "pid": 7, "listening": "127.0.0.1:8001"}])

    assert read_processes(tmp_path / "processes.json") == [{"name": "web", "pid": 7, "listening": "127.0.0.1:8001"}]


def test_where_nothing_runs_there_are_no_processes(tmp_path: Path) -> None:
    assert read_processes(tmp_path / "processes.json") == []

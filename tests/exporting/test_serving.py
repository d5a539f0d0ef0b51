"""Why a service does not start."""

import socket
import sys

import pytest

from jupyter_mlops.errors import ExportError
from jupyter_mlops.exporting.serving import service, start_fault

TRACE = """Traceback (most recent call last):
  File "service.py", line 22, in __init__
    prediction.model()
shop.loading.ValueFileError: model.pkl is not the file that was exported
"""


@pytest.mark.parametrize(
    ("log", "fault"),
    [
        ("", None),
        ("2026-11-21T14:10:01+0000 [INFO] [cli] Starting\n", None),
        (f"2026-11-21T14:10:01+0000 [ERROR] [s:1] Initializing service error\n{TRACE}", None),
        ("2026-11-21T14:10:01+0000 [ERROR] [s:1] Initializing service error\n2026-11-21T14:10:01 x\n", None),
        (
            f"2026-11-21T14:10:01+0000 [ERROR] [s:1] Initializing service error\n{TRACE}2026-11-21T14:10:01+0000 [E]\n",
            "shop.loading.ValueFileError: model.pkl is not the file that was exported",
        ),
    ],
)
def test_what_the_service_raised_is_read_from_its_log(log, fault):
    assert start_fault(log) == fault


def test_a_port_that_is_taken_is_told_before_anything_starts(tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(ExportError) as caught, service(tmp_path, sys.executable, other.getsockname()[1]):
            pass
    (finding,) = caught.value.findings
    assert finding.code == "port-not-free"
    assert "--port" in finding.fix.text


def test_a_folder_that_is_no_service_says_so_in_a_few_lines(tmp_path):
    (tmp_path / "bentofile.yaml").write_text("service: service:Shop\n")
    (tmp_path / "service.py").write_text("def x(:\n")
    with pytest.raises(ExportError) as caught, service(tmp_path, sys.executable) as running:
        running.wait_ready()
    (finding,) = caught.value.findings
    assert finding.code == "service-did-not-start"
    assert "SyntaxError" in finding.reason
    assert len(finding.reason.splitlines()) <= 8

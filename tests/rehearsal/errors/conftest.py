"""The installed program, in front of an AWS that is out of sorts."""

import json
import os
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from waiting import PATIENCE_SECONDS

PROJECT = Path(__file__).resolve().parents[3]
ACCOUNT, TOOLING, OTHER = "222222222222", "111111111111", "999999999999"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "someone", "AWS_SECRET_ACCESS_KEY": "fake"}

WHO_AM_I = """\
<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <GetCallerIdentityResult>
    <Arn>arn:aws:iam::{account}:user/somebody</Arn><UserId>AIDA</UserId>
    <Account>{account}</Account>
  </GetCallerIdentityResult>
  <ResponseMetadata><RequestId>0</RequestId></ResponseMetadata>
</GetCallerIdentityResponse>"""
XML_ERROR = """\
<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>
<RequestId>0</RequestId></ErrorResponse>"""


@dataclass
class Fault:
    """What every call but some of the first is answered with."""

    code: str
    message: str
    status: int = 400
    account: str = ACCOUNT
    knows_who: bool = True
    """Whether it still says whose credentials these are."""


@dataclass
class OutOfSorts:
    """An AWS with one fault, and how often each service was asked."""

    fault: Fault
    asked: list[str] = field(default_factory=list)

    def answer(self, service, body):
        """Return the status, the type and the text of an answer."""
        self.asked.append(service)
        fault = self.fault
        if "Action=GetCallerIdentity" in body and fault.knows_who:
            return 200, "text/xml", WHO_AM_I.format(account=fault.account)
        if "Action=" in body:
            text = XML_ERROR.format(code=fault.code, message=fault.message)
            return fault.status, "text/xml", text
        text = json.dumps({"__type": fault.code, "message": fault.message})
        return fault.status, "application/x-amz-json-1.1", text


@pytest.fixture
def out_of_sorts():
    """Start an AWS with a fault; return its endpoint and what it was asked."""
    servers = []

    def start(fault):
        aws = OutOfSorts(fault)

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                length = int(self.headers.get("Content-Length", 0))
                body = self.rfile.read(length).decode()
                # Credential=<key>/<day>/<region>/<service>/aws4_request
                signed = self.headers.get("Authorization", "").partition("Credential=")[2]
                service = (signed.split("/") + [""] * 4)[3]
                status, kind, text = aws.answer(service, body)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(text.encode())))
                self.end_headers()
                self.wfile.write(text.encode())

            do_GET = do_POST  # noqa: N815 - the standard library looks for it

            def log_message(self, *_):
                """Say nothing: the test tells what went wrong."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_address[1]}", aws

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def program(tmp_path):
    """Run the program as a process that knows nothing of the person's own AWS."""

    def run(verb, *arguments, **variables):
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        return subprocess.run(
            [sys.executable, "-m", "slipway", verb, "--root", str(PROJECT), *arguments],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            stdin=subprocess.DEVNULL,
            env={
                **kept,
                "PYTHONPATH": f"{PROJECT}{os.pathsep}{PROJECT / 'constructs'}",
                "AWS_CONFIG_FILE": str(tmp_path / "config"),
                "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
                "AWS_EC2_METADATA_DISABLED": "true",
                **variables,
            },
        )

    return run

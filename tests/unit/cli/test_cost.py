"""slipway cost, from an assembly that is there: what it prints, and how its mistakes end."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import botocore.session
import jsonschema
import pytest

from slipway.cli.schemas import schema_of

ROOT = Path(__file__).resolve().parents[3]
REFERENCE = ROOT / "tests" / "reference"


@pytest.fixture
def cost(monkeypatch, run, reference_assembly):
    """Run it as a shell would: exit code, stdout, stderr."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")

    def cost(*arguments: str, assembly: Path = reference_assembly) -> tuple[int, str, str]:
        return run("cost", *arguments, "--root", str(REFERENCE), "--assembly", str(assembly))

    return cost


@pytest.mark.parametrize("which", ["dev", "staging", "prod", "--tooling", "--local"])
def test_the_answer_keeps_its_schema(cost, which: str) -> None:
    code, out, err = cost(which, "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    jsonschema.validate(found, schema_of("cost"))
    assert found["environment"] == which.removeprefix("--")
    assert found["prices"] == "table"
    stacks = {line["stack"] for line in found["lines"]}
    if which == "--tooling":
        assert stacks == {"shop-registry", "shop-toolchain"}
    else:
        assert stacks and all(name.startswith(f"shop-{found['environment']}-") for name in stacks)


def test_people_get_a_table_of_eighty_columns(cost) -> None:
    code, out, err = cost("prod")
    assert (code, err) == (0, "")
    assert max(map(len, out.splitlines())) <= 80
    assert out.startswith("US dollars a month")


def test_traffic_is_what_one_says(cost) -> None:
    _, out, _ = cost("dev", "--json", "--requests-low", "0", "--requests-high", "0")
    lines = {line["counted"]: line for line in json.loads(out)["lines"]}
    assert lines["requests looked at"]["high"] == "0.00"
    assert lines["load balancers"]["low"] == "18.40"


def test_own_assumptions_are_in_the_line(cost, tmp_path: Path) -> None:
    own = tmp_path / "mine.yaml"
    own.write_text("nat_gb: { low: 7, high: 8 }\n")
    assert "7 to 8 GB through all of them" in cost("dev", "--assumptions", str(own))[1]


def test_office_hours_are_offered_where_an_environment_may_sleep(cost) -> None:
    def knobs(environment: str) -> set[str]:
        found = json.loads(cost(environment, "--json")[1])
        return {each["knob"] for each in found["savings"]}

    assert "office_hours" in knobs("staging")
    assert "office_hours" not in knobs("prod")


def test_a_price_list_that_can_t_be_asked_gives_way_to_the_table(cost, monkeypatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_PRICING", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "someone")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "nothing")
    code, out, err = cost("dev", "--json")
    assert code == 0
    assert json.loads(out)["prices"] == "table"
    asking, failed = err.splitlines()
    assert asking == "Asking AWS for its prices in eu-west-1"
    assert failed.startswith("AWS doesn't say its prices: ")
    assert failed.endswith("; the table of 2026-11-22 is used instead")


@pytest.fixture
def price_list(monkeypatch):
    """A price list on this machine, which has NAT gateways only."""
    entry = {
        "product": {"attributes": {"usagetype": "EU-NatGateway-Hours"}},
        "terms": {
            "OnDemand": {
                "T": {
                    "priceDimensions": {
                        "D": {"unit": "Hrs", "beginRange": "0", "pricePerUnit": {"USD": "0.1"}}
                    }
                }
            }
        },
    }

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = self.rfile.read(int(self.headers["Content-Length"])).decode()
            found = [json.dumps(entry)] if "NatGateway-Hours" in asked else []
            body = json.dumps({"FormatVersion": "aws_v1", "PriceList": found}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setenv("AWS_ENDPOINT_URL_PRICING", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "someone")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "nothing")
    yield
    server.shutdown()
    thread.join()
    server.server_close()


def test_prices_come_from_aws_where_there_are_credentials(cost, price_list) -> None:
    code, out, err = cost("dev", "--json")
    assert (code, err) == (0, "Asking AWS for its prices in eu-west-1\n")
    found = json.loads(out)
    assert found["prices"] == "aws"
    lines = {line["counted"]: line for line in found["lines"]}
    assert lines["NAT gateways"]["low"] == "73.00"
    assert lines["NAT gateways"]["checked"]
    assert not lines["load balancers"]["checked"]
    assert "nat.hour" not in found["unchecked_prices"]
    assert "alb.hour" in found["unchecked_prices"]


def test_the_table_is_used_where_one_asks_for_it(cost, price_list) -> None:
    assert json.loads(cost("dev", "--json", "--prices", "table")[1])["prices"] == "table"


def test_nobody_is_asked_about_the_rehearsal(cost, monkeypatch) -> None:
    monkeypatch.setattr(botocore.session.Session, "create_client", None)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "someone")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "nothing")
    assert cost("--local")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        ((), 2, "Say which environment: its name ("),
        (("moon",), 2, "environments/moon.yaml:1: there is no such"),
        (("dev", "--tooling"), 2, "--tooling is no environment's: leave its name out\n"),
        (("dev", "--assumptions", "/none"), 2, "/none: can't be read"),
        (("dev", "--requests-low", "60"), 2, "The low case can't have more requests a second"),
    ],
)
def test_mistakes_are_one_line(cost, arguments, code: int, told: str) -> None:
    found, out, err = cost(*arguments)
    assert (found, out) == (code, "")
    assert told in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize("number", ["nan", "inf", "-1", "1e30", "many"])
def test_what_is_no_rate_is_refused(cost, number: str) -> None:
    code, out, err = cost("dev", f"--requests-high={number}")
    assert (code, out) == (2, "")
    assert "--requests-high" in err


def test_an_assembly_of_something_else_says_what_to_do(cost, tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"artifacts": {}}')
    code, out, err = cost("dev", assembly=tmp_path)
    assert (code, out) == (1, "")
    assert err.endswith("has no stack of dev: leave --assembly out, and it is synthesised\n")

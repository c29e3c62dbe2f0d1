"""``slipway deploy --local``: a developer's second terminal, beside a rehearsal that is kept."""

import json
import shutil
import urllib.request

import jsonschema

from slipway.cli.schemas import schema_of
from slipway.rehearsal.kept import find
from waiting import PATIENCE_SECONDS

MAIN = "inventory/__main__.py"
VERSION = "services/storefront/storefront/__init__.py"


def answered(done):
    answer = json.loads(done.stdout)
    jsonschema.validate(answer, schema_of("deploy"))
    return answer, {each["name"]: each for each in answer["services"]}


def stacks(answer):
    return {each["name"]: each["outcome"] for each in answer["stacks"]}


def test_a_new_service_is_given_up_mended_deployed_and_released_beside_a_change(
    checkout, terminal, slipway
):
    terminal.wait_for("storefront: clients get version 1")
    cloudformation = find(checkout).connection.client("cloudformation")
    shutil.copytree(checkout / "services/inventory", checkout / "services/cart")
    main = checkout / "services/cart" / MAIN
    right = main.read_text()
    main.write_text('raise SystemExit("DATABASE_URL is not set")\n')

    done = slipway("deploy", "--local", "--json")

    assert done.returncode == 1, done.stderr
    answer, services = answered(done)
    told = " ".join(done.stderr.split())
    assert "cart: a task stopped: Essential container in task exited" in told
    assert "| DATABASE_URL is not set" in told
    assert stacks(answer)["shop-local-cart"] == "given up"
    assert answer["error"].startswith("cart doesn't start: ")
    assert "The stack shop-local-cart was deleted" in answer["error"]
    assert services["cart"]["outcome"] == "not reached"
    assert services["storefront"]["live"] == "shop-local-storefront:1"
    there = {each["StackName"] for each in cloudformation.describe_stacks()["Stacks"]}
    assert "shop-local-cart" not in there

    main.write_text(right)
    version = checkout / VERSION
    version.write_text(version.read_text().replace('"1"', '"2"'))

    done = slipway("deploy", "--local", "--json")

    assert done.returncode == 0, done.stderr
    answer, services = answered(done)
    assert stacks(answer)["shop-local-cart"] == "created"
    assert stacks(answer)["shop-local-storefront"] == "updated"
    assert stacks(answer)["shop-local-network"] == "unchanged"
    assert services["cart"]["outcome"] == "new"
    assert services["storefront"]["outcome"] == "released"
    assert services["storefront"]["deployment"].startswith("d-")
    assert services["storefront"]["live"] == services["storefront"]["wanted"]
    with urllib.request.urlopen(
        f"{services['cart']['url']}/health", timeout=PATIENCE_SECONDS
    ) as health:
        assert health.status == 200
    terminal.wait_for(f"cart is new: {services['cart']['url']}")
    terminal.wait_for("cart: clients get version 1")
    terminal.wait_for("storefront: clients get version 2")
    assert "requests failed" not in terminal.log.read_text()
    assert "  cart:\n" in (checkout / "environments/local.lock.yaml").read_text()

    done = slipway("deploy", "--local")

    assert done.returncode == 0, done.stderr
    assert "Unchanged: all of them" in done.stderr
    assert f"storefront  {services['storefront']['url']}" in done.stdout
    assert "shop-local-storefront:2 is live, nothing to release" in " ".join(done.stdout.split())


def test_without_a_rehearsal_there_is_nothing_to_deploy_to(checkout, slipway):
    done = slipway("deploy", "--local")
    assert done.returncode == 3
    assert done.stderr.splitlines()[-1] == (
        "No rehearsal is kept: run make rehearse-keep in another terminal"
    )

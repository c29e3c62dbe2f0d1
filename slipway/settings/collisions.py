"""Names of environments that AWS would mix up, and what an account can have once only."""

from collections.abc import Iterator, Mapping

from slipway.settings.application import Application
from slipway.settings.names import PIPELINE_STAGES, Names
from slipway.settings.placed import Placed


def collisions(application: Application, places: Mapping[str, Placed]) -> Iterator[str]:
    """Find environments whose names, or whose services' names, are mixed up in AWS."""
    taken: dict[tuple[str, ...], str] = {}
    yield from _prefixes(places)
    yield from _stages_of_the_pipeline(application.application, places)
    yield from _channels_of_slack(application, places)
    for name, placed in places.items():
        for claim in _claims(Names(application.application, name), placed):
            first = taken.setdefault(claim, name)
            if first != name:
                yield (
                    f"environments/{name}.yaml:1: the environment's name must be another one: it "
                    f"makes {claim[0]}, as {first} does"
                )
                break
        domain = placed.environment.domain
        if domain:
            first = taken.setdefault(("domain", domain.name), name)
            if first != name:
                yield placed.mistake(
                    ("domain", "name"),
                    f"must be another one than that of {first}: environments/{first}.yaml has "
                    f"{domain.name} as well, and a name in it can lead to one of the two only",
                )


def _prefixes(places: Mapping[str, Placed]) -> Iterator[str]:
    """Find environments of one account and region whose names begin with another one's.

    Events and permissions of the environment ``dev`` are for whatever is called ``shop-dev-…``,
    which everything of ``dev-eu`` is, too. Stacks of the two could also have the same name.
    """
    for name, placed in places.items():
        for shorter, other in places.items():
            same_place = (placed.environment.account, placed.environment.region) == (
                other.environment.account,
                other.environment.region,
            )
            if same_place and name.startswith(f"{shorter}-"):
                yield (
                    f"environments/{name}.yaml:1: the environment's name must not begin with "
                    f"{shorter}-: in the same account and region, what {shorter} may do to its "
                    "own it could do to this one, too; choose another name, account or region"
                )


def _stages_of_the_pipeline(application: str, places: Mapping[str, Placed]) -> Iterator[str]:
    """Find environments whose stage would have the name of one that every pipeline has."""
    for name, placed in places.items():
        stage = Names(application, name).stage
        if placed.environment.pipeline and stage in PIPELINE_STAGES:
            yield (
                f"environments/{name}.yaml:1: the environment's name must be another one: its "
                f"stage would be called {stage}, as one that the pipeline has before it"
            )


def _channels_of_slack(application: Application, places: Mapping[str, Placed]) -> Iterator[str]:
    """Find a channel of Slack that an account would be told of twice.

    AWS takes a channel once in an account, whatever the region, and one more fails its stack.
    https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/1155

    Whether it takes a channel of Microsoft Teams twice is undocumented, and nobody is known to
    have met a refusal: nothing of the kind is refused here.
    https://docs.aws.amazon.com/chatbot/latest/APIReference/API_CreateMicrosoftTeamsChannelConfiguration.html
    """
    taken: dict[tuple[str, str, str], str] = {}
    if application.pipeline and (slack := application.pipeline.notifications.slack):
        place = (application.tooling.account, slack.workspace, slack.channel)
        taken[place] = "the pipeline (slipway.yaml)"
    for name, placed in places.items():
        environment = placed.environment
        if slack := environment.notifications.slack:
            place = (environment.account, slack.workspace, slack.channel)
            this = f"{name} (environments/{name}.yaml)"
            first = taken.setdefault(place, this)
            if first != this:
                yield placed.mistake(
                    ("notifications", "slack", "channel"),
                    f"must be another one than that of {first}: AWS takes a channel of Slack once "
                    f"in an account, and both are in {environment.account}",
                )


def _claims(names: Names, placed: Placed) -> Iterator[tuple[str, ...]]:
    """Tell what an environment makes, and where no other may make the same."""
    environment = placed.environment
    place = (environment.account, environment.region)
    yield (f"the stage {names.stage}",)
    if environment.tooling:
        yield (f"the stage {names.stage}Registry",)
    if environment.pipeline:
        # The construct of the roles that the pipeline assumes stands beside the stages.
        yield (f"the stage {names.stage}Access",)
    # Dashboards are of the account, whatever the region.
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html
    yield (f"the dashboard {names.environment_dashboard}", environment.account)
    for service in placed.services:
        yield (f"the dashboard {names.dashboard(service)}", environment.account)
        yield (f"the function {names.hook_function(service, 'BeforeInstall')}", *place)

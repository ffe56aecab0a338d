"""What `sam validate` does not notice in template.yaml, and the pins of the layers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from infra.local.template import Node, read
from tests.unit.sources import ROOT

TEMPLATE: Node = read()
GLOBALS: Node = TEMPLATE["Globals"]["Function"]


def of_type(kind: str) -> dict[str, Node]:
    return {name: body["Properties"] for name, body in TEMPLATE["Resources"].items() if body["Type"] == kind}


FUNCTIONS = of_type("AWS::Serverless::Function")
FOLDERS = {name: properties["Handler"].split(".")[0] for name, properties in FUNCTIONS.items()}
SCHEDULES = {
    FOLDERS[name]: event["Properties"]
    for name, properties in FUNCTIONS.items()
    for event in properties.get("Events", {}).values()
    if event["Type"] == "ScheduleV2"
}
ROUTES = {
    name: event
    for name, event in FUNCTIONS.get("ApiFunction", {}).get("Events", {}).items()
    if event["Type"] == "HttpApi"
}
every_function = pytest.mark.parametrize("function", FUNCTIONS)
every_schedule = pytest.mark.parametrize("folder", SCHEDULES)


def statements(node: object) -> Iterator[Node]:
    """Every IAM statement below a node."""
    if isinstance(node, dict):
        if "Effect" in node:
            yield node
        for child in node.values():
            yield from statements(child)
    elif isinstance(node, list):
        for child in node:
            yield from statements(child)


def pins(name: str) -> dict[str, str]:
    """Package → version of a file of pinned requirements."""
    found = re.findall(r"^([a-z0-9._-]+)==([^\s;]+)", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE)
    return dict(found)


def test_every_folder_of_functions_is_a_function() -> None:
    assert sorted(FOLDERS.values()) == sorted(path.parent.name for path in ROOT.glob("functions/*/handler.py"))


@pytest.mark.parametrize("folder", FOLDERS.values())
def test_every_function_has_a_sample_event(folder: str) -> None:
    event = json.loads((ROOT / "functions" / folder / "event.json").read_text(encoding="utf-8"))
    assert ("scheduled_for" in event) == (folder in SCHEDULES)


def test_the_runtime_is_exactly_python_3_13_on_arm() -> None:
    assert GLOBALS["Runtime"] == "python3.13"
    assert GLOBALS["Architectures"] == ["arm64"]
    assert not any({"Runtime", "Architectures"} & set(properties) for properties in FUNCTIONS.values())


@every_function
def test_a_function_is_named_after_stack_and_folder(function: str) -> None:
    dashed = FOLDERS[function].replace("_", "-")
    assert FUNCTIONS[function]["FunctionName"] == {"Fn::Sub": "${AWS::StackName}-" + dashed}
    assert FUNCTIONS[function]["Handler"] == f"{FOLDERS[function]}.handler.handler"


@every_function
def test_a_function_has_a_time_limit_that_lambda_accepts(function: str) -> None:
    limit = (GLOBALS | FUNCTIONS[function])["Timeout"]
    assert 60 <= limit <= 900


@every_function
def test_a_function_logs_json_to_a_group_that_forgets(function: str) -> None:
    logging = GLOBALS["LoggingConfig"] | FUNCTIONS[function]["LoggingConfig"]
    assert logging["LogFormat"] == "JSON"
    group = of_type("AWS::Logs::LogGroup")[logging["LogGroup"]["Ref"]]
    assert group["RetentionInDays"] == {"Ref": "LogRetentionDays"}
    assert (
        group["LogGroupName"]["Fn::Sub"].removeprefix("/aws/lambda/") == FUNCTIONS[function]["FunctionName"]["Fn::Sub"]
    )


@every_function
def test_what_fails_in_a_function_for_good_is_kept(function: str) -> None:
    config = (GLOBALS | FUNCTIONS[function])["EventInvokeConfig"]
    assert config["DestinationConfig"]["OnFailure"] == {
        "Type": "SQS",
        "Destination": {"Fn::GetAtt": "FailedEvents.Arn"},
    }
    assert of_type("AWS::SQS::Queue")["FailedEvents"]["MessageRetentionPeriod"] == 14 * 24 * 3600


@every_schedule
def test_a_schedule_is_named_after_its_function(folder: str) -> None:
    assert SCHEDULES[folder]["Name"] == {"Fn::Sub": "${AWS::StackName}-" + folder.replace("_", "-")}


@every_schedule
def test_a_schedule_ships_switched_off_by_one_parameter(folder: str) -> None:
    assert SCHEDULES[folder]["State"] == {"Ref": "ScheduleState"}
    assert TEMPLATE["Parameters"]["ScheduleState"]["Default"] == "DISABLED"


@every_schedule
def test_a_schedule_has_its_window_off_as_a_string(folder: str) -> None:
    assert SCHEDULES[folder]["FlexibleTimeWindow"] == {"Mode": "OFF"}


@every_schedule
def test_a_tick_carries_exactly_the_nominal_time(folder: str) -> None:
    assert SCHEDULES[folder]["Input"] == '{"scheduled_for": "<aws.scheduler.scheduled-time>"}'


@every_schedule
def test_a_tick_that_is_not_delivered_is_retried_then_kept(folder: str) -> None:
    assert SCHEDULES[folder]["RetryPolicy"]["MaximumRetryAttempts"] > 0
    assert SCHEDULES[folder]["RetryPolicy"]["MaximumEventAgeInSeconds"] >= 60
    assert SCHEDULES[folder]["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": "FailedEvents.Arn"}}


def test_the_schedules_are_those_of_the_architecture() -> None:
    expressions = {folder: schedule["ScheduleExpression"] for folder, schedule in SCHEDULES.items()}
    assert expressions == {
        "auto_invest": "rate(15 minutes)",
        "orders": "rate(5 minutes)",
        "triggers": "rate(5 minutes)",
        "rebalancing": "rate(15 minutes)",
        "notifications": "rate(5 minutes)",
        "navs": "cron(0 18-23 * * ? *)",
    }
    assert SCHEDULES["navs"]["ScheduleExpressionTimezone"] == "Asia/Kolkata"


def test_navs_come_from_a_bucket_or_an_address_and_never_from_both() -> None:
    variables = FUNCTIONS["NavsFunction"]["Environment"]["Variables"]
    bucket = {"Fn::Sub": "s3://${NavBucket}/navs.csv"}
    assert variables["AUTOMATION_NAV_FILE"] == {"Fn::If": ["WithNavFile", bucket, {"Ref": "NavUrl"}]}
    assert [TEMPLATE["Parameters"][name]["Default"] for name in ("NavBucket", "NavUrl")] == ["", ""]
    (assertion,) = TEMPLATE["Rules"]["OneSourceOfNavs"]["Assertions"]
    empty = [{"Fn::Equals": [{"Ref": name}, ""]} for name in ("NavBucket", "NavUrl")]
    assert assertion["Assert"] == {"Fn::Or": empty}


@pytest.mark.parametrize(
    ("address", "is_one"),
    [("", True), ("https://a.in/NAVAll.txt", True), ("ftp://a.in/x", False), ("http://u@a.in", False)],
)
def test_the_address_of_navs_is_an_http_one_without_a_password(address: str, is_one: bool) -> None:
    assert bool(re.fullmatch(TEMPLATE["Parameters"]["NavUrl"]["AllowedPattern"], address)) == is_one


def test_the_api_knows_the_schedules_as_they_are() -> None:
    told = json.loads(FUNCTIONS["ApiFunction"]["Environment"]["Variables"]["AUTOMATION_SCHEDULES"])
    zones = {folder: schedule.get("ScheduleExpressionTimezone", "") for folder, schedule in SCHEDULES.items()}
    assert told == {
        folder: f"{schedule['ScheduleExpression']} {zones[folder]}".strip() for folder, schedule in SCHEDULES.items()
    }


def test_every_route_but_health_wants_a_token_with_a_scope() -> None:
    auth = of_type("AWS::Serverless::HttpApi")["HttpApi"]["Auth"]
    assert auth["DefaultAuthorizer"] == "Tokens"
    assert auth["Authorizers"]["Tokens"]["AuthorizationScopes"] == ["automation/api"]
    events = {event["Properties"]["Path"]: event["Properties"] for event in ROUTES.values()}
    open_to_all = [path for path, event in events.items() if event.get("Auth", {}).get("Authorizer") == "NONE"]
    assert open_to_all == ["/health/{proxy+}"]
    assert events["/api/automation/scheduler/execute"]["Auth"]["AuthorizationScopes"] == ["automation/execute"]
    assert all(event["ApiId"] == {"Ref": "HttpApi"} for event in events.values())


def test_the_authorizer_and_the_function_trust_the_same_issuer_and_audience() -> None:
    tokens = of_type("AWS::Serverless::HttpApi")["HttpApi"]["Auth"]["Authorizers"]["Tokens"]
    variables = FUNCTIONS["ApiFunction"]["Environment"]["Variables"]
    assert tokens["IdentitySource"] == "$request.header.Authorization"
    assert tokens["JwtConfiguration"] == {"issuer": {"Ref": "TokenIssuer"}, "audience": {"Ref": "TokenAudience"}}
    assert variables["AUTOMATION_ISSUER"] == {"Ref": "TokenIssuer"}
    assert variables["AUTOMATION_AUDIENCE"] == {"Fn::Join": [",", {"Ref": "TokenAudience"}]}


def test_the_api_signs_in_to_the_database_as_a_user_of_its_own() -> None:
    variables = FUNCTIONS["ApiFunction"]["Environment"]["Variables"]
    nothing = {"Ref": "AWS::NoValue"}
    assert {name: value for name, value in variables.items() if name.startswith("DATABASE_")} == {
        "DATABASE_SECRET_ARN": {"Fn::If": ["WithApiSecret", {"Ref": "ApiDatabaseSecretArn"}, nothing]},
        "DATABASE_URL": {"Fn::If": ["WithApiUrl", {"Ref": "ApiDatabaseUrl"}, nothing]},
        "DATABASE_IAM_AUTH": {"Fn::If": ["WithApiIamUser", "true", "false"]},
    }
    own = {"Fn::If": ["WithApiDatabaseAccess", {"Ref": "ApiDatabaseAccess"}, nothing]}
    users = {name for name, properties in FUNCTIONS.items() if own in properties["Policies"]}
    others = {name for name, properties in FUNCTIONS.items() if "WithDatabaseAccess" in json.dumps(properties)}
    assert users == {"ApiFunction"}
    assert others == set(FUNCTIONS) - users


def test_without_an_issuer_there_is_no_api() -> None:
    parts = ("HttpApi", "ApiFunction", "ApiLogs")
    assert {TEMPLATE["Resources"][part]["Condition"] for part in parts} == {"WithApi"}
    assert TEMPLATE["Parameters"]["TokenIssuer"]["Default"] == ""


def test_no_permission_is_a_wildcard_but_where_aws_has_no_name() -> None:
    found = list(statements(TEMPLATE["Resources"]))
    assert found
    wide = [each for each in found if "*" in json.dumps([each["Action"], each.get("Resource", "*")])]
    assert wide == [
        # A phone number is no resource: all that has a name is excepted instead.
        {"Effect": "Allow", "Action": "sns:Publish", "NotResource": {"Fn::Sub": "arn:${AWS::Partition}:sns:*:*:*"}},
        # One endpoint a device, made as people sign in.
        {
            "Effect": "Allow",
            "Action": "sns:Publish",
            "Resource": {"Fn::Sub": "arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:endpoint/*"},
        },
    ]


def test_only_who_tells_people_may_send_and_only_where_it_is_switched_on() -> None:
    senders = {name for name, properties in FUNCTIONS.items() if re.search("ses:|sns:", json.dumps(properties))}
    assert senders == {"NotificationsFunction"}
    policies = FUNCTIONS["NotificationsFunction"]["Policies"]
    conditions = {each["Fn::If"][0] for each in policies if "Fn::If" in each}
    assert conditions == {"WithDatabaseAccess", "WithEmail", "WithSms", "WithPush"}
    assert [TEMPLATE["Parameters"][name]["Default"] for name in ("EmailFrom", "SmsState", "PushState")] == [
        "", "DISABLED", "DISABLED",
    ]  # fmt: skip


def test_a_function_may_invoke_only_functions_that_exist() -> None:
    names = {properties["FunctionName"]["Fn::Sub"] for properties in FUNCTIONS.values()}
    invoked = re.findall(r":function:([^\"]+)", json.dumps(TEMPLATE["Resources"]))
    assert set(invoked) <= names
    assert invoked


def test_all_functions_have_both_layers_and_migrations_the_sql() -> None:
    assert GLOBALS["Layers"] == [{"Ref": "CoreLayer"}, {"Ref": "DependenciesLayer"}]
    own = {FOLDERS[name]: properties["Layers"] for name, properties in FUNCTIONS.items() if "Layers" in properties}
    assert own == {"migrations": [{"Ref": "SchemaLayer"}]}
    layers = of_type("AWS::Serverless::LayerVersion")
    assert all((ROOT / layer["ContentUri"]).is_dir() for layer in layers.values())


def test_the_dependencies_layer_has_the_tested_versions() -> None:
    tested = pins("requirements.txt")
    layer = pins("layers/dependencies/requirements.txt")
    assert layer
    assert {name: tested.get(name) for name in layer} == layer


@pytest.mark.parametrize("part", ["", "-local", "-dev", "-postgres", "-sam"])
def test_every_requirement_is_pinned_with_a_hash(part: str) -> None:
    text = (ROOT / f"requirements{part}.txt").read_text(encoding="utf-8")
    blocks = re.split(r"\n(?=[a-z0-9])", text)[1:]
    assert blocks
    assert [
        block for block in blocks if not re.match(r"\S+==\S+ .*?--hash=sha256:[0-9a-f]{64}", block, re.DOTALL)
    ] == []

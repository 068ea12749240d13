"""What is pasted into Genesys Cloud and AWS: their own names, our address, no secret, and a body we can read."""

import importlib
import json
import re
from typing import Any

import pytest

from wrapups.domain.envelopes import Kind, read
from wrapups.domain.trigger_setup import (
    AFTER_CALL_WORK_OVER,
    AGENT_LEFT,
    CREDENTIAL,
    TOPICS,
    cloudformation,
    data_action,
    event_pattern,
    input_transformer,
    pasted,
    trigger,
)

ADDRESS = "https://wrapups.example.com/events/k3y"
CONVERSATION = "1c0a7d3e-0000-4000-8000-000000000001"
EVENT_BODY = {
    "eventTime": 1_788_000_000_123,
    "conversationId": CONVERSATION,
    "participantId": "1c0a7d3e-0000-4000-8000-000000000002",
    "sessionId": "1c0a7d3e-0000-4000-8000-000000000003",
    "disconnectType": "CLIENT",
    "mediaType": "VOICE",
    "ani": "tel:+15550100",
    "userId": "1c0a7d3e-0000-4000-8000-000000000004",
    "queueId": "1c0a7d3e-0000-4000-8000-000000000005",
}


def transformed(event: dict[str, Any]) -> str:
    """Put an event through the input transformer, by the rules of EventBridge: `$.a.b` and `<name>`."""
    transformer = input_transformer()
    text = transformer["InputTemplate"]
    for name, path in transformer["InputPathsMap"].items():
        value: Any = event
        for step in path.removeprefix("$.").split("."):
            value = value[step]
        text = text.replace(f"<{name}>", json.dumps(value))
    return text


def sent_through_the_action(given: dict[str, Any]) -> str:
    """Return what the data action would post for these inputs, refused as its contract refuses them."""
    action = data_action(ADDRESS, name="Genesys")
    schema = action["contract"]["input"]["inputSchema"]
    assert set(schema["required"]) <= given.keys() <= schema["properties"].keys()
    assert action["config"]["request"]["requestTemplate"] == "${input.rawRequest}"
    return json.dumps(given)


def sdk_fields(model: str) -> set[str]:
    """Return the JSON names of one of the SDK's models."""
    module = importlib.import_module(
        "PureCloudPlatformClientV2.models." + re.sub(r"(?<!^)(?=[A-Z])", "_", model).lower()
    )
    return set(getattr(module, model)().attribute_map.values())


# Genesys Cloud


def test_the_data_action_is_of_the_form_that_genesys_imports():
    action = data_action(ADDRESS, name="Genesys")

    assert action.keys() == {"name", "integrationType", "actionType", "config", "contract", "secure"}
    assert (action["integrationType"], action["actionType"]) == ("custom-rest-actions", "custom")
    assert action["config"]["request"].keys() == {"requestUrlTemplate", "requestType", "headers", "requestTemplate"}
    assert action["config"]["response"].keys() == {"translationMap", "translationMapDefaults", "successTemplate"}
    assert action["contract"]["input"].keys() == {"inputSchema"}
    assert action["contract"]["output"].keys() == {"successSchema"}


def test_the_data_action_posts_to_our_address_with_the_credential_that_the_person_pastes_into_genesys():
    request = data_action(ADDRESS, name="Genesys")["config"]["request"]

    assert (request["requestType"], request["requestUrlTemplate"]) == ("POST", ADDRESS)
    assert request["headers"]["Authorization"] == f"Bearer ${{credentials.{CREDENTIAL}}}"


def test_the_data_action_is_told_to_send_a_length_which_the_door_asks_for():
    assert data_action(ADDRESS, name="Genesys")["config"]["request"]["headers"]["Transfer-Encoding"] == "buffered"


def test_the_inputs_of_the_data_action_are_flat_and_have_names_that_genesys_allows():
    properties = data_action(ADDRESS, name="Genesys")["contract"]["input"]["inputSchema"]["properties"]

    assert all(re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", name) for name in properties)
    assert not properties.keys() & {"orgId", "integrationId", "rawRequest"}
    assert {each["type"] for each in properties.values()} <= {"string", "integer", "number", "boolean"}


@pytest.mark.parametrize(("topic", "kind"), [(AGENT_LEFT, Kind.ENDED), (AFTER_CALL_WORK_OVER, Kind.CODED)])
def test_what_the_data_action_posts_can_be_read(topic: str, kind: Kind):
    given = {name: EVENT_BODY[name] for name in ("conversationId", "eventTime", "participantId", "sessionId")}

    envelope = read("trigger", sent_through_the_action(given | {"topicName": topic}))

    assert (envelope.kind, envelope.conversation_id) == (kind, CONVERSATION)


def test_a_flow_may_add_what_it_found_out():
    given = {"topicName": AGENT_LEFT, "conversationId": CONVERSATION, "eventTime": 1_788_000_000_123}

    envelope = read("trigger", sent_through_the_action(given | {"disposition": "REF-OK", "notes": 'He said "yes"'}))

    assert (envelope.disposition, envelope.notes) == ("REF-OK", 'He said "yes"')


@pytest.mark.parametrize("topic", TOPICS)
def test_the_trigger_has_the_fields_of_the_api_s_own_models(topic: str):
    made = trigger(name="Genesys", topic=topic)

    assert made.keys() <= sdk_fields("CreateTriggerRequest")
    assert made["target"].keys() <= sdk_fields("TriggerTarget")
    assert made["target"]["workflowTargetSettings"].keys() <= sdk_fields("WorkflowTargetSettings")
    assert made["topicName"] == topic


def test_the_trigger_keeps_the_documented_bounds():
    made = trigger(name="N" * 64)

    assert 60 <= made["delayBySeconds"] <= 900
    assert "eventTTLSeconds" not in made  # only one of the two may be set
    assert len(made["description"]) <= 512
    assert made["target"]["type"] == "Workflow"
    assert made["target"]["workflowTargetSettings"]["dataFormat"] in {"Json", "TopLevelPrimitives"}


@pytest.mark.parametrize("model", ["UserEndDetailEventTopicUserEndEvent", "AcwDetailEventTopicAfterCallWorkEvent"])
def test_what_is_asked_of_an_event_is_what_the_topics_have(model: str):
    asked = {path.rpartition(".")[2] for path in input_transformer()["InputPathsMap"].values()} - {"topicName"}

    assert asked <= sdk_fields(model)


# EventBridge


def bridged(topic: str) -> dict[str, Any]:
    """Return an event as it stands on Genesys' event bus."""
    return {
        "version": "0",
        "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
        "detail-type": topic,
        "source": "aws.partner/genesys.com/cloud/7c3a5e0e-0000-4000-8000-000000000001/wrapups",
        "account": "123456789012",
        "time": "2026-08-29T10:00:00Z",
        "region": "eu-central-1",
        "resources": [],
        "detail": {
            "topicName": topic.replace("{id}", CONVERSATION),
            "version": "2",
            "eventBody": EVENT_BODY,
            "metadata": {"CorrelationId": "c"},
            "timestamp": "2026-08-29T10:00:00.123Z",
        },
    }


@pytest.mark.parametrize(("topic", "kind"), [(AGENT_LEFT, Kind.ENDED), (AFTER_CALL_WORK_OVER, Kind.CODED)])
def test_what_the_input_transformer_leaves_can_be_read_and_has_no_number_of_a_customer(topic: str, kind: Kind):
    sent = transformed(bridged(topic))

    envelope = read("eventbridge", sent)

    assert (envelope.kind, envelope.conversation_id) == (kind, CONVERSATION)
    assert "15550100" not in sent


def test_the_same_event_has_one_name_with_and_without_the_transformer():
    event = bridged(AGENT_LEFT)

    assert read("eventbridge", transformed(event)).event_id == read("eventbridge", json.dumps(event)).event_id


def test_the_pattern_picks_our_topics_out_of_genesys_events_and_no_others():
    pattern = event_pattern()

    assert pattern["detail-type"] == [AGENT_LEFT, AFTER_CALL_WORK_OVER]
    assert bridged(AGENT_LEFT)["source"].startswith(pattern["source"][0]["prefix"])


def test_the_stack_refers_only_to_what_is_in_it():
    template = cloudformation(ADDRESS, name="Genesys")
    parts = template["Resources"].keys() | template["Parameters"].keys()

    referred = set(re.findall(r'"(?:Ref|Fn::GetAtt)": \[?\s*"(\w+)"', pasted(template)))

    assert referred == {"Connection", "Destination", "Role", "EventBusName", "Secret"}
    assert referred <= parts


def test_the_secret_of_the_stack_is_a_parameter_that_aws_does_not_show():
    template = cloudformation(ADDRESS, name="Genesys")
    connection = template["Resources"]["Connection"]["Properties"]

    assert template["Parameters"]["Secret"]["NoEcho"] is True
    assert "Default" not in template["Parameters"]["Secret"]
    assert connection["AuthParameters"]["ApiKeyAuthParameters"] == {
        "ApiKeyName": "X-Api-Key",
        "ApiKeyValue": {"Ref": "Secret"},
    }


def test_the_role_of_the_stack_may_call_this_destination_only():
    role = cloudformation(ADDRESS, name="Genesys")["Resources"]["Role"]["Properties"]
    [statement] = role["Policies"][0]["PolicyDocument"]["Statement"]

    assert statement["Action"] == "events:InvokeApiDestination"
    assert statement["Resource"] == {"Fn::GetAtt": ["Destination", "Arn"]}


def test_where_genesys_id_of_the_organization_is_known_the_event_bus_is_named_by_it():
    template = cloudformation(ADDRESS, name="Genesys", organization_id="7c3a5e0e")

    assert template["Parameters"]["EventBusName"]["Default"] == "aws.partner/genesys.com/cloud/7c3a5e0e/SUFFIX"


@pytest.mark.parametrize("made", [data_action(ADDRESS, name="ß"), trigger(name="ß"), cloudformation(ADDRESS, name="ß")])
def test_what_is_pasted_reads_back_as_it_is(made: dict[str, Any]):
    assert json.loads(pasted(made)) == made

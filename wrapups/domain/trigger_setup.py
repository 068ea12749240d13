"""What is pasted into Genesys Cloud and AWS so that they tell us of endings: as JSON, and never with a secret in it.

Both are asked for as little as `wrapups.domain.envelopes` reads: which conversation, which part of it, and when.
Numbers, names and texts of customers stay where they are.
Sources: https://developer.genesys.cloud/platform/process-automation/ (CreateTriggerRequest, TriggerTarget),
https://help.mypurecloud.com/articles/overview-of-triggers/ (topics, data formats),
https://help.mypurecloud.com/articles/how-to-use-the-user-defined-credential-type/ (`${credentials.…}`),
https://help.mypurecloud.com/articles/add-configuration-custom-actions-integrations/ (headers, `rawRequest`),
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html.
"""

from collections.abc import Mapping
from json import dumps
from typing import Any

Json = dict[str, Any]

AGENT_LEFT = "v2.detail.events.conversation.{id}.user.end"
AFTER_CALL_WORK_OVER = "v2.detail.events.conversation.{id}.acw"
TOPICS: Mapping[str, str] = {
    AGENT_LEFT: "an agent's part in a conversation has ended",
    AFTER_CALL_WORK_OVER: "an agent has finished after-call work",
}
"""Genesys' own spelling, `{id}` included. The first says earliest that there is something to do."""

API_KEY = "X-Api-Key"
"""The header in which EventBridge sends the secret."""
CREDENTIAL = "secret"
"""The field of the integration's credentials into which a person pastes the secret."""
WORKFLOW = "<the id of your workflow>"
"""What a person puts in its place: workflows are made in Architect, so we cannot know its id."""
DELAY_S = 60
"""The shortest delay a trigger may have (60 to 900): analytics shows an ended conversation no sooner."""
LONGEST_NAME = 64


def data_action(address: str, *, name: str) -> Json:
    """Return a custom action of a web services data actions integration, as Genesys imports and exports one.

    It posts its inputs as they are (`input.rawRequest`): nothing has to be escaped, and what is not given is left out.
    """
    inputs = {
        "topicName": _text("The trigger's topic, typed into the flow as it stands there."),
        "conversationId": _text("Flow.conversationId"),
        "eventTime": {"type": "integer", "title": "Flow.eventTime, in milliseconds since 1970."},
        "participantId": _text("Flow.participantId"),
        "sessionId": _text("Flow.sessionId"),
        "disposition": _text("Optional: what your flow found out, for rules that ask for it."),
        "notes": _text("Optional, with a disposition."),
    }
    return {
        "name": _named(name, "tell of endings"),
        "integrationType": "custom-rest-actions",
        "actionType": "custom",
        "config": {
            "request": {
                "requestUrlTemplate": address,
                "requestType": "POST",
                "headers": {
                    "Authorization": f"Bearer ${{credentials.{CREDENTIAL}}}",
                    "Content-Type": "application/json",
                    "Transfer-Encoding": "buffered",  # else it comes in chunks, without the length we ask for
                },
                "requestTemplate": "${input.rawRequest}",
            },
            "response": {"translationMap": {}, "translationMapDefaults": {}, "successTemplate": "${rawResult}"},
        },
        "contract": {
            "input": {
                "inputSchema": {
                    "type": "object",
                    "required": ["topicName", "conversationId", "eventTime"],
                    "properties": inputs,
                    "additionalProperties": False,
                }
            },
            "output": {"successSchema": {"type": "object", "properties": {}, "additionalProperties": True}},
        },
        "secure": False,
    }


def trigger(*, name: str, topic: str = AGENT_LEFT) -> Json:
    """Return the body of `POST /api/v2/processautomation/triggers`: every event of the topic starts the workflow."""
    return {
        "name": _named(name, topic.rpartition("}.")[2]),
        "topicName": topic,
        "enabled": True,
        "target": {
            "type": "Workflow",
            "id": WORKFLOW,
            "workflowTargetSettings": {"dataFormat": "TopLevelPrimitives"},
        },
        "matchCriteria": [],
        "delayBySeconds": DELAY_S,
        "description": f"Tells {name} when {TOPICS[topic]}.",
    }


def event_pattern() -> Json:
    """Return the pattern of an EventBridge rule that picks the topics out of Genesys' event bus."""
    return {"source": [{"prefix": "aws.partner/genesys.com"}], "detail-type": list(TOPICS)}


def input_transformer() -> Json:
    """Return the input transformer of that rule's target; a variable without quotation marks keeps its JSON type."""
    body = "$.detail.eventBody"
    return {
        "InputPathsMap": {
            "topicName": "$.detail.topicName",
            "conversationId": f"{body}.conversationId",
            "participantId": f"{body}.participantId",
            "sessionId": f"{body}.sessionId",
            "eventTime": f"{body}.eventTime",
        },
        "InputTemplate": (
            '{"detail": {"topicName": <topicName>, "eventBody": {"conversationId": <conversationId>, '
            '"participantId": <participantId>, "sessionId": <sessionId>, "eventTime": <eventTime>}}}'
        ),
    }


def cloudformation(address: str, *, name: str, organization_id: str = "") -> Json:
    """Return a CloudFormation template of all that AWS needs: connection, API destination, role and rule.

    The secret is a parameter of the stack that AWS neither shows nor logs (`NoEcho`). `organization_id` is Genesys',
    for a suggestion of the event bus's name.
    """
    bus = f"aws.partner/genesys.com/cloud/{organization_id or 'ORGANIZATION'}/SUFFIX"
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"Tells {name} of conversations that ended in Genesys Cloud.",
        "Parameters": {
            "EventBusName": {
                "Type": "String",
                "Default": bus,
                "Description": "The event bus of the partner event source that Genesys Cloud made in this account.",
            },
            "Secret": {
                "Type": "String",
                "NoEcho": True,
                "MinLength": 32,
                "Description": "The secret that was shown when the source was added.",
            },
        },
        "Resources": {
            "Connection": _resource(
                "Connection",
                AuthorizationType="API_KEY",
                AuthParameters={
                    "ApiKeyAuthParameters": {
                        "ApiKeyName": API_KEY,
                        "ApiKeyValue": {"Ref": "Secret"},
                    }
                },
            ),
            "Destination": _resource(
                "ApiDestination",
                ConnectionArn=_arn_of("Connection"),
                HttpMethod="POST",
                InvocationEndpoint=address,
                InvocationRateLimitPerSecond=50,
            ),
            "Role": _role(),
            "Rule": _resource(
                "Rule",
                EventBusName={"Ref": "EventBusName"},
                EventPattern=event_pattern(),
                State="ENABLED",
                Targets=[
                    {
                        "Id": "wrap-ups",
                        "Arn": _arn_of("Destination"),
                        "RoleArn": _arn_of("Role"),
                        "InputTransformer": input_transformer(),
                    }
                ],
            ),
        },
    }


def pasted(document: Json) -> str:
    """Return JSON as people paste it."""
    return dumps(document, indent=2, ensure_ascii=False)


def _named(name: str, purpose: str) -> str:
    return f"{name}: {purpose}"[:LONGEST_NAME]


def _text(title: str) -> Json:
    return {"type": "string", "title": title}


def _resource(kind: str, **properties: Any) -> Json:
    return {"Type": f"AWS::Events::{kind}", "Properties": properties}


def _arn_of(resource: str) -> Json:
    return {"Fn::GetAtt": [resource, "Arn"]}


def _role() -> Json:
    """Return the role that lets EventBridge, and nobody else, call this one destination."""
    may_assume = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sts:AssumeRole"}
    may_call = {"Effect": "Allow", "Action": "events:InvokeApiDestination", "Resource": _arn_of("Destination")}
    version = "2012-10-17"
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": {"Version": version, "Statement": [may_assume]},
            "Policies": [
                {"PolicyName": "call", "PolicyDocument": {"Version": version, "Statement": [may_call]}},
            ],
        },
    }

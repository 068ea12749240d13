"""What the API refuses: an `ErrorBody` with the documented status, code and message.

Source of codes and messages: the public specification; those newer than it (`missing.division.permission`,
`too.many.requests.retry.after`) have the words of the per-operation status documentation.
"""

from typing import Any

MESSAGES = {
    "authentication.required": (401, "No authentication bearer token specified in authorization header."),
    "bad.credentials": (401, "Invalid login credentials."),
    "bad.request": (400, "The request could not be understood by the server due to malformed syntax."),
    "client.timeout": (408, "The client did not produce a request within the server timeout limit."),
    "communication.state.required": (400, "Can only update a communication's state to disconnected."),
    "conversation.error.call.disconnected": (400, "The call is already disconnected."),
    "conversation.error.conversation.not.found": (404, "The conversation does not exist."),
    "conversation.error.forbidden.not.active.participant": (
        403,
        "User is not an active participant of the conversation.",
    ),
    "conversation.error.not.conversation.participant": (404, "User is not a participant in the conversation."),
    "conversation.error.wrapup.cannot.skip": (400, "Wrap-up cannot be skipped for this participant."),
    "conversation.error.wrapup.code.required": (400, "Wrapup code is a required field and cannot be empty."),
    "general.conflict": (409, "The request conflicts with the current state of the target resource."),
    "internal.server.error": (
        500,
        "The server encountered an unexpected condition which prevented it from fulfilling the request.",
    ),
    "invalid.date": (
        400,
        "Dates must be specified as ISO-8601 strings. For example: yyyy-MM-ddTHH:mm:ss.SSSZ",
    ),
    "invalid.id": (400, "A non-UUID value was specified for an ID field."),
    "invalid.property": (400, "Value [{value}] is not a valid property for object [{object}]"),
    "invalid.query.param.value": (400, "Value [{value}] is not valid for query parameter [{parameter}]."),
    "invalid.value": (400, "Value [{value}] is not valid for field type [{type}]. Allowable values are: {allowed}"),
    "missing.any.permissions": (
        403,
        (
            "Unable to perform the requested action. You must have at least one of the following permissions "
            "assigned: {permissions}"
        ),
    ),
    "missing.division.permission": (403, "Access to {type} {id} is forbidden."),
    "missing.permissions": (
        403,
        "Unable to perform the requested action. You are missing the following permission(s): {permissions}",
    ),
    "not.a.user": (
        400,
        "This request requires a user context. Client credentials cannot be used for requests to this resource.",
    ),
    "not.authorized": (403, "Access to {type} {id} is forbidden."),
    "not.found": (404, "The requested resource was not found."),
    "not.simulated": (501, "The simulator does not play this: {what}."),
    "notification.invalid.topic": (400, "The topic {topic} is not valid."),
    "notification.subscription.too.many.subscriptions": (
        400,
        "A channel cannot have more than {maximum} subscriptions.",
    ),
    "request.entity.too.large": (413, "The request is over the size limit. Maximum bytes: {maximum}"),
    "request.timeout": (504, "The request timed out."),
    "service.unavailable": (
        503,
        "Service Unavailable - The server is currently unavailable (because it is overloaded or down for maintenance).",
    ),
    "too.many.requests.retry.after": (
        429,
        "Rate limit exceeded the maximum. Retry the request in [{seconds}] seconds",
    ),
    "unsupported.media.type": (
        415,
        (
            "Unsupported Media Type - Unsupported or incorrect media type, such as an incorrect Content-Type value "
            "in the header."
        ),
    ),
}


class Problem(Exception):
    """A refusal of the API; carries all that its answer says."""

    def __init__(self, code: str, *, status: int | None = None, message: str | None = None, **params: object) -> None:
        documented_status, template = MESSAGES[code]
        self.code = code
        self.status = status or documented_status
        self.template = message or template
        self.params = {name: str(value) for name, value in params.items()}
        self.message = self.template.format(**self.params) if self.params else self.template
        super().__init__(f"{self.status} {code}: {self.message}")

    def body(self, correlation_id: str) -> dict[str, Any]:
        """Return the `ErrorBody`; its contextId is the answer's ININ-Correlation-Id."""
        body: dict[str, Any] = {
            "message": self.message,
            "code": self.code,
            "status": self.status,
            "contextId": correlation_id,
            "details": [],
            "errors": [],
        }
        if self.params:
            body |= {"messageWithParams": self.template, "messageParams": self.params}
        return body

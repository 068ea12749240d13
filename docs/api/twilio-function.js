// A Twilio Function: after a Studio flow or a Flex task ends, hands in its outcome. Node 18 or newer, no package needed.
// Environment variables: WRAPUPS_URL, WRAPUPS_KEY. Parameters: ConversationId, Disposition, CallSid (or TaskSid).
exports.handler = async function (context, event, callback) {
  const name = event.CallSid || event.TaskSid;
  const answer = await fetch(`${context.WRAPUPS_URL}/api/v1/dispositions`, {
    method: "POST",
    headers: {
      Authorization: `Bearer ${context.WRAPUPS_KEY}`,
      "Content-Type": "application/json",
      // Twilio may run a function twice for one event; both times it is the same request.
      "Idempotency-Key": `twilio-${name}`,
    },
    body: JSON.stringify({
      conversation_id: event.ConversationId,
      disposition: event.Disposition,
      event_id: name,
    }),
    // A function of Twilio's has ten seconds.
    signal: AbortSignal.timeout(8000),
  });
  const told = await answer.json();
  if (!answer.ok) {
    return callback(new Error(`${answer.status} ${told.title}: ${told.detail}`));
  }
  return callback(null, told);
};

"""Every address of the dashboard. Who may open which is in `dashboard/policy.py`, by name."""

from django.urls import URLPattern, path

from dashboard.api.urls import urlpatterns as api
from dashboard.views import (
    account,
    assignments,
    backfills,
    catalogue,
    conversations,
    drift,
    events,
    failures,
    health,
    history,
    inbound,
    keys,
    names,
    organization,
    organizations,
    overview,
    preferences,
    probes,
    releases,
    rules,
    search,
    sources,
    subscriptions,
    uploads,
)

handler400 = "dashboard.views.errors.bad_request"
handler403 = "dashboard.views.errors.not_allowed"
handler404 = "dashboard.views.errors.not_found"
handler500 = "dashboard.views.errors.failed"

urlpatterns: list[URLPattern] = [
    path("", overview.overview, name="overview"),
    path("search", search.search, name="search"),
    path("calls/hold", overview.hold, name="hold"),
    path("calls/resume", overview.resume, name="resume"),
    # Conversations and their assignments
    path("conversations", conversations.conversation_list, name="conversation-list"),
    path("conversations/new", conversations.conversation_news, name="conversation-news"),
    path("conversations/<int:pk>", conversations.conversation_detail, name="conversation-detail"),
    path("assignments/<int:pk>/row", assignments.assignment_row, name="assignment-row"),
    path("assignments/<int:pk>/retry", assignments.assignment_retry, name="assignment-retry"),
    path("assignments/<int:pk>/insist", assignments.assignment_insist, name="assignment-insist"),
    path("assignments/<int:pk>/cancel", assignments.assignment_cancel, name="assignment-cancel"),
    path("names/<slug:kind>", names.name_options, name="name-options"),
    # Rules and releases
    path("rules", rules.rule_list, name="rule-list"),
    path("rules/new", rules.rule_add, name="rule-add"),
    path("rules/preview", rules.rule_preview, name="rule-preview"),
    path("rules/<int:pk>", rules.rule_change, name="rule-change"),
    path("rules/<int:pk>/move", rules.rule_move, name="rule-move"),
    path("rules/<int:pk>/remove", rules.rule_remove, name="rule-remove"),
    path("releases", releases.release_list, name="release-list"),
    path("releases/draft", releases.draft_open, name="draft-open"),
    path("releases/draft/publish", releases.release_publish, name="release-publish"),
    path("releases/draft/discard", releases.release_discard, name="release-discard"),
    path("releases/<int:number>", releases.release_detail, name="release-detail"),
    # Failures
    path("failures", failures.failure_list, name="failure-list"),
    path("failures/<int:pk>", failures.failure_detail, name="failure-detail"),
    # What outside systems post
    path("events/<slug:key>", events.event, name="event"),
    # Intake
    path("intake/events", inbound.event_list, name="event-list"),
    path("intake/events/replay", inbound.event_replay_group, name="event-replay-group"),
    path("intake/events/dismiss", inbound.event_dismiss_group, name="event-dismiss-group"),
    path("intake/events/<int:pk>", inbound.event_detail, name="event-detail"),
    path("intake/events/<int:pk>/mend", inbound.event_mend, name="event-mend"),
    path("intake/events/<int:pk>/replay", inbound.event_replay, name="event-replay"),
    path("intake/events/<int:pk>/dismiss", inbound.event_dismiss, name="event-dismiss"),
    path("intake/files", uploads.upload_list, name="upload-list"),
    path("intake/files/new", uploads.upload_add, name="upload-add"),
    path("intake/files/<int:pk>", uploads.upload_detail, name="upload-detail"),
    path("intake/files/<int:pk>/columns", uploads.upload_mapping, name="upload-mapping"),
    path("intake/files/<int:pk>/take-in", uploads.upload_take_in, name="upload-take-in"),
    path("intake/files/<int:pk>/cancel", uploads.upload_cancel, name="upload-cancel"),
    path("intake/files/<int:pk>/result", uploads.upload_result, name="upload-result"),
    # History
    path("history", history.history_list, name="history-list"),
    path("history/changes", history.history_changes, name="history-changes"),
    # Catalogue
    path("catalogue/queues", catalogue.queues, name="catalogue-queues"),
    path("catalogue/queues/<int:pk>", catalogue.queue, name="catalogue-queue"),
    path("catalogue/codes", catalogue.codes, name="catalogue-codes"),
    path("catalogue/codes/<int:pk>", catalogue.code, name="catalogue-code"),
    path("catalogue/agents", catalogue.agents, name="catalogue-agents"),
    path("catalogue/divisions", catalogue.divisions, name="catalogue-divisions"),
    path("catalogue/reading", catalogue.reading, name="catalogue-reading"),
    path("catalogue/read", catalogue.read, name="catalogue-read"),
    path("catalogue/drift", drift.notices, name="catalogue-drift"),
    path("catalogue/drift/<int:pk>/dismiss", drift.dismiss, name="catalogue-drift-dismiss"),
    # Back-fills
    path("intake/backfills", backfills.backfill_list, name="backfill-list"),
    path("intake/backfills/new", backfills.backfill_add, name="backfill-add"),
    path("intake/backfills/<int:pk>", backfills.backfill_detail, name="backfill-detail"),
    path("intake/backfills/<int:pk>/confirm", backfills.backfill_confirm, name="backfill-confirm"),
    path("intake/backfills/<int:pk>/cancel", backfills.backfill_cancel, name="backfill-cancel"),
    path("intake/backfills/<int:pk>/anew", backfills.backfill_anew, name="backfill-anew"),
    # The organization's settings
    path("organization", organization.organization, name="organization"),
    path("organization/check", organization.organization_check, name="organization-check"),
    path("organization/client", organization.organization_client, name="organization-client"),
    path("organization/policies", organization.organization_policies, name="organization-policies"),
    path(
        "organization/policies/change", organization.organization_policies_change, name="organization-policies-change"
    ),
    path("organization/probes", probes.probe_list, name="probe-list"),
    path("organization/probes/new", probes.probe_add, name="probe-add"),
    path("organization/probes/<int:pk>", probes.probe_detail, name="probe-detail"),
    path("organization/probes/<int:pk>/confirm", probes.probe_confirm, name="probe-confirm"),
    path("organization/probes/<int:pk>/cancel", probes.probe_cancel, name="probe-cancel"),
    path("organization/sources", sources.source_list, name="source-list"),
    path("organization/sources/new", sources.source_add, name="source-add"),
    path("organization/sources/<int:pk>", sources.source_detail, name="source-detail"),
    path("organization/sources/<int:pk>/name", sources.source_rename, name="source-rename"),
    path("organization/sources/<int:pk>/secret", sources.source_secret, name="source-secret"),
    path("organization/sources/<int:pk>/secret/drop", sources.source_secret_drop, name="source-secret-drop"),
    path("organization/sources/<int:pk>/switch", sources.source_switch, name="source-switch"),
    path("organization/sources/<int:pk>/remove", sources.source_remove, name="source-remove"),
    path("organization/keys", keys.key_list, name="key-list"),
    path("organization/keys/new", keys.key_add, name="key-add"),
    path("organization/keys/<int:pk>/revoke", keys.key_revoke, name="key-revoke"),
    # Other programs
    *api,
    # Another organization
    path("organization/add", organizations.organization_add, name="organization-add"),
    path("organization/add/check", organizations.organization_add_check, name="organization-add-check"),
    path("organization/add/correct", organizations.organization_add_correct, name="organization-add-correct"),
    path("organization/add/policies", organizations.organization_add_policies, name="organization-add-policies"),
    # Webhooks
    path("organization/webhooks", subscriptions.subscription_list, name="subscription-list"),
    path("organization/webhooks/new", subscriptions.subscription_add, name="subscription-add"),
    path("organization/webhooks/<int:pk>", subscriptions.subscription_detail, name="subscription-detail"),
    path("organization/webhooks/<int:pk>/change", subscriptions.subscription_change, name="subscription-change"),
    path("organization/webhooks/<int:pk>/secret", subscriptions.subscription_secret, name="subscription-secret"),
    path(
        "organization/webhooks/<int:pk>/secret/drop",
        subscriptions.subscription_secret_drop,
        name="subscription-secret-drop",
    ),
    path("organization/webhooks/<int:pk>/pause", subscriptions.subscription_pause, name="subscription-pause"),
    path("organization/webhooks/<int:pk>/resume", subscriptions.subscription_resume, name="subscription-resume"),
    path("organization/webhooks/<int:pk>/remove", subscriptions.subscription_remove, name="subscription-remove"),
    path("organization/webhooks/<int:pk>/test", subscriptions.subscription_test, name="subscription-test"),
    path("organization/webhooks/<int:pk>/again", subscriptions.subscription_tell_again, name="subscription-tell-again"),
    path("organization/webhooks/notices/<int:pk>", subscriptions.notice_detail, name="notice-detail"),
    path("organization/webhooks/notices/<int:pk>/again", subscriptions.notice_tell_again, name="notice-tell-again"),
    # The person
    path("sign-in", account.SignIn.as_view(), name="sign-in"),
    path("sign-out", account.SignOut.as_view(), name="sign-out"),
    path("account", account.account, name="account"),
    path("account/password", account.ChangePassword.as_view(), name="change-password"),
    path("account/organization", preferences.choose_organization, name="choose-organization"),
    path("account/theme", preferences.choose_theme, name="choose-theme"),
    # The machine
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]

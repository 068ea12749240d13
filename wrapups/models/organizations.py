"""A Genesys Cloud organization, how we may speak to it, and how much."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from wrapups.domain import notes
from wrapups.domain.eligibility import Legs, Overwrite, Policy
from wrapups.models.audit import audited
from wrapups.models.clock import AppNow
from wrapups.models.scoping import EVERYTHING, Sight
from wrapups.models.sealing import seal, unseal

CALLS_PER_MINUTE, BURST = 288, 8
"""Genesys documents 300 a minute per token. A steady rate, and what may come at once: in no minute 300 together."""


class Organization(models.Model):
    """One Genesys Cloud organization: where it is, our OAuth client there, and the policies that hold in it."""

    name = models.CharField(max_length=120)
    slug = models.SlugField(unique=True, help_text="Never changes: secrets are sealed for it.")
    genesys_id = models.CharField(max_length=64, blank=True)
    api_url = models.CharField(max_length=200, help_text="https://api.{region}, one of the known regions.")
    client_id = models.CharField(max_length=64)
    client_secret_sealed = models.TextField(blank=True)
    time_zone = models.CharField(max_length=64, default="UTC")

    # Policies: what we may do. Each has its meaning beside it on the settings page.
    overwrite = models.CharField(
        max_length=8, choices=[(o.value, o.value) for o in Overwrite], default=Overwrite.SYSTEM.value
    )
    skip_campaigns = models.BooleanField(default=True)
    require_queue = models.BooleanField(default=True)
    acw_guard = models.BooleanField(default=True)
    acw_recheck_s = models.PositiveIntegerField(default=60, validators=[MinValueValidator(1)])
    disable_end_time_updates = models.BooleanField(default=True)
    read_first = models.BooleanField(default=False)
    grace_s = models.PositiveIntegerField(default=120, validators=[MaxValueValidator(86_400)])
    legs = models.CharField(
        max_length=8, choices=[(each.value, each.value) for each in Legs], default=Legs.EVERY.value, db_default="every"
    )
    default_notes = models.CharField(max_length=1000, blank=True, default="", db_default="")
    approval_required = models.BooleanField(
        default=False, db_default=False, help_text="A release is published only after another person approved it."
    )
    asks_predictions = models.BooleanField(
        default=False, db_default=False, help_text="Copilot's predicted code is asked for where no rule matched."
    )
    prediction_after_s = models.PositiveIntegerField(
        default=120, db_default=120, validators=[MaxValueValidator(3600)], help_text="So long after the end."
    )
    retention = models.JSONField(default=dict, db_default={}, blank=True, help_text="Kind of row -> days it is kept.")

    # Pace: how fast, how fresh, how patient.
    calls_per_minute = models.PositiveIntegerField(
        default=CALLS_PER_MINUTE, validators=[MinValueValidator(1), MaxValueValidator(3000)]
    )
    burst = models.PositiveIntegerField(default=BURST, validators=[MinValueValidator(1), MaxValueValidator(50)])
    fresh_for_s = models.PositiveIntegerField(default=300)
    settle_s = models.PositiveIntegerField(default=30)
    confirm_within_s = models.PositiveIntegerField(default=900)
    lookback_h = models.PositiveIntegerField(default=168, validators=[MaxValueValidator(31 * 24)])
    too_late_h = models.PositiveIntegerField(default=72)

    apply_from = models.DateTimeField(db_default=AppNow(), help_text="What ended before is left alone.")

    capabilities = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(db_default=AppNow())

    sight: Sight = EVERYTHING
    """What whoever asks may see of it; set where a person asks (`wrapups.services.seeing`), heeded by `objects.of`."""

    class Meta:
        triggers: ClassVar = [audited(leave_out=["client_secret_sealed"])]

    def __str__(self) -> str:
        return self.name

    def policy(self) -> Policy:
        """Return the policies as the domain wants them."""
        return Policy(
            overwrite=Overwrite(self.overwrite),
            skip_campaigns=self.skip_campaigns,
            require_queue=self.require_queue,
            acw_guard=self.acw_guard,
            acw_recheck_s=self.acw_recheck_s,
            disable_end_time_updates=self.disable_end_time_updates,
            read_first=self.read_first,
            grace_s=self.grace_s,
            legs=Legs(self.legs),
            default_notes=notes.as_written(self.default_notes),
        )

    @property
    def client_secret(self) -> str:
        """The OAuth client's secret; raises SealBroken where the keys do not fit."""
        return unseal(self.client_secret_sealed, belongs_to=f"{self.slug}:client_secret")

    @client_secret.setter
    def client_secret(self, secret: str) -> None:
        self.client_secret_sealed = seal(secret, belongs_to=f"{self.slug}:client_secret")


class CallBudget(models.Model):
    """How many calls an organization may still make, and what holds them: one row that every worker reads.

    Kept apart from Organization because it changes with every call. A hold touches no assignment.
    """

    organization = models.OneToOneField(
        Organization, primary_key=True, on_delete=models.CASCADE, related_name="call_budget"
    )
    tokens = models.FloatField(default=0)
    tokens_at = models.DateTimeField(db_default=AppNow())
    wait_until = models.DateTimeField(null=True, help_text="Genesys asked us to wait until then.")
    told_to_wait_at = models.DateTimeField(null=True, help_text="It has asked so, again and again, since then.")
    held_at = models.DateTimeField(null=True, help_text="A person paused all calls.")
    held_by = models.ForeignKey("wrapups.Person", null=True, on_delete=models.PROTECT, related_name="+")
    held_reason = models.CharField(max_length=300, blank=True)
    refused_at = models.DateTimeField(null=True, help_text="Genesys refused the OAuth client.")
    refused_because = models.CharField(max_length=500, blank=True)

    # Parts that people paused, as `WorkHold` has them; its trigger sets these.
    held_lanes = ArrayField(models.CharField(max_length=8), default=list, db_default=[])
    held_rules = ArrayField(models.UUIDField(), default=list, db_default=[], help_text="Their identities.")

    # The breaker: what the last calls met, and until when nobody calls (`wrapups.domain.breaker`).
    recent_calls = models.CharField(max_length=32, blank=True)
    breaker_opened = models.PositiveSmallIntegerField(default=0)
    breaker_until = models.DateTimeField(null=True, help_text="Open until then; afterwards one call goes first.")
    # What Genesys says of its own limit. It may slow us down and never speed us up.
    allowed_per_minute = models.PositiveIntegerField(null=True)

    class Meta:
        triggers: ClassVar = [
            audited(
                leave_out=[
                    *("tokens", "tokens_at", "wait_until", "told_to_wait_at"),
                    *("recent_calls", "held_lanes", "held_rules"),
                ]
            )
        ]

    def __str__(self) -> str:
        return f"call budget of {self.organization_id}"


class AccessToken(models.Model):
    """The one token all workers of an organization share, and who is renewing it."""

    organization = models.OneToOneField(
        Organization, primary_key=True, on_delete=models.CASCADE, related_name="access_token"
    )
    sealed = models.TextField(blank=True)
    expires_at = models.DateTimeField(null=True)
    renewing_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"access token of {self.organization_id}"


class Sweep(models.Model):
    """One recurring duty of one organization: when it is due, who does it, how far it came, what stopped it."""

    class Kind(models.TextChoices):
        DISCOVER = "discover"
        REFRESH = "refresh"
        VERIFY = "verify"
        CATALOGUE = "catalogue"
        WATCH = "watch"
        RECONCILE = "reconcile"
        CHECK = "check"
        CATCH_UP = "catch_up"
        TALLY = "tally"
        PUBLISH = "publish"
        TIDY = "tidy"
        PREDICT = "predict"
        ALERT = "alert"

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="sweeps")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    due_at = models.DateTimeField(db_default=AppNow())
    lease_until = models.DateTimeField(null=True)
    watermark_at = models.DateTimeField(null=True)
    until_at = models.DateTimeField(null=True, help_text="Where a stretch ends that is gone through in several turns.")
    cursor = models.TextField(blank=True, default="", db_default="", help_text="How far it has been read.")
    succeeded_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "kind"], name="sweep_once")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.organization_id}"

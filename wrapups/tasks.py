"""Celery tasks: doorbells. An organization's id in, one service call, nothing out; no retry, no countdown, no logic.

Ringing one twice does no harm, and losing one loses nothing: the pump rings again.
"""

import importlib
from contextlib import suppress
from functools import lru_cache

from celery import shared_task
from celery.signals import worker_init
from django.conf import settings
from django.utils.module_loading import import_string
from kombu.exceptions import OperationalError

from wrapups.domain.capabilities import Capabilities, WritePath
from wrapups.genesys.gateway import GenesysGateway, connect
from wrapups.models import Organization
from wrapups.models.clock import app_now
from wrapups.outgoing.posting import Courier
from wrapups.services import (
    adding_codes,
    alert_delivery,
    alerting,
    budgeting,
    bulk_work,
    cataloguing,
    catching_up,
    checking,
    discovering,
    draining,
    erasing_work,
    filling,
    measuring,
    notifying,
    overseeing,
    predicting,
    proposing,
    reporting,
    simulating,
    taking_in,
    taking_in_files,
    tallying,
    tidying,
    verifying,
    writing_exports,
)
from wrapups.services.draining import Left, worker_name
from wrapups.services.tokens import SharedTokens

BROKER_TROUBLE = (OperationalError, OSError)
"""What ringing a doorbell raises when the broker is away. Nothing is lost by it."""


@worker_init.connect
def load_sdk(**_: object) -> None:
    """Import the SDK before the first task, so that no assignment waits for it under a running lease."""
    importlib.import_module("wrapups.genesys.sdk")


@shared_task(expires=30)
def drain(organization_id: int) -> None:
    """Apply what is due for a few seconds; what is then left rings again."""
    organization = Organization.objects.get(pk=organization_id)
    left = draining.drain(organization, gateway=gateway_to(organization), for_s=settings.DRAIN_FOR_S)
    if left is Left.WORK:
        with suppress(*BROKER_TROUBLE):  # the pump rings again
            drain.delay(organization_id)


@shared_task(expires=60)
def discover(organization_id: int) -> None:
    """Look for ended conversations, if it is time."""
    organization = Organization.objects.get(pk=organization_id)
    discovering.discover(organization, gateway=gateway_to(organization))


@shared_task(expires=60)
def verify(organization_id: int) -> None:
    """Read back what was accepted, a hundred at a time, until nothing more is due or allowed."""
    organization = Organization.objects.get(pk=organization_id)
    verifying.verify_all(organization, gateway=gateway_to(organization), worker=worker_name())


@shared_task(expires=60)
def oversee(organization_id: int) -> None:
    """Look again at what was verified, if it is time."""
    organization = Organization.objects.get(pk=organization_id)
    every_s = settings.OVERSEE_EVERY_S
    overseeing.oversee(organization, gateway=gateway_to(organization), worker=worker_name(), every_s=every_s)


@shared_task(expires=600)
def reconcile(organization_id: int) -> None:
    """Go through the last day once more, if it is time."""
    organization = Organization.objects.get(pk=organization_id)
    catching_up.reconcile(organization, gateway=gateway_to(organization))


@shared_task(expires=60)
def catch_up(organization_id: int) -> None:
    """Go on with what ended while nobody looked, if there is any."""
    organization = Organization.objects.get(pk=organization_id)
    catching_up.catch_up(organization, gateway=gateway_to(organization))


@shared_task(expires=60)
def take_in(organization_id: int) -> None:
    """Look at the conversations that events have named."""
    organization = Organization.objects.get(pk=organization_id)
    taking_in.take_in(organization, gateway=gateway_to(organization))


@shared_task(expires=60)
def take_in_upload(organization_id: int) -> None:
    """Take in files that somebody has let be taken in, for a few seconds; what is then left rings again."""
    organization = Organization.objects.get(pk=organization_id)
    if taking_in_files.take_in(organization, for_s=settings.DRAIN_FOR_S):
        with suppress(*BROKER_TROUBLE):  # the pump rings again
            take_in_upload.delay(organization_id)


@shared_task(expires=600)
def sync_catalogue(organization_id: int) -> None:
    """Read the catalogue anew, if it is time."""
    organization = Organization.objects.get(pk=organization_id)
    cataloguing.sync(organization, gateway=gateway_to(organization))


@shared_task(expires=60)
def check(organization_id: int) -> None:
    """Check what the OAuth client may do, if it is time."""
    organization = Organization.objects.get(pk=organization_id)
    checking.check(organization, gateway=gateway_to(organization))


@shared_task(expires=60)
def probe(organization_id: int) -> None:
    """Let the organization's open probe go on, if there is one."""
    organization = Organization.objects.get(pk=organization_id)
    measuring.go_on(organization, gateway=gateway_to(organization))


@shared_task(expires=60)
def add_codes(organization_id: int) -> None:
    """Put the codes on queues that somebody has let be put there."""
    organization = Organization.objects.get(pk=organization_id)
    adding_codes.go_on(organization, gateway=gateway_to(organization))


@shared_task(expires=30)
def notify(organization_id: int) -> None:
    """Tell subscribers what is due to be told, for a few seconds."""
    organization = Organization.objects.get(pk=organization_id)
    courier = _courier(settings.LOOPBACK_RECEIVERS)
    notifying.notify(organization, courier=courier, worker=worker_name(), for_s=settings.DRAIN_FOR_S)


@shared_task(expires=60)
def look_for_alerts(organization_id: int) -> None:
    """Look for what somebody must be told of, if it is time."""
    alerting.look(Organization.objects.get(pk=organization_id))


@shared_task(expires=60)
def send_alerts(organization_id: int) -> None:
    """Send the alerts that may be sent now."""
    writer, courier = importlib.import_module(settings.ALERT_WRITER), _courier(settings.LOOPBACK_RECEIVERS)
    alert_delivery.send_due(Organization.objects.get(pk=organization_id), writer=writer, courier=courier)


@lru_cache(maxsize=2)
def _courier(this_machine: bool) -> Courier:
    """Return this process's door to receivers, whose connections its threads share."""
    return Courier(this_machine=this_machine)


@shared_task(expires=60)
def back_fill(organization_id: int) -> None:
    """Let the organization's open back-fill go on for a turn, if there is one."""
    organization = Organization.objects.get(pk=organization_id)
    filling.go_on(organization, gateway=gateway_to(organization))


@shared_task(expires=60)
def simulate(organization_id: int) -> None:
    """Let the organization's what-if go on for a few seconds; what is then left rings again."""
    organization = Organization.objects.get(pk=organization_id)
    if simulating.simulate(organization, for_s=settings.DRAIN_FOR_S):
        with suppress(*BROKER_TROUBLE):  # the pump rings again
            simulate.delay(organization_id)


@shared_task(expires=60)
def send_reports(organization_id: int) -> None:
    """Send the reports that somebody gets by e-mail and that are due."""
    organization = Organization.objects.get(pk=organization_id)
    reporting.send_due(organization, write=import_string(settings.REPORT_WRITER))


@shared_task(expires=600)
def tidy(organization_id: int) -> None:
    """Remove what is past its time, for a few seconds, if that is due."""
    tidying.tidy(Organization.objects.get(pk=organization_id), for_s=settings.DRAIN_FOR_S)


@shared_task(expires=60)
def tally(organization_id: int) -> None:
    """Count what was decided and which dispositions came, if it is time."""
    tallying.tally(Organization.objects.get(pk=organization_id))


@shared_task(expires=60)
def publish_due(organization_id: int) -> None:
    """Put in force what is due to be, or hold it, if it is time."""
    proposing.publish_due(Organization.objects.get(pk=organization_id))


@shared_task(expires=60)
def predict(organization_id: int) -> None:
    """Ask what Copilot predicts of what no rule has decided, if it is time."""
    organization = Organization.objects.get(pk=organization_id)
    predicting.predict(organization, gateway=gateway_to(organization))


@shared_task(expires=60)
def work_bulk_act(organization_id: int) -> None:
    """Go on with an act on many assignments, for a few seconds; what is then left rings again."""
    organization = Organization.objects.get(pk=organization_id)
    if bulk_work.work(organization, for_s=settings.DRAIN_FOR_S):
        with suppress(*BROKER_TROUBLE):  # the pump rings again
            work_bulk_act.delay(organization_id)


@shared_task(expires=60)
def write_export(organization_id: int) -> None:
    """Go on with what somebody wants as a file, for a few seconds; what is then left rings again."""
    organization = Organization.objects.get(pk=organization_id)
    table_of = import_string(settings.EXPORT_TABLE)
    if writing_exports.write(organization, table_of=table_of, for_s=settings.DRAIN_FOR_S):
        with suppress(*BROKER_TROUBLE):  # the pump rings again
            write_export.delay(organization_id)


@shared_task(expires=60)
def erase_customer(organization_id: int) -> None:
    """Go on with finding or erasing a customer, for a few seconds; what is then left rings again."""
    organization = Organization.objects.get(pk=organization_id)
    if erasing_work.work(organization, for_s=settings.DRAIN_FOR_S):
        with suppress(*BROKER_TROUBLE):  # the pump rings again
            erase_customer.delay(organization_id)


def gateway_to(organization: Organization) -> GenesysGateway:
    """Return this process's gateway to an organization; a changed client or address gets a new one."""
    identity = (organization.api_url, organization.client_id, organization.client_secret_sealed)
    paths = tuple(sorted(Capabilities.of(organization.capabilities).write_paths().items()))
    return _gateway(organization.pk, identity, paths)


@lru_cache(maxsize=32)
def _gateway(
    organization_id: int,
    identity: tuple[str, str, str],  # noqa: ARG001 (part of the key: another client gets another gateway)
    paths: tuple[tuple[str, WritePath], ...],
) -> GenesysGateway:
    organization = Organization.objects.get(pk=organization_id)
    return connect(
        api_url=organization.api_url,
        client_id=organization.client_id,
        client_secret=organization.client_secret,
        tokens=SharedTokens(organization),
        deadline_s=settings.GENESYS_DEADLINE_S,
        connect_timeout_s=settings.GENESYS_CONNECT_TIMEOUT_S,
        write_paths=dict(paths),
        clock=app_now,
        on_limit=budgeting.Respect(organization_id),
    )

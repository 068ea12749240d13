"""Making the showcase: organization, catalogue, people, a published release. Doing it twice changes nothing."""

from dataclasses import dataclass
from datetime import timedelta

from wrapups.domain.roles import Role
from wrapups.genesys.simulator.client import SimulatorControl
from wrapups.management.showcase.crm import SOURCE
from wrapups.management.showcase.rules import RULES, code_named, stored_conditions
from wrapups.models import EventSource, Membership, Organization, Person
from wrapups.models.clock import app_now
from wrapups.services import cataloguing, publishing, releasing, rulebook, sources
from wrapups.services.auditing import Actor
from wrapups.services.organizing import add_organization
from wrapups.tasks import gateway_to

SLUG = "showcase"
PEOPLE = {
    Role.ADMIN: ("ada", "Ada", "Okafor"),
    Role.SUPERVISOR: ("sam", "Sam", "Lindqvist"),
    Role.OPS: ("olu", "Olu", "Marsh"),
}


@dataclass(frozen=True, slots=True)
class SignIn:
    """How one of the three people signs in."""

    role: Role
    username: str
    password: str


def seed(simulator: SimulatorControl, *, password: str, **policies: object) -> Organization:
    """Return the showcase's organization, whole: connected to this simulator, its catalogue read, rules in force.

    `policies` are columns of the organization, such as a shorter grace time.
    """
    organization = Organization.objects.filter(slug=SLUG).first() or _connect(simulator, **policies)
    _point_at(organization, simulator)
    people = {role: _person(organization, role, password) for role in PEOPLE}
    cataloguing.sync(organization, gateway=gateway_to(organization))
    admin = Actor(people[Role.ADMIN], "showcase")
    if not EventSource.everywhere.of(organization).filter(name=SOURCE).exists():
        sources.add(organization, kind=EventSource.Kind.WEBHOOK, name=SOURCE, actor=admin)
    if rulebook.in_force(organization) is None:
        _publish(organization, admin)
    return organization


def sign_ins(password: str) -> list[SignIn]:
    """Return the three sign-ins."""
    return [SignIn(role, username, password) for role, (username, _, _) in PEOPLE.items()]


def _connect(simulator: SimulatorControl, **policies: object) -> Organization:
    client = simulator.client()
    return add_organization(
        name=simulator.catalogue()["organization_name"],
        slug=SLUG,
        api_url=simulator.url,
        client_id=client["client_id"],
        client_secret=client["client_secret"],
        apply_from=app_now() - timedelta(days=365 * 5),
        **policies,
    )


def _point_at(organization: Organization, simulator: SimulatorControl) -> None:
    """The simulator may have another port than last time."""
    if organization.api_url != simulator.url:
        Organization.objects.filter(pk=organization.pk).update(api_url=simulator.url)
        organization.refresh_from_db()


def _person(organization: Organization, role: Role, password: str) -> Person:
    username, first_name, last_name = PEOPLE[role]
    names = {"first_name": first_name, "last_name": last_name, "email": f"{username}@harbour-finch.example"}
    person, created = Person.objects.get_or_create(username=username, defaults=names)
    if created:
        person.set_password(password)
        person.save(update_fields=["password"])
    Membership.objects.get_or_create(person=person, organization=organization, defaults={"role": role})
    return person


def _publish(organization: Organization, actor: Actor) -> None:
    draft = releasing.open_draft(organization, actor=actor)
    for name, conditions, code, notes in RULES:
        releasing.add_rule(
            draft,
            name=name,
            conditions=stored_conditions(organization, conditions),
            wrapup_code=code_named(organization, code),
            notes=notes,
            actor=actor,
        )
    publishing.publish(
        draft, reason="First rules: what the CRM says, transfers, timed-out after-call work.", actor=actor
    )

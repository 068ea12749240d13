"""People and what they may do in which organization."""

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from wrapups.domain.roles import Role
from wrapups.models.audit import audited


class Person(AbstractUser):
    """Somebody who signs in. Rights come from memberships alone; staff and superuser flags open nothing."""

    time_zone = models.CharField(max_length=64, blank=True, help_text="Empty: as the browser says.")
    must_choose_password = models.BooleanField(
        default=False, db_default=False, help_text="They signed in with a password that somebody else has seen."
    )

    class Meta(AbstractUser.Meta):
        abstract = False
        triggers = [audited(leave_out=["password", "last_login"])]


class Membership(models.Model):
    """One person's role in one organization, and the divisions whose conversations they see there."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="memberships")
    organization = models.ForeignKey("wrapups.Organization", on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=16, choices=[(role.value, role.name.title()) for role in Role])
    division_ids = ArrayField(
        models.CharField(max_length=64), default=list, db_default=[], blank=True, help_text="Empty: every division."
    )
    default_view = models.ForeignKey(
        "wrapups.SavedView",
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="What the conversations list opens with.",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "organization"], name="membership_once"),
            models.CheckConstraint(
                condition=~Q(role=Role.ADMIN.value) | Q(division_ids=[]), name="membership_admin_sees_everything"
            ),
        ]
        triggers = [audited()]

    def __str__(self) -> str:
        return f"{self.person} is {self.role} of {self.organization}"

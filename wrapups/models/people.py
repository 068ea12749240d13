"""People and what they may do in which organization."""

from django.contrib.auth.models import AbstractUser
from django.db import models

from wrapups.domain.roles import Role
from wrapups.models.audit import audited


class Person(AbstractUser):
    """Somebody who signs in. Rights come from memberships alone; staff and superuser flags open nothing."""

    time_zone = models.CharField(max_length=64, blank=True, help_text="Empty: as the browser says.")

    class Meta(AbstractUser.Meta):
        abstract = False
        triggers = [audited(leave_out=["password", "last_login"])]


class Membership(models.Model):
    """One person's role in one organization."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="memberships")
    organization = models.ForeignKey("wrapups.Organization", on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=16, choices=[(role.value, role.name.title()) for role in Role])

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "organization"], name="membership_once")]
        triggers = [audited()]

    def __str__(self) -> str:
        return f"{self.person} is {self.role} of {self.organization}"

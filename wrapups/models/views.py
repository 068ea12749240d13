"""Saved views: searches of the conversations list under a name, one's own or shared with the organization."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from wrapups.models.audit import audited
from wrapups.models.clock import AppNow
from wrapups.models.scoping import Owned

LONGEST_QUERY = 8000


class SavedView(Owned):
    """A search under a name. Its owner changes it; who it is shared with opens it, and sees what their rights show."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=64)
    slug = models.SlugField(unique=True, max_length=64, help_text="Never changes, so that a link to it stays good.")
    query = models.TextField(max_length=LONGEST_QUERY, blank=True, help_text="The canonical address's part after '?'.")
    columns = ArrayField(models.CharField(max_length=32), default=list, blank=True, help_text="Empty: as one has them.")
    shared = models.BooleanField(default=False)
    created_at = models.DateTimeField(db_default=AppNow())

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["organization", "person"], name="saved_view_of_person"),
            models.Index(fields=["organization"], condition=models.Q(shared=True), name="saved_view_shared"),
        ]
        triggers: ClassVar = [audited()]

    def __str__(self) -> str:
        return self.name

"""What is asked of a report, as people choose it or as it stands in an address."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.http import QueryDict

from dashboard.queries.names import NoSuchName, name_meant
from dashboard.queries.narrowing import NOTHING
from dashboard.queries.reports.asked import AROUND, LAST_DAYS, STEPS, ReportFilter
from dashboard.queries.reports.registry import Kind
from wrapups.domain.status import Status
from wrapups.models import Division, MappingRule, Organization, Release
from wrapups.services.tallying import COUNTED_DAYS

MOST_RULES = 500
MOST_PAGES, MOST_RELEASES = 1000, 2_000_000_000


class ReportForm(forms.Form):
    """Reads what is asked of a report. What cannot be used is an error at its field and narrows nothing."""

    days = forms.TypedChoiceField(
        required=False, coerce=int, choices=[(days, str(days)) for days in LAST_DAYS], widget=forms.HiddenInput
    )
    first = forms.DateField(required=False, label="From", widget=forms.DateInput({"type": "date"}))
    last = forms.DateField(required=False, label="To", widget=forms.DateInput({"type": "date"}))
    step = forms.ChoiceField(required=False, label="By", choices=[("", "as fits"), *((each, each) for each in STEPS)])
    queue = forms.CharField(required=False, max_length=256)
    division = forms.ChoiceField(required=False)
    rule = forms.ChoiceField(required=False)
    status = forms.ChoiceField(
        required=False,
        label="What became of it",
        choices=[("", "anything"), *((each.value, each.value) for each in Status if each != Status.SUPERSEDED)],
    )
    release = forms.IntegerField(required=False, min_value=1, max_value=MOST_RELEASES, widget=forms.HiddenInput)
    around = forms.TypedChoiceField(
        required=False, coerce=int, choices=[(days, str(days)) for days in AROUND], widget=forms.HiddenInput
    )
    page = forms.IntegerField(required=False, min_value=1, max_value=MOST_PAGES, widget=forms.HiddenInput)

    def __init__(self, address: QueryDict, organization: Organization, kind: Kind) -> None:
        super().__init__(address, auto_id="report-%s")
        self._organization = organization
        for name in ("queue", "division", "rule", "status"):
            if name not in kind.narrowed_by:
                del self.fields[name]
        self._choose("division", "every division", _divisions)
        self._choose("rule", "every rule", _rules)
        for field in self.fields.values():
            field.widget.attrs["class"] = "form-select" if isinstance(field, forms.ChoiceField) else "form-control"

    def clean_queue(self) -> str:
        """Return the name as it is written; refuse one that no queue has."""
        typed = str(self.cleaned_data["queue"])
        if typed in ("", NOTHING):
            return typed
        try:
            return name_meant(self._organization, "queue", typed)
        except NoSuchName as nobody:
            raise forms.ValidationError(str(nobody)) from None

    def clean(self) -> dict[str, Any]:
        """Refuse days that are out of order, or one without the other."""
        cleaned = super().clean() or {}
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and (last < first or (last - first).days >= COUNTED_DAYS):
            self.add_error("last", f"Choose a day from the first one on, at most {COUNTED_DAYS} days in all.")
        elif bool(first) != bool(last) and not self.errors:
            self.add_error("first" if last else "last", "Choose both days, or neither.")
        return cleaned

    def filter(self) -> ReportFilter:
        """Return what can be used of it."""
        self.is_valid()
        asked: Mapping[str, Any] = {name: value for name, value in self.cleaned_data.items() if value}
        if not ("first" in asked and "last" in asked):
            asked = {name: value for name, value in asked.items() if name not in ("first", "last")}
        return ReportFilter(**asked)

    def _choose(self, name: str, every: str, read: Any) -> None:
        if name in self.fields:
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101 (for the type checker; declared above)
            field.choices = [("", every), *read(self._organization)]


def _divisions(organization: Organization) -> Sequence[tuple[str, str]]:
    rows = Division.objects.of(organization).filter(gone_at=None).order_by("name")
    return [(name, name) for name in rows.values_list("name", flat=True).distinct()]


def _rules(organization: Organization) -> Sequence[tuple[str, str]]:
    """Return the rules of the releases that are in force or were, newest name first, the first 500."""
    rows = MappingRule.objects.of(organization).exclude(release__state=Release.State.DRAFT)
    newest = rows.order_by("identity", "-release__number").distinct("identity")
    found = sorted(
        ((str(identity), name) for identity, name in newest.values_list("identity", "name")), key=lambda each: each[1]
    )
    return found[:MOST_RULES]

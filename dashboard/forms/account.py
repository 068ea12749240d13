"""What a person may change about themselves."""

from typing import Any, cast

from django import forms

from dashboard.middleware.timezone import zones
from wrapups.models import Person


class TimeZoneForm(forms.ModelForm[Person]):
    """The zone in which a person reads times."""

    time_zone = forms.ChoiceField(required=False, label="Time zone")

    class Meta:
        model = Person
        fields = ("time_zone",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast(forms.ChoiceField, self.fields["time_zone"])
        field.choices = [("", "As my browser says"), *((zone, zone.replace("_", " ")) for zone in sorted(zones()))]
        field.widget.attrs["class"] = "form-select"

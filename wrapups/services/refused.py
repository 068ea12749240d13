"""How a service says that it does not do what a person asks."""


class Refused(ValueError):
    """It cannot be so; the text says why, for the person. `field` is what to mend, empty where it is none."""

    def __init__(self, text: str, field: str = "") -> None:
        super().__init__(text)
        self.field = field

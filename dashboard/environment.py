"""Strict reading of environment variables: a value is what it should be, or the process says what to do."""

from collections.abc import Mapping

from django.core.exceptions import ImproperlyConfigured


class Environment:
    """Reads variables from a mapping and remembers every name asked for, with its default.

    An empty variable counts as not set, because Compose and systemd files pass on empty ones.
    Every reader raises `ImproperlyConfigured`, naming the variable and what it may be; the value itself is
    repeated only where it cannot be a secret.
    """

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        self.defaults: dict[str, str] = {}

    def text(self, name: str, default: str = "") -> str:
        """Return the variable without surrounding space, or the default."""
        self.defaults[name] = default
        return self._variables.get(name, "").strip() or default

    def words(self, name: str, default: str = "") -> list[str]:
        """Return the comma-separated words of the variable, without empty ones."""
        return [word.strip() for word in self.text(name, default).split(",") if word.strip()]

    def flag(self, name: str, default: bool) -> bool:
        """Return whether the variable is `true`; anything but `true` and `false` is refused."""
        value = self.text(name, str(default).lower()).lower()
        if value not in ("true", "false"):
            raise ImproperlyConfigured(f"{name} must be 'true' or 'false', not {value!r}.")
        return value == "true"

    def whole(self, name: str, default: int, *, at_least: int = 1) -> int:
        """Return the variable as a whole number."""
        value = self.text(name, str(default))
        if not value.isascii() or not value.isdecimal() or int(value) < at_least:
            raise ImproperlyConfigured(f"{name} must be a whole number of at least {at_least}, not {value!r}.")
        return int(value)

    def one_of(self, name: str, allowed: tuple[str, ...], default: str) -> str:
        """Return the variable, which must be one of the allowed words."""
        value = self.text(name, default)
        if value not in allowed:
            raise ImproperlyConfigured(f"{name} must be one of {', '.join(allowed)}, not {value!r}.")
        return value

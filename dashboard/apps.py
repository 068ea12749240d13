from django.apps import AppConfig


class DashboardConfig(AppConfig):
    name = "dashboard"

    def ready(self) -> None:
        """Register the system checks."""
        from dashboard import checks  # noqa: F401

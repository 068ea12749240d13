from django.apps import AppConfig


class DashboardConfig(AppConfig):
    name = "dashboard"

    def ready(self) -> None:
        """Register the system checks, and begin to report what the settings ask for."""
        from django.conf import settings

        from dashboard import checks, telemetry  # noqa: F401

        telemetry.start(
            sentry_dsn=settings.SENTRY_DSN, otlp_endpoint=settings.OTLP_ENDPOINT, process=settings.PROCESS_KIND
        )

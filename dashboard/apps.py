from typing import TYPE_CHECKING

from django.apps import AppConfig

if TYPE_CHECKING:
    from wrapups.models import Export
    from wrapups.services.export_tables import Table


class DashboardConfig(AppConfig):
    name = "dashboard"

    def ready(self) -> None:
        """Register the system checks, and say what the rows of an export are."""
        from dashboard import checks  # noqa: F401
        from wrapups.services.export_tables import read_exports_with

        read_exports_with(_table_of)


def _table_of(export: "Export") -> "Table":
    from dashboard.queries.exports import AssignmentTable  # which most processes never need

    return AssignmentTable(export)

"""The Django project: settings, pages and processes. It owns no models.

The Celery app is imported here because `shared_task` needs it wherever Django runs: without it a web process
would publish to Celery's default broker instead of ours.
"""

from dashboard.celery import app as celery_app

__all__ = ["celery_app"]

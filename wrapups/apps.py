from django.apps import AppConfig


class WrapupsConfig(AppConfig):
    name = "wrapups"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Wrap-ups"

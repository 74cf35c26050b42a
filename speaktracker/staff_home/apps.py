from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class StaffHomeConfig(AppConfig):
    """Stands before Django's admin, whose templates it replaces some of."""

    name = "speaktracker.staff_home"
    label = "staff_home"

    def ready(self) -> None:
        """Give what Django leaves in English its words."""
        from speaktracker.staff_home.django_words import speak_plainly

        speak_plainly()


class StaffAdminConfig(AdminConfig):
    """Django's admin, with our site in its place."""

    default_site = "speaktracker.staff_home.admin_site.StaffSite"

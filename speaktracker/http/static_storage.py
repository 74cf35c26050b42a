"""Static files under names with a hash, and under their own before `collectstatic` has run."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """WhiteNoise's storage; JavaScript modules import each other by the hashed names as well."""

    support_js_module_import_aggregation = True

    def stored_name(self, name: str) -> str:
        """Name the collected copy of `name`, or `name` itself, which the finders serve."""
        try:
            return str(super().stored_name(name))
        except ValueError:
            return name

"""From a publication to all dashboards of a tutor here: admitted once, then written."""

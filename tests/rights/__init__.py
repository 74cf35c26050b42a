"""Who may do what: every caller against every call, page, admin page and socket command."""

"""The admin's pages for importing a file, and for what comes after it."""

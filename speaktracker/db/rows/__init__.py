"""Many rows of a table as one parameter of a statement, so that the statement's text is kept."""

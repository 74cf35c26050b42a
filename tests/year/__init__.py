"""A year in a school, from the file on a Monday to the end of the year."""

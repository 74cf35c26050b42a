"""The results: tables and plot made of the rows that the works return."""

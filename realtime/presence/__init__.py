"""Who is here: the facts in SQL, and the transitions between them."""

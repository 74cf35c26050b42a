"""History: what is kept, how it is reckoned, the API and the pages."""

"""A student asks for help, and a tutor sees and answers it: by socket, by the API, by feedback."""

"""The Management API (`@connections`): what other programs post to a socket, on AWS's wire."""

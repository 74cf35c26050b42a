"""What students did: a day, sessions, attendance and coverage, by the API and as pages."""

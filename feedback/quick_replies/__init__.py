"""Texts that tutors often say, one press away: the school's, and each tutor's own."""

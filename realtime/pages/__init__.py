"""The HTML pages of students and tutors."""

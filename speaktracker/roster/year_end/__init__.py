"""The end of a school's year: students switched off, kept a week to be taken back, then erased."""

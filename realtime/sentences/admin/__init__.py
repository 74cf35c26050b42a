"""The admin of sentence lists: by form, from a file, and whom they are given to."""

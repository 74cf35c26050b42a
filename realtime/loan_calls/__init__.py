"""The API's calls for loans: a tutor lends students to a substitute, and ends that early."""

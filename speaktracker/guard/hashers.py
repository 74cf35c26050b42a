"""Django's password hash, computed within the budget of its process, whoever asks for it."""

from django.contrib.auth.hashers import PBKDF2PasswordHasher

from speaktracker.guard.hash_budget import hash_budget


class BudgetedHasher(PBKDF2PasswordHasher):
    """PBKDF2 with SHA-256, as Django stores it; raises TryRefused when too many want to hash."""

    def encode(self, password: str, salt: str, iterations: int | None = None) -> str:
        return hash_budget().run(super().encode, password, salt, iterations)

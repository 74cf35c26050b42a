"""The names of all channel-layer groups; nobody spells one anywhere else."""


def user(user_id: int) -> str:
    """Name the group of every socket of one user."""
    return f"user.{user_id}"


def dashboards(tutor_id: int) -> str:
    """Name the group of every open dashboard of one tutor."""
    return f"dashboards.{tutor_id}"


def journals() -> str:
    """Name the group of every process that keeps a journal."""
    return "journals"

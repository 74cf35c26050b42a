"""What a machine keeps of people is for the eyes of whoever runs the server alone."""

from pathlib import Path

from speaktracker.configuration.private_folder import private_folder


def mode(path: Path) -> int:
    """Return the permission bits."""
    return path.stat().st_mode & 0o777


def test_a_new_folder_is_its_owners_alone(tmp_path: Path) -> None:
    assert mode(private_folder(tmp_path / "var")) == 0o700


def test_one_that_others_could_look_into_is_closed_to_them(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    folder.mkdir()
    folder.chmod(0o755)
    (folder / "kept").touch()
    assert mode(private_folder(folder)) == 0o700
    assert (folder / "kept").exists()

"""The people of a school, and the file that Excel saves of them in Korea."""

import csv
import io
from dataclasses import dataclass

HEADINGS = ("이메일", "이름", "유형", "담당 튜터", "반")
STUDENT, TUTOR = "학생", "튜터"
SURNAMES = "김이박최정강조윤장임"


@dataclass(frozen=True)
class School:
    """So many tutors, each with one class of so many students."""

    tutors: int
    students_each: int

    def tutor(self, number: int) -> str:
        """Return the address of a tutor, from 1 on."""
        return f"teacher{number}@school.example"

    def group(self, number: int) -> str:
        """Return the name of their class."""
        return f"{number}학년 A반"

    def students(self, number: int) -> list[str]:
        """List the addresses of their class."""
        return [f"s{number:02}{seat:02}@school.example" for seat in range(self.students_each)]

    def file(self) -> bytes:
        """Write everybody as the CSV file of an Excel in Korea: CP949, lines of Windows."""
        written = io.StringIO()
        rows = csv.writer(written, lineterminator="\r\n")
        rows.writerow(HEADINGS)
        for number in range(1, self.tutors + 1):
            for seat, student in enumerate(self.students(number)):
                name = f"{SURNAMES[seat % 10]}학생{number}-{seat}"
                rows.writerow((student, name, STUDENT, self.tutor(number), self.group(number)))
            rows.writerow((self.tutor(number), f"{SURNAMES[number % 10]}선생", TUTOR, "", ""))
        return written.getvalue().encode("cp949")

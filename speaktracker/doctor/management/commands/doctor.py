"""`manage.py doctor`: looks at everything that a server needs; a line each, with what to do."""

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand

from speaktracker.db.patience import Patience
from speaktracker.doctor.examination import examine, worst

WIDEST_STATE, WIDEST_SUBJECT = 8, 15


class Command(BaseCommand):
    help = "Look at everything that a server needs; exit code 1 where something has failed."
    # They are findings among the others.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="for machines")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Print what was found, within 15 seconds even where every store is away."""
        Patience.end()
        findings = examine()
        status = worst(findings)
        if options["json"]:
            answer = {"status": status, "findings": [asdict(finding) for finding in findings]}
            self.stdout.write(json.dumps(answer, indent=2, ensure_ascii=False))
        else:
            for finding in findings:
                state = finding.state.upper() if finding.state == "failed" else finding.state
                subject = finding.subject.ljust(WIDEST_SUBJECT)
                self.stdout.write(f"{state.ljust(WIDEST_STATE)} {subject} {finding.says}")
        if status == "failed":
            sys.exit(1)

"""`python -m speaktracker.devstack -- COMMAND…`: run a command with the stack around it."""

import sys

from speaktracker.devstack.stack import main

sys.exit(main(sys.argv[1:]))

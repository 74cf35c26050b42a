"""What becomes of each command of the pages: it is given as it stands, or is not, and why."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Runs:
    """It runs in a fresh clone after `make install`.

    `types` is what its reader types, `until` what a command that goes on prints once it is there,
    `beside` such a command that it needs, as that stands on a page; `before` what a clone of a
    real school has that this one lacks.
    """

    types: str = ""
    until: str = ""
    beside: str = ""
    before: str = ""


@dataclass(frozen=True)
class Elsewhere:
    """It is not given here."""

    because: str


# Blocks that are no commands, by how they begin.
NOT_SHELL = (
    "ACL SETUSER",  # for Redis, which tests/layers/test_access_list.py is told
    "browsers ──►",  # a picture
    "\\u0002enc1:",  # the format of a text
    "이메일,",  # a file
    "email,name",  # the same
    "Throughput and loss",  # what a command prints
)
MACHINE = Elsewhere("is for a machine of a school's own, with systemd, as its administrator")
CONTAINERS = Elsewhere("needs an engine of containers: tests/deploy carries out the image's steps")
KUBERNETES = Elsewhere("needs a cluster: tests/deploy holds the files to the format")
AWS = Elsewhere("needs an account: tests/deploy makes the stack in an emulator")
BENCH = Elsewhere("takes minutes, and the bench's environment: tests/bench has it in short")
POSTGRESQL = Elsewhere("needs a PostgreSQL: tests/upgrades/test_backup.py gives it there")
PEOPLE = """.venv/bin/python manage.py import_people /dev/stdin <<'END'
email,name,user_type,tutor_email,group,language
kim@school.example,Kim Sora,tutor,,,
lee@school.example,Lee Jun,tutor,,,
minsu@school.example,Kim Minsu,student,lee@school.example,3A,ko
END"""
# The demo says it once its server listens; whom it seeded stands there before.
GREETING = "SpeakTracker realtime is running"
RUN = "make run"

# In the order in which they are given: who is exported first is erased later.
COMMANDS: dict[str, Runs | Elsewhere] = {
    "make help": Runs(),
    "make format": Runs(),
    "make lint": Runs(),
    "make test-fast": Runs(),
    "make test": Elsewhere("is the suite, of which this is a part"),
    ".venv/bin/python -m pytest tests/realtime/socket_commands/test_status.py": Runs(),
    ".venv/bin/python -m pytest tests/roster -k import -x": Runs(),
    "make shell": Runs(types="exit()\n"),
    RUN: Runs(until=GREETING),
    "ALLOWED_ORIGINS=http://127.0.0.1:9000 make run": Runs(until=GREETING),
    "python3 -m http.server 9000 --bind 127.0.0.1 --directory docs/example": Runs(
        until="Serving HTTP on 127.0.0.1"
    ),
    ".venv/bin/python manage.py new_management_key": Runs(),
    "aws apigatewaymanagementapi post-to-connection --endpoint-url https://speak.example.com"
    " --region us-east-1 --connection-id L0SM9cOFvHcCIhw= --data fileb://notice.json": Elsewhere(
        "needs a connection of a school's: tests/cluster/test_management_api.py gives it to one"
    ),
    'echo "$(date +%Y-%m):$(openssl rand -base64 32)"': Runs(),
    ".venv/bin/python manage.py sign_in_waits": Runs(),
    ".venv/bin/python manage.py sign_in_waits --clear minsu@school.example": Runs(before=PEOPLE),
    ".venv/bin/python manage.py export_person minsu@school.example --output minsu.json": Runs(),
    ".venv/bin/python manage.py erase_person minsu@school.example": Runs(
        types="minsu@school.example\n"
    ),
    ".venv/bin/python manage.py erase_person lee@school.example --successor kim@school.example": (
        Runs(types="lee@school.example\n")
    ),
    "DJANGO_SUPERUSER_EMAIL=head@school.example DJANGO_SUPERUSER_PASSWORD='긴-비밀번호'"
    " .venv/bin/python manage.py createsuperuser --no-input": Runs(),
    "DJANGO_SUPERUSER_EMAIL=head@school.example DJANGO_SUPERUSER_PASSWORD='a-long-password'"
    " .venv/bin/python manage.py createsuperuser --no-input": Elsewhere("the same in English"),
    ".venv/bin/python manage.py seed_demo --tutors 2 --students 20": Runs(),
    ".venv/bin/python manage.py simulate --url http://127.0.0.1:8000 --tutors 2 --students 20"
    " --rate 40 --seconds 30 --feedback 1": Runs(beside=RUN),
    ".venv/bin/python -c \"import sqlite3; sqlite3.connect('var/db.sqlite3').execute("
    '\\"VACUUM INTO \'var/backup.sqlite3\'\\")"': Runs(),
    "rm -f var/db.sqlite3 var/db.sqlite3-wal var/db.sqlite3-shm": Runs(),
    "cp -p var/backup.sqlite3 var/db.sqlite3": Runs(),
    'pg_dump --format=custom --file=speaktracker.dump "$DATABASE_URL"': POSTGRESQL,
    'createdb --maintenance-db="$DATABASE_URL" speaktracker_restored': POSTGRESQL,
    'pg_restore --no-owner --exit-on-error --dbname="$RESTORED_URL" speaktracker.dump': POSTGRESQL,
    'DATABASE_URL="$RESTORED_URL" .venv/bin/python manage.py migrate': POSTGRESQL,
    'DATABASE_URL="$RESTORED_URL" .venv/bin/python manage.py mirror --rebuild': POSTGRESQL,
    "aws cloudformation deploy --stack-name speaktracker --template-file"
    " deploy/cloudformation/speaktracker.yaml --capabilities CAPABILITY_IAM"
    " --parameter-overrides Stack=speaktracker"
    " AlarmTopicArn=arn:aws:sns:REGION:ACCOUNT:TOPIC": AWS,
    "aws cloudformation describe-stacks --stack-name speaktracker --query 'Stacks[0].Outputs'": AWS,
    "cp deploy/systemd/speaktracker@.service /etc/systemd/system/": MACHINE,
    "docker build -f deploy/container/Dockerfile -t speaktracker .": CONTAINERS,
    "docker compose -f deploy/container/compose.yaml up --build --scale server=2": CONTAINERS,
    "export SECRET_KEY=$(openssl rand -base64 48)"
    " POSTGRES_PASSWORD=$(openssl rand -hex 24)": Runs(),
    "install -d -o speaktracker -g speaktracker /srv/speaktracker": MACHINE,
    "install -m 600 /dev/null /etc/speaktracker.env": MACHINE,
    "journalctl -u 'speaktracker@*' -f": MACHINE,
    "kubectl apply -f deploy/kubernetes/settings.yaml": KUBERNETES,
    "kubectl apply -f deploy/kubernetes/speaktracker.yaml": KUBERNETES,
    "kubectl create secret generic speaktracker"
    ' --from-literal=SECRET_KEY="$(openssl rand -base64 48)"'
    " --from-literal=DATABASE_URL=postgres://…"
    " --from-literal=REDIS_URL=rediss://…": KUBERNETES,
    "kubectl replace --force -f deploy/kubernetes/migrate.yaml": KUBERNETES,
    "kubectl wait --for=condition=complete --timeout=10m job/speaktracker-migrate": KUBERNETES,
    "openssl rand -base64 48": Runs(),
    "run .venv/bin/python manage.py check --deploy": MACHINE,
    "run .venv/bin/python manage.py migrate": MACHINE,
    "run make install PRODUCTION=1": MACHINE,
    "run() { systemd-run --quiet --pipe --wait -p User=speaktracker -p"
    " WorkingDirectory=/srv/speaktracker -p"
    ' EnvironmentFile=/etc/speaktracker.env "$@"; }': MACHINE,
    "systemctl daemon-reload": MACHINE,
    "systemctl enable --now speaktracker@8001 speaktracker@8002": MACHINE,
    "useradd --system --home-dir /srv/speaktracker --shell /usr/sbin/nologin speaktracker": MACHINE,
    ".venv/bin/python manage.py doctor": Runs(),
    "make bench ONLY=district": BENCH,
    "make bench ONLY=district STUDENTS=1000 RATES='100 250' MIRROR=50": BENCH,
    ".venv/bin/python -m bench.scaling --students 4000 40000 --status-seconds 4"
    " --mirror-seconds 50 --hours 100": Runs(),
    ".venv/bin/python -m bench.scaling --results var/bench/results.json --write": Elsewhere(
        "needs a district that was measured: tests/bench/test_scaling.py computes from one"
    ),
    ".venv/bin/python manage.py doctor --json": Runs(),
}

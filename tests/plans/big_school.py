"""Fills a database as a school does in a month: a million rows of feedback and of sessions."""

import os
from concurrent.futures import ThreadPoolExecutor

import psycopg

# `page_times` says another size than that of the suite's plans.
TUTORS = int(os.environ.get("SCHOOL_OF_TUTORS", "4000"))
STUDENTS = int(os.environ.get("SCHOOL_OF_STUDENTS", "196000"))
# Of these come the records; the others only have a tutor.
ACTIVE_STUDENTS, ACTIVE_TUTORS = 1_100, 22
ONLINE = STUDENTS // 10 + 400
RECORDS = 1_000_000
WAITING, DONE, SET_ASIDE = 200_000, 100_000, 100
STAFF = "staff@example.com"

# The month ends now; everything is spread over it evenly, and its first day is past its lifetime.
_MOMENT = f"now() - interval '{31 * 24 * 3600 * 1000 / RECORDS} ms' * n"
_STUDENT = f"{TUTORS} + 1 + n % {ACTIVE_STUDENTS}"
_TUTOR = f"1 + n % {ACTIVE_TUTORS}"
# Of one student's feedback some forty stand in a session.
_SESSION = f"'session_' || n / {40 * ACTIVE_STUDENTS}"

SCHOOL = f"""
INSERT INTO roster_user (id, password, is_superuser, email, name, user_type, is_staff, is_active,
  date_joined, credentials_version)
SELECT n, '!', false,
  CASE WHEN n <= {TUTORS} THEN 'tutor' ELSE 'student' END || n || '@example.com', 'Person ' || n,
  CASE WHEN n <= {TUTORS} THEN 'tutor' ELSE 'student' END, false, n % 1000 > 0,
  now() - interval '1 hour' * (n % 26000), 0
FROM generate_series(1, {TUTORS + STUDENTS}) n;
SELECT setval('roster_user_id_seq', {TUTORS + STUDENTS});
INSERT INTO roster_user (password, is_superuser, email, name, is_staff, is_active, date_joined,
  credentials_version)
VALUES ('!', false, '{STAFF}', 'Staff', true, true, now(), 0);
INSERT INTO roster_user_user_permissions (user_id, permission_id)
SELECT {TUTORS + STUDENTS} + 1, id FROM auth_permission WHERE codename <> 'delete_group';
INSERT INTO django_admin_log (action_time, user_id, content_type_id, object_id, object_repr,
  action_flag, change_message)
SELECT now() - interval '1 min' * n, {TUTORS + STUDENTS} + 1, c.id, n, 'A person', 2, ''
FROM generate_series(1, 100000) n, django_content_type c WHERE c.model = 'user';
INSERT INTO roster_tutorstudent (student_id, tutor_id, group_name, changed_at)
SELECT {TUTORS} + n,
  CASE WHEN n <= {ACTIVE_STUDENTS} THEN 1 + (n - 1) % {ACTIVE_TUTORS} ELSE 1 + n % {TUTORS} END,
  CASE WHEN n % 10 > 0 THEN 'Class ' || n % 400 ELSE '' END, now()
FROM generate_series(1, {STUDENTS} - 500) n;
INSERT INTO roster_loan (tutor_id, substitute_id, first_day, last_day, extent, group_name)
SELECT 1 + n % {TUTORS}, 1 + (n + 1) % {TUTORS}, day, day + 2, 'all', ''
FROM (SELECT n, current_date - n % 300 AS day FROM generate_series(1, 20000) n) made
UNION ALL SELECT 6, 7, current_date - 1, current_date + 1, 'all', ''
UNION ALL SELECT 8, 7, current_date - 1, current_date + 1, 'some', '';
INSERT INTO roster_loan_chosen (loan_id, user_id)
SELECT l.id, m.student_id FROM roster_loan l JOIN roster_tutorstudent m ON m.tutor_id = l.tutor_id
WHERE l.extent = 'some';
INSERT INTO roster_rosterchange (kind, user_id, transaction_id, at)
SELECT 'person', n, 1, now() - interval '2 hours' + n * interval '1 ms'
FROM generate_series(1, 50000) n;

INSERT INTO realtime_serverlease (boot_id, host, pid, process_started, renewed_at)
VALUES ('elsewhere', 'elsewhere', 1, 1, now() + interval '1 hour');
INSERT INTO realtime_presence (student_id, tutor_id, online, in_class, status, session_id,
  current_sentence, progress, last_update, version, feedback_sequence)
SELECT student_id, tutor_id, false, false, 'finished', 's', 'A sentence', 1, now(), 1, {RECORDS}
FROM roster_tutorstudent;
UPDATE realtime_presence SET online = true, in_class = true, status = 'studying'
WHERE student_id <= {TUTORS + ONLINE};
INSERT INTO realtime_connection (connection_id, user_id, user_email, user_type, tutor_id,
  tutor_email, server_id, credentials_version, channel, connected_at, expires_at)
SELECT 'connection' || p.student_id, p.student_id, s.email, 'student', p.tutor_id, t.email,
  'elsewhere', 0, 'channel', now() - interval '1 s' * (p.student_id % 3600),
  now() - interval '1 s' * (p.student_id % 3600) + interval '1 day'
FROM realtime_presence p JOIN roster_user s ON s.id = p.student_id
JOIN roster_user t ON t.id = p.tutor_id WHERE p.online
UNION ALL SELECT 'connection' || id, id, email, 'tutor', NULL, NULL, 'elsewhere', 0, 'channel',
  now(), now() + interval '1 day' FROM roster_user WHERE id BETWEEN 3000 AND 3200;
ALTER TABLE realtime_practicesession SET UNLOGGED;
INSERT INTO realtime_practicesession (student_id, session_id, student_email, tutor_email, status,
  current_sentence, progress, started_at, last_update, ended_at, version)
SELECT student, 's' || n, 'student' || student || '@example.com',
  'tutor' || tutor || '@example.com', 'finished', 'A sentence', 100, moment - interval '1 hour',
  moment, CASE WHEN n > {ACTIVE_STUDENTS} THEN moment END, 1
FROM (SELECT n, {_STUDENT} AS student, {_TUTOR} AS tutor, {_MOMENT} AS moment
  FROM generate_series(1, {RECORDS}) n) made;
INSERT INTO realtime_classstay (student_id, tutor_id, group_name, came_at, left_at, reason)
SELECT {TUTORS} + 1 + n % ({ACTIVE_STUDENTS} * 4), 1 + n % ({ACTIVE_TUTORS} * 4),
  'Class ' || n % 160, moment, moment + interval '30 min', 'finished'
FROM (SELECT n, now() - interval '31 days' + interval '11 s' * n AS moment
  FROM generate_series(1, 240000) n) made
UNION ALL SELECT student_id, tutor_id, 'Class ' || student_id % 400, now() - interval '10 min',
  NULL, '' FROM realtime_presence WHERE in_class;
UPDATE realtime_presence SET came_at = now() - interval '10 min' WHERE in_class;
ALTER TABLE realtime_practicechange SET UNLOGGED;
INSERT INTO realtime_practicechange (student_id, at, version, status, session_id, current_sentence)
SELECT {TUTORS} + 1 + stay % {ACTIVE_STUDENTS},
  now() - interval '31 days' + interval '44 s' * stay + interval '4 min' * part, part,
  'studying', 's' || stay, 'Sentence ' || part
FROM generate_series(1, 60000) stay, generate_series(0, 6) part;
INSERT INTO django_session (session_key, session_data, expire_date)
SELECT md5(n::text), 'x', now() + interval '1 s' * (n - 20000) FROM generate_series(1, 100000) n;
INSERT INTO identity_refreshfamily (family, user_id, generation, expires_at)
SELECT md5(n::text), n, 1, now() + interval '1 s' * (n - 20000) FROM generate_series(1, 50000) n;
INSERT INTO identity_ticket (digest, user_id, credentials_version, expires_at)
SELECT md5(n::text), n, 0, now() + interval '1 s' * (n - 20000) FROM generate_series(1, 50000) n;
INSERT INTO guard_failedtry (account, address, user_id, known, forgiven, at)
SELECT md5(n::text), md5(n::text), n, false, false, now() - interval '1 s' * n * 10
FROM generate_series(1, 50000) n;
INSERT INTO guard_knownaddress (account, address, user_id, used_at)
SELECT md5(n::text), md5(n::text), n, now() - interval '91 days' * n / 100000
FROM generate_series(1, 100000) n;
INSERT INTO cognito_poolaccount (user_id, issuer, sub, linked_at)
SELECT id, 'https://pool', gen_random_uuid(), now() FROM roster_user WHERE id <= 100000;
INSERT INTO passwords_mailing (asked_by_id, asked_at, wanted, sent)
SELECT 1, now(), 10000, 0 FROM generate_series(1, 5);
INSERT INTO passwords_letter (kind, address, person_id, mailing_id, language, due_at, ends_at,
  attempts, problem)
SELECT 'invitation', '', {TUTORS} + n, 1 + n % 5, 'ko',
  CASE WHEN n % 100 > 0 THEN now() + interval '1 day' END, now() + interval '2 days', 0, ''
FROM generate_series(1, 50000) n;
INSERT INTO realtime_sentencelist (title, language, changed_at)
SELECT 'List ' || n, 'en', now() FROM generate_series(1, 200) n;
INSERT INTO realtime_sentence (sentence_list_id, position, text, translation)
SELECT 1 + n % 200, 1 + n / 200, 'Sentence ' || n, 'x' FROM generate_series(0, 99999) n;
INSERT INTO realtime_sentenceassignment (sentence_list_id, given_to, group_name, student_id,
  first_day, last_day)
SELECT 1 + n % 200, 'student', '', {TUTORS} + n, current_date - n % 100,
  CASE WHEN n % 3 = 0 THEN current_date - n % 100 + n % 50 END FROM generate_series(1, 50000) n
UNION ALL SELECT 1 + n % 200, 'group', 'group ' || n % 300, NULL, current_date - n % 10, NULL
FROM generate_series(1, 1000) n
UNION ALL SELECT n, 'everyone', '', NULL, current_date - n, NULL FROM generate_series(1, 20) n;
INSERT INTO passwords_firstcode (person_id, digest, expires_at)
SELECT n, 'x', now() + interval '1 s' * (n - 20000) FROM generate_series(1, 50000) n;
"""
FEEDBACK = f"""
ALTER TABLE feedback_feedback SET UNLOGGED;
INSERT INTO feedback_feedback (message_id, student_id, tutor_id, student_email, tutor_email,
  session_id, message, message_type, speak, timestamp, expires_at, sequence, state, written_at,
  acknowledged_at, idempotency_key, request_digest, outcome, outcome_connections)
SELECT gen_random_uuid(), student, tutor, 'student' || student || '@example.com',
  'tutor' || tutor || '@example.com', {_SESSION}, 'Well said, number ' || n, 'text',
  false, date_trunc('milliseconds', moment), moment + interval '30 days', n,
  CASE WHEN n > 200 THEN 'seen' ELSE 'queued' END, CASE WHEN n > 200 THEN moment END,
  CASE WHEN n > 2000 THEN moment END, CASE WHEN n < 40000 THEN 'key' || n END, '',
  'delivered', 1
FROM (SELECT n, {_STUDENT} AS student, {_TUTOR} AS tutor, {_MOMENT} AS moment
  FROM generate_series(1, {RECORDS}) n) made;

INSERT INTO persistence_change ("table", key, changed_at, due_at, done_at, set_aside_at, attempts,
  error)
SELECT 'feedback-messages', json_build_array(tutor_email || '#' || student_email || '#' ||
  session_id, to_char(timestamp at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')), now(),
  now() - interval '1 s', CASE WHEN id > {WAITING + SET_ASIDE} THEN now() - interval '5 min' END,
  CASE WHEN id <= {SET_ASIDE} THEN now() END, 0, ''
FROM feedback_feedback WHERE id <= {WAITING + SET_ASIDE + DONE};
"""
DEFINITIONS = """
SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname),
  format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname,
    pg_get_constraintdef(oid))
FROM pg_constraint WHERE contype = 'u' AND connamespace = 'public'::regnamespace
UNION ALL SELECT format('DROP INDEX %s', indexrelid::regclass), pg_get_indexdef(indexrelid)
FROM pg_index JOIN pg_class c ON c.oid = indrelid AND relnamespace = 'public'::regnamespace
WHERE NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
"""
# What only a crash would need, and the test's database never has.
QUICK = {
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "8GB",
    "full_page_writes": "off",
    "shared_buffers": "256MB",
}


def fill(url: str) -> None:
    """Fill a migrated, empty database, on two cores; half a minute."""
    with psycopg.connect(url, autocommit=True) as connection:
        # Indexes are made quicker at the end, those of constraints too.
        definitions = connection.execute(DEFINITIONS).fetchall()
        for drop, _ in definitions:
            connection.execute(drop.encode())
        of_feedback = [add for _, add in definitions if "feedback_feedback" in add]
        of_others = [add for _, add in definitions if "feedback_feedback" not in add]
        with ThreadPoolExecutor() as both:
            list(both.map(carry_out, [url] * 2, [FEEDBACK, SCHOOL], [of_feedback, of_others]))
        connection.execute("VACUUM ANALYZE")


def carry_out(url: str, rows: str, indexes: list[str]) -> None:
    """Insert rows, then index them."""
    with psycopg.connect(url, autocommit=True) as connection:
        # Neither triggers nor foreign keys: nobody listens, and the rows are right.
        connection.execute("SET session_replication_role = replica")
        connection.execute("SET maintenance_work_mem = '256MB'")
        connection.execute("SET synchronous_commit = off")
        for statement in [*rows.split(";\n"), *indexes]:
            if statement.strip():
                connection.execute(statement.encode())

"""Hours and certificates go to the kernel, which keeps both for everybody; what was told of them is found there."""

from django.db import migrations

COPY = """
SELECT set_config('tianqu.everything', 'on', true);
ALTER TABLE occasions_attendance DISABLE TRIGGER USER;
ALTER TABLE certificates_certificate DISABLE TRIGGER USER;
ALTER TABLE notices_notice DISABLE TRIGGER USER;
ALTER TABLE notices_preference DISABLE TRIGGER USER;
INSERT INTO occasions_attendance (
    booking_id, unit_id, place_path, person_id, number, minutes, transfer_id, book, voucher, refused_at, leader_words,
    own_words)
SELECT h.booking_id, h.unit_id, h.place_path, h.person_id, h.number, h.minutes, h.transfer_id,
    CASE WHEN h.minutes IS NULL THEN '' ELSE 'practice.' || t.station_id END, h.voucher, h.refused_at, h.leader_words,
    h.volunteer_words
FROM practice_hours h JOIN practice_team t ON t.code = h.team_id;
INSERT INTO certificates_certificate (
    id, kind, code, of_person, person_id, unit_id, place_path, book, account, first_day, last_day, amount, content,
    issued_at, revoked_at)
SELECT c.id, 'practice', c.code, true, c.person_id, c.unit_id, c.place_path, '',
    coalesce(c.told::jsonb ->> 'number', v.number, ''), c.first_day, c.last_day, c.minutes, c.content, c.issued_at,
    c.revoked_at
FROM (SELECT *, nullif(content, '') AS told FROM practice_certificate) c
    LEFT JOIN practice_volunteer v ON v.person_id = c.person_id;
UPDATE notices_notice SET code = 'occasions' || substr(code, length('practice') + 1)
WHERE code IN ('practice_refused', 'practice_disputed');
UPDATE notices_preference SET code = 'occasions' || substr(code, length('practice') + 1)
WHERE code IN ('practice_refused', 'practice_disputed');
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
ALTER TABLE occasions_attendance ENABLE TRIGGER USER;
ALTER TABLE certificates_certificate ENABLE TRIGGER USER;
ALTER TABLE notices_notice ENABLE TRIGGER USER;
ALTER TABLE notices_preference ENABLE TRIGGER USER;
SELECT set_config('tianqu.everything', '', true);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("practice", "0030_rosters_moved"),
        ("occasions", "0004_attendance"),
        ("certificates", "0001_initial"),
        ("notices", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(COPY),
        migrations.DeleteModel("Hours"),
        migrations.DeleteModel("Certificate"),
        migrations.RunSQL("DROP FUNCTION practice_hours_booked"),
    ]

# Django: models made of the tables, and the questions its ORM writes.
import io, os, warnings, django
from django.conf import settings

settings.configure(USE_TZ=True, TIME_ZONE="UTC", INSTALLED_APPS=[], DATABASES={"default": {
    "ENGINE": "django.db.backends.postgresql", "NAME": "trunkline", "USER": "anna",
    "PASSWORD": os.environ["PGPASSWORD"], "HOST": os.environ["PGHOST"], "PORT": os.environ["PGPORT"]}})
django.setup()
from django.core.management import call_command
from django.db import connection, models
from django.db.models import Avg, Count, F, StdDev
from django.db.models.functions import Round, TruncDay

said = io.StringIO()
call_command("inspectdb", "queue_stints", "contacts", stdout=said)
said = said.getvalue()
assert "Unable to inspect" not in said and "class QueueStints(models.Model):" in said and "stint_no = models.BigIntegerField()" in said, said
keys = connection.introspection.get_constraints(connection.cursor(), "queue_stints")
assert keys["queue_stints_pkey"]["columns"] == ["source", "contact_id", "stint_no"] and keys["queue_stints_pkey"]["primary_key"], keys

class Stint(models.Model):
    contact_id, queue, channel = models.TextField(primary_key=True), models.TextField(), models.TextField()
    wait_ms, enqueued_at = models.BigIntegerField(), models.DateTimeField()
    class Meta:
        managed, db_table, app_label = False, "queue_stints", "centre"

everything = list(Stint.objects.values_list("channel", "wait_ms", "enqueued_at"))
voice = [row for row in everything if row[0] == "voice" and row[1] is not None]
found = Stint.objects.filter(channel="voice").aggregate(n=Count("wait_ms"), mean=Avg("wait_ms"), spread=StdDev("wait_ms"))
assert found["n"] == len(voice) > 0 and abs(found["mean"] - sum(row[1] for row in voice) / len(voice)) < 1e-6 and found["spread"] > 0, found
days = {row["day"]: row["n"] for row in Stint.objects.annotate(day=TruncDay("enqueued_at")).values("day").annotate(n=Count("*"))}
assert sum(days.values()) == len(everything) and len(days) > 1, days
# Rounding casts to numeric(1000, 15), which is wider than anything the engine has.
row = Stint.objects.filter(wait_ms__gt=1000).annotate(seconds=Round(F("wait_ms") / 1000.0, 1)).values("wait_ms", "seconds").first()
assert abs(float(row["seconds"]) - row["wait_ms"] / 1000) <= 0.05, row

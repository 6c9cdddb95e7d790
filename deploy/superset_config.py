"""Superset for one machine: its own book-keeping in SQLite, on its volume."""

import os

SECRET_KEY = os.environ["SUPERSET_SECRET_KEY"]
SQLALCHEMY_DATABASE_URI = "sqlite:///" + os.path.join(os.environ["SUPERSET_HOME"], "superset.db")
# Seconds; `trunkline serve` stops a statement after 600.
SQLLAB_TIMEOUT = 110
SUPERSET_WEBSERVER_TIMEOUT = 120
# The browser speaks plain HTTP to this machine.
TALISMAN_ENABLED = False
WTF_CSRF_ENABLED = True
SESSION_COOKIE_SAMESITE = "Lax"

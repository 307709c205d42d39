"""Django's manage.py: makes the tables and serves."""

import os

from django.core.management import execute_from_command_line

os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
execute_from_command_line(["app.py", "migrate", "--verbosity=0"])
execute_from_command_line(["app.py", "runserver", "--noreload", os.environ["PORT"]])

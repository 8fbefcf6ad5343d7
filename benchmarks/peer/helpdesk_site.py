"""django-helpdesk's site; run as a program it makes tables, a queue and a token, and prints them as JSON."""

from __future__ import annotations

import json
import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk_settings")

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()


def main() -> None:
    """Prepare an empty database."""
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from helpdesk.models import Queue
    from rest_framework.authtoken.models import Token

    call_command("migrate", verbosity=0)
    queue = Queue.objects.create(title="Sewers", slug="sewers", allow_public_submission=True)
    user = get_user_model().objects.create_superuser("operator", "operator@example.org")
    token = Token.objects.create(user=user)
    print(json.dumps({"queue": queue.id, "token": token.key}))


if __name__ == "__main__":
    main()

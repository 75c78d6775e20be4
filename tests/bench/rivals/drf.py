"""A Django REST framework service that accepts keys of djangorestframework-api-key: what verifying one costs there.
Run with a number it makes that many keys and prints them; served by gunicorn it answers requests that carry one."""

import os
import sys

import django
from django.conf import settings

settings.configure(
    SECRET_KEY="of this benchmark alone",
    ALLOWED_HOSTS=["*"],
    DEBUG=False,
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": os.environ["BENCH_DATABASE"],
            "CONN_MAX_AGE": None,
        }
    },
    INSTALLED_APPS=["rest_framework", "rest_framework_api_key"],
    REST_FRAMEWORK={"DEFAULT_AUTHENTICATION_CLASSES": [], "UNAUTHENTICATED_USER": None},
)
django.setup()

from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.urls import path
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_api_key.models import APIKey
from rest_framework_api_key.permissions import HasAPIKey


class Check(APIView):
    permission_classes = [HasAPIKey]

    def get(self, request):
        return Response({"valid": True})


urlpatterns = [path("check", Check.as_view())]

if __name__ == "__main__":
    call_command("migrate", verbosity=0)
    for number in range(int(sys.argv[1])):
        _, key = APIKey.objects.create_key(name=f"key {number}")
        print(key)
else:
    application = get_wsgi_application()

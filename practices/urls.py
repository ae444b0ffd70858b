from django.db import transaction
from django.urls import path
from django.views.i18n import set_language

from practices import install, screens, views

app_name = "practices"
urlpatterns = [
    path("", views.home, name="home"),
    path("login/", views.login, name="login"),
    path("login/code/", views.login_code, name="login_code"),
    path("logout/", views.logout, name="logout"),
    path("language/", transaction.non_atomic_requests(set_language), name="language"),
    path("manifest.webmanifest", install.manifest, name="manifest"),
    path("service-worker.js", install.worker, name="worker"),
    path("offline/", install.offline, name="offline"),
    path("shield/", screens.raised, name="shield"),
    path("shield/release/", screens.lifted, name="shield_release"),
    path("workplace/", screens.people, name="workplace"),
    path("practices/", views.choose_practice, name="choose_practice"),
]

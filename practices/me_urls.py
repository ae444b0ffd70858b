from django.urls import path

from practices import me

app_name = "me"
urlpatterns = [
    path("", me.me, name="page"),
    path("look/", me.look, name="look"),
    path("pin/", me.pin, name="pin"),
    path("escalation/", me.escalation, name="escalation"),
]

from django.urls import path

from practices import views

app_name = "practices"
urlpatterns = [
    path("", views.home, name="home"),
    path("login/", views.login, name="login"),
    path("login/code/", views.login_code, name="login_code"),
    path("logout/", views.logout, name="logout"),
    path("practices/", views.choose_practice, name="choose_practice"),
]

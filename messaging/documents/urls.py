from django.urls import path

from messaging.documents import document_page, upload_page

app_name = "documents"

urlpatterns = [
    path("d/<str:token>", document_page.document_page, name="document"),
    path("d/<str:token>/<str:ticket>", document_page.document_file, name="document_file"),
    path("u/<str:token>", upload_page.upload_page, name="upload"),
]

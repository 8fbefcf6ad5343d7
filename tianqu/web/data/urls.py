"""Addresses of data: the catalogue, each dataset with its versions and rows, and the desk of those who publish."""

from __future__ import annotations

from django.urls import path

from tianqu.web.data import catalogue, cells, dataset, desk, downloads, feed, rows, sql, uploading

urlpatterns = [
    path("data/", catalogue.catalogue_page, name="data"),
    path("data/feed.atom", feed.feed, name="data_feed"),
    path("data/<str:code>/", dataset.dataset_page, name="dataset"),
    path("data/<str:code>/versions", dataset.versions_page, name="dataset_versions"),
    path("data/<str:code>/rows", rows.rows, name="dataset_rows"),
    path("data/<str:code>/counts", cells.cells, name="dataset_cells"),
    path("data/<str:code>/counts.csv", cells.cells_file, name="dataset_cells_file"),
    path("data/<str:code>/v<int:number>/counts", cells.cells, name="dataset_version_cells"),
    path("data/<str:code>/v<int:number>/counts.csv", cells.cells_file, name="dataset_version_cells_file"),
    path("data/<str:code>/export.<str:form>", downloads.export, name="dataset_export"),
    path("data/<str:code>/parts/<str:digest>", downloads.part, name="dataset_part"),
    path("data/<str:code>/v<int:number>/", dataset.dataset_page, name="dataset_version"),
    path("data/<str:code>/v<int:number>/rows", rows.rows, name="dataset_version_rows"),
    path("data/<str:code>/v<int:number>/rows/<int:row>", rows.row, name="dataset_row"),
    path("desk/data/", desk.desk, name="data_desk"),
    path("desk/data-sql", sql.sql, name="data_sql"),
    path("desk/data/new", desk.describe, name="data_describe"),
    path("desk/data/<str:code>/", desk.desk_dataset, name="data_desk_dataset"),
    path("desk/data/<str:code>/change", desk.change, name="data_change"),
    path("desk/data/<str:code>/withdraw", desk.withdraw, name="data_withdraw"),
    path("desk/data/<str:code>/upload", uploading.upload, name="data_upload"),
    path("desk/data-uploads/<uuid:upload_id>/", uploading.upload_page, name="data_upload_page"),
    path("desk/data-uploads/<uuid:upload_id>/progress", uploading.progress, name="data_upload_progress"),
    path("desk/data-uploads/<uuid:upload_id>/refused.csv", uploading.refused, name="data_upload_refused"),
    path("desk/data-uploads/<uuid:upload_id>/settle", uploading.settle, name="data_upload_settle"),
]

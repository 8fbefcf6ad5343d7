"""Addresses of the administration."""

from __future__ import annotations

from django.urls import path

from tianqu.web.administration import accounts, item_publishing, items, overview, persons, places, units

urlpatterns = [
    path("", overview.overview, name="administration"),
    path("journal/", overview.journal, name="administration_journal"),
    path("items/", items.items, name="administration_items"),
    path("items/<str:code>/", items.item, name="administration_item"),
    path("items/<str:code>/compare/", items.compare, name="administration_item_compare"),
    path("items/<str:code>/file/", items.file, name="administration_item_file"),
    path("items/<str:code>/change/", item_publishing.by_form, name="administration_item_change"),
    path("items/<str:code>/close/", items.close, name="administration_item_close"),
    path("new-items/form/", item_publishing.by_form, name="administration_item_new"),
    path("new-items/text/", item_publishing.by_text, name="administration_item_text"),
    path("new-items/publish/", item_publishing.publish, name="administration_item_publish"),
    path("persons/", persons.persons, name="administration_persons"),
    path("persons/new/", persons.create, name="administration_person_new"),
    path("persons/<uuid:person_id>/", persons.person, name="administration_person"),
    path("persons/<uuid:person_id>/account/", persons.open_account, name="administration_account_open"),
    path("persons/<uuid:person_id>/appoint/", persons.appoint_person, name="administration_appoint"),
    path("posts/<uuid:post_id>/end/", persons.end, name="administration_post_end"),
    path("posts/<uuid:post_id>/deputy/", persons.name_deputy, name="administration_post_deputy"),
    path("accounts/<uuid:account_id>/disable/", accounts.disable, name="administration_account_disable"),
    path("accounts/<uuid:account_id>/enable/", accounts.enable, name="administration_account_enable"),
    path("accounts/<uuid:account_id>/reset/", accounts.reset, name="administration_account_reset"),
    path("tokens/<uuid:token_id>/revoke/", accounts.revoke, name="administration_token_revoke"),
    path("units/", units.units, name="administration_units"),
    path("units/new/", units.create, name="administration_unit_new"),
    path("units/<uuid:unit_id>/", units.unit, name="administration_unit"),
    path("units/<uuid:unit_id>/change/", units.change, name="administration_unit_change"),
    path("units/<uuid:unit_id>/close/", units.close, name="administration_unit_close"),
    path("places/", places.places, name="administration_places"),
    path("places/<uuid:place_id>/", places.place, name="administration_place"),
    path("places/<uuid:place_id>/rename/", places.rename, name="administration_place_rename"),
    path("places/<uuid:place_id>/merge/", places.merge, name="administration_place_merge"),
    path("places/<uuid:place_id>/close/", places.close, name="administration_place_close"),
]

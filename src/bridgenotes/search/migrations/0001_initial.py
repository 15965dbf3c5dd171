from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import migrations

from bridgenotes.search import index

if TYPE_CHECKING:
    from django.apps.registry import Apps
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def install(_apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    index.install(schema_editor.connection)


def remove(_apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    index.remove(schema_editor.connection)


class Migration(migrations.Migration):
    initial = True
    dependencies = [("notes", "0001_initial")]
    operations = [migrations.RunPython(install, remove)]

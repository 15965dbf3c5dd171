import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("contributors", "0001_initial"),
        ("notes", "0001_initial"),
        ("posts", "0001_initial"),
    ]

    operations = [
        migrations.AlterField(
            model_name="rating",
            name="note",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="ratings",
                to="notes.note",
            ),
        ),
        migrations.AddIndex(
            model_name="note",
            index=models.Index(
                condition=models.Q(
                    ("classification", "MISINFORMED_OR_POTENTIALLY_MISLEADING"),
                    ("deleted_at__isnull", True),
                    ("status", "CURRENTLY_RATED_HELPFUL"),
                ),
                fields=["created_at"],
                name="notes_that_may_show",
            ),
        ),
        migrations.AddIndex(
            model_name="rating",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)), fields=["note"], name="ratings_that_count"
            ),
        ),
    ]

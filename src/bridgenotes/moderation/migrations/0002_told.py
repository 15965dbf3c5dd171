from django.db import migrations, models


def some_ground() -> dict[str, str]:
    """What older notices, which were kept as texts, are said to be about."""
    return {"ground": "other"}


class Migration(migrations.Migration):
    dependencies = [
        ("moderation", "0001_initial"),
    ]

    operations = [
        migrations.RemoveField(
            model_name="staffnotice",
            name="text",
        ),
        migrations.AddField(
            model_name="staffnotice",
            name="code",
            field=models.CharField(
                default="told.conduct_broke_rules", help_text="Of the sentence.", max_length=64
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="staffnotice",
            name="params",
            field=models.JSONField(default=some_ground),
        ),
        migrations.AlterField(
            model_name="staffnotice",
            name="params",
            field=models.JSONField(default=dict),
        ),
    ]

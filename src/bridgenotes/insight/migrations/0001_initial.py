import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("notes", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="NoteDrawing",
            fields=[
                (
                    "note",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="drawing",
                        serialize=False,
                        to="notes.note",
                    ),
                ),
                (
                    "groups",
                    models.JSONField(help_text="First cell, last cell, helpful, somewhat, not helpful."),
                ),
                ("raters", models.PositiveIntegerField(help_text="Whose viewpoint was known.")),
                ("drawn_at", models.DateTimeField(help_text="Clock of the run.")),
            ],
        ),
        migrations.CreateModel(
            name="NoteExplanation",
            fields=[
                (
                    "note",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="explanation",
                        serialize=False,
                        to="notes.note",
                    ),
                ),
                ("facts", models.JSONField(help_text="See `bridgenotes.insight.facts.Facts`.")),
                ("explained_at", models.DateTimeField(help_text="Clock of the run that found it.")),
            ],
        ),
        migrations.CreateModel(
            name="Overview",
            fields=[
                (
                    "only",
                    models.BooleanField(default=True, editable=False, primary_key=True, serialize=False),
                ),
                ("figures", models.JSONField(help_text="See `bridgenotes.insight.overview.Figures`.")),
                ("made_at", models.DateTimeField(help_text="Clock of the run.")),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("only", True)), name="one_overview")
                ],
            },
        ),
    ]

"""Commands and their options; the work is imported only when a command runs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from bridgenotes import __version__

app = typer.Typer(
    name="bridgenotes",
    help="Find the notes that people who usually disagree find helpful.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Inputs = Annotated[
    list[Path],
    typer.Argument(metavar="INPUT...", help="A folder with the public tables, or the files themselves."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs instead of text.")]
Cache = Annotated[
    bool, typer.Option("--cache/--no-cache", help="Keep coded tables beside the input for next time.")
]
Scored = Annotated[Path, typer.Argument(metavar="DIR", help="A folder that `bridgenotes score` wrote.")]


def _version(show: bool) -> None:
    if show:
        typer.echo(f"bridgenotes {__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Find the notes that people who usually disagree find helpful."""


@app.command()
def score(
    inputs: Inputs,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the result tables.")],
    now: Annotated[
        str | None,
        typer.Option(
            help="Clock of the run: epoch milliseconds or ISO 8601. Default: newest time in the data."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of models with a random start.")] = 1,
    profile: Annotated[str, typer.Option(help="Constants and rules: x-2026 or birdwatch-2022.")] = "x-2026",
    scorers: Annotated[
        str | None, typer.Option(help="Comma list of scorers to run. Default: all of the profile.")
    ] = None,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", help="Change a setting of the profile, e.g. accidents.second_fit_free=false."),
    ] = None,
    phase: Annotated[
        Literal["all", "similarity", "prescoring", "final", "contributor"],
        typer.Option(help="Run one phase; later phases need --from."),
    ] = "all",
    handed_over: Annotated[
        list[Path] | None,
        typer.Option("--from", help="A folder that an earlier phase wrote; may be given twice."),
    ] = None,
    learned: Annotated[
        Path | None,
        typer.Option(help="What an earlier prescoring learned: exact fits begin from it and end sooner."),
    ] = None,
    previous: Annotated[
        Path | None,
        typer.Option(help="Outputs of the previous run: score only notes that may have changed since."),
    ] = None,
    rating_cutoff: Annotated[
        str | None,
        typer.Option(help="Newest rating that --previous saw. Default: as its run.json says."),
    ] = None,
    check_flips: Annotated[
        bool | None,
        typer.Option(
            "--check-flips/--no-check-flips",
            help="Refuse a run that changes too many statuses. Default: with --previous.",
        ),
    ] = None,
    predictions: Annotated[
        Path | None,
        typer.Option(
            help="Parquet with predicted flips (noteId, isPredictedStable, pflipProba) of your own."
        ),
    ] = None,
    trace: Annotated[
        bool, typer.Option("--trace", help="Also write which rule decided on which note.")
    ] = False,
    memory: Annotated[
        str | None, typer.Option(help="Memory budget, e.g. 4GB. Default: 60 % of this machine's memory.")
    ] = None,
    threads: Annotated[
        int | None,
        typer.Option(min=1, help="Threads. Default: all cores. With ray: of each step, by default 1."),
    ] = None,
    executor: Annotated[
        Literal["local", "ray"], typer.Option(help="Who runs the steps: this process or a Ray cluster.")
    ] = "local",
    address: Annotated[
        str | None,
        typer.Option(help="A Ray cluster this machine is part of. Default: one is started here."),
    ] = None,
    shards: Annotated[
        int | None, typer.Option(min=1, help="Cut large fits by rater into so many shards, on Ray.")
    ] = None,
    shard_from: Annotated[
        int | None,
        typer.Option(min=0, help="Ratings of a fit from which on --shards holds. Default: 20 million."),
    ] = None,
    format: Annotated[Literal["parquet", "tsv"], typer.Option(help="Format of the tables.")] = "parquet",  # noqa: A002
    cache: Cache = True,
    json: Json = False,
) -> None:
    """Score notes: read the public tables, write statuses and everything behind them."""
    from bridgenotes.cli.score import Request, run_score  # noqa: PLC0415

    run_score(
        Request(
            inputs=inputs, out=out, now=now, seed=seed, profile=profile, scorers=scorers, phase=phase,
            changes=tuple(changes or ()),
            handed_over=tuple(handed_over or ()), learned=learned, previous=previous, rating_cutoff=rating_cutoff,
            check_flips=check_flips, predictions=predictions, trace=trace, memory=memory, threads=threads,
            executor=executor, address=address, shards=shards, shard_from=shard_from,
            format=format, cache=cache, as_json=json,
        )
    )  # fmt: skip


@app.command()
def check(inputs: Inputs, cache: Cache = False, json: Json = False) -> None:
    """Check the public tables and describe what is in them."""
    from bridgenotes.cli.check import run_check  # noqa: PLC0415

    run_check(inputs, cache=cache, as_json=json)


@app.command()
def simulate(
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the tables.")],
    ratings: Annotated[int, typer.Option(min=0, help="About how many ratings.")] = 60_000,
    seed: Annotated[int, typer.Option(help="Same seed, same community.")] = 1,
    force: Annotated[bool, typer.Option("--force", help="Replace what is in the folder.")] = False,
    packing: Annotated[
        Literal["gz", "zst"] | None,
        typer.Option(help="Compress the tables; zst takes a quarter of the room."),
    ] = None,
    json: Json = False,
) -> None:
    """Make up a community in the public format: two camps, a continuum between them, and trouble."""
    from bridgenotes.cli.simulate import run_simulate  # noqa: PLC0415

    run_simulate(out, ratings=ratings, seed=seed, force=force, packing=packing, as_json=json)


@app.command()
def explain(
    note_id: Annotated[int, typer.Argument(metavar="NOTE_ID", help="The note's id.")],
    scored: Annotated[Path, typer.Option("--scored", "-s", help="A folder that `bridgenotes score` wrote.")],
    json: Json = False,
) -> None:
    """Say in words why a note has its status, and what it lacks to become Helpful."""
    from bridgenotes.cli.explain import run_explain  # noqa: PLC0415

    run_explain(note_id, scored, as_json=json)


@app.command()
def report(
    scored: Scored,
    inputs: Annotated[
        list[Path] | None,
        typer.Option("--input", "-i", help="The scored input; default: where the run was made from."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="The HTML file. Default: DIR/report.html.")
    ] = None,
) -> None:
    """Draw a run as one self-contained HTML page."""
    from bridgenotes.cli.report import run_report  # noqa: PLC0415

    run_report(scored, inputs or [], out)


@app.command()
def compare(
    a: Annotated[Path, typer.Argument(metavar="A", help="A scored folder, ours or the reference's.")],
    b: Annotated[Path, typer.Argument(metavar="B", help="Another one.")],
    status_history: Annotated[
        Path | None,
        typer.Option(
            help="The noteStatusHistory that was scored (file or folder), to tell notes locked at input."
        ),
    ] = None,
    worst: Annotated[int, typer.Option(min=0, help="How many of the notes that differ most to show.")] = 10,
    fail_under: Annotated[
        float | None,
        typer.Option(min=0, max=100, help="Exit with 1 if fewer percent of final statuses agree."),
    ] = None,
    html: Annotated[Path | None, typer.Option(help="Also draw it as one HTML page.")] = None,
    json: Json = False,
) -> None:
    """Compare two scored folders: statuses, rules, parameters, and the notes that differ most."""
    from bridgenotes.cli.compare import Request, run_compare  # noqa: PLC0415

    run_compare(Request(a, b, status_history, worst, fail_under, html, json))


@app.command()
def serve(
    bind: Annotated[str, typer.Option(help="Address and port to listen on.")] = "127.0.0.1:8000",
    processes: Annotated[int, typer.Option(min=1, help="Processes.")] = 2,
    threads: Annotated[int, typer.Option(min=1, help="Threads per process.")] = 2,
) -> None:
    """Serve the platform's pages and API (needs: pip install 'bridgenotes[web]')."""
    from bridgenotes.cli.server import run_serve  # noqa: PLC0415

    run_serve(bind=bind, processes=processes, threads=threads)


@app.command()
def worker(
    threads: Annotated[int, typer.Option(min=1, help="Jobs at once.")] = 2,
    schedule: Annotated[
        bool, typer.Option("--schedule/--no-schedule", help="Keep the schedule; one worker of a site does.")
    ] = True,
) -> None:
    """Run the platform's background jobs."""
    from bridgenotes.cli.server import run_worker  # noqa: PLC0415

    run_worker(threads=threads, schedule=schedule)


@app.command()
def demo(
    size: Annotated[Literal["full", "tiny"], typer.Option(help="How much happens.")] = "full",
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same community.")] = 7,
    force: Annotated[bool, typer.Option("--force", help="Begin anew if there is a demo already.")] = False,
    serve: Annotated[bool, typer.Option("--serve", help="Then run server and worker until stopped.")] = False,
    bind: Annotated[str, typer.Option(help="Address and port of --serve.")] = "127.0.0.1:8000",
) -> None:
    """Fill an empty site with a made-up community, and print how to sign in to it."""
    from bridgenotes.cli.demo import run_demo  # noqa: PLC0415

    run_demo(size=size, seed=seed, force=force, serve=serve, bind=bind)


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
)
def manage(context: typer.Context) -> None:
    """Run a management command of the platform, e.g. `bridgenotes manage createsuperuser`."""
    from bridgenotes.cli.server import run_manage  # noqa: PLC0415

    run_manage(context.args)


def run() -> None:
    """Run the command line: errors become one clear message and an exit code."""
    from bridgenotes.cli.failures import explain_failure  # noqa: PLC0415

    try:
        app()
    except Exception as error:  # noqa: BLE001 (the last handler: nothing above it)
        sys.exit(explain_failure(error))


if __name__ == "__main__":
    run()

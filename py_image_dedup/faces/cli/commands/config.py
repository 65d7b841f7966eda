"""`config`: the settings, where each came from, and the reference file."""

import click

from py_image_dedup.faces.cli import options


@click.group()
def config() -> None:
    """Show and check the settings."""


@config.command()
@options.paths
@options.as_json
def show(paths: tuple[str, ...], *, as_json: bool) -> None:
    """Print every setting with its value and where it came from."""
    import json

    from py_image_dedup.settings.explain import explain
    from py_image_dedup.settings.load import load

    rows = explain(load(paths=paths, check_folders=False))
    if as_json:
        click.echo(json.dumps([{"key": r.key, "value": r.value, "origin": r.origin} for r in rows], indent=1))
        return
    width = max(len(row.key) for row in rows)
    for row in rows:
        click.echo(f"{row.key:{width}}  {row.value}  ({row.origin})")


@config.command()
@options.paths
def check(paths: tuple[str, ...]) -> None:
    """Say whether a run could start with these settings; every problem is named at once."""
    from py_image_dedup.settings.load import load

    settings = load(paths=paths)
    click.echo(f"The settings are fine ({settings.file or 'no configuration file'}).")


@config.command()
def reference() -> None:
    """Print a configuration file with every key, its default and what it means."""
    from py_image_dedup.settings.reference import reference_yaml

    click.echo(reference_yaml(), nl=False)

"""`thin-assets backup` and `restore`: a home, copied while it is at work, and brought back."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.filesize import decimal

from thin_assets.settings import Settings

if TYPE_CHECKING:
    from thin_assets.backup.store import Backup

Folder = Annotated[Path, typer.Argument(help="Folder of backups, on another disk.", file_okay=False)]


def backup(
    context: typer.Context,
    folder: Folder,
    verify: Annotated[
        bool, typer.Option("--verify", help="Take none; hold every file of all of them against its checksum.")
    ] = False,
    with_keys: Annotated[
        Path | None, typer.Option(help="Write the keys too, into this new file of mode 600.")
    ] = None,
    keep: Annotated[
        int | None, typer.Option(min=1, help="Forget all backups but so many, the newest.")
    ] = None,
) -> None:
    """Back up deliveries, lake, published tables, records and instance; what is there is not copied again."""
    from thin_assets.backup.keys import write_keys
    from thin_assets.backup.store import Store
    from thin_assets.backup.take import take_backup

    settings: Settings = context.obj
    store, console = Store(folder.expanduser().resolve()), Console(soft_wrap=True)
    if verify:
        backups, contents = store.verify()
        console.print(f"[green]whole[/] {backups} backups of {contents} contents")
        return
    if with_keys is not None:
        count = write_keys(settings, with_keys, store.folder)
        console.print(f"{count} keys in {with_keys}: keep it apart from the backup")
    done, added = take_backup(settings, store), store.added
    console.print(f"[green]taken[/] {done.name}: {_size(done)}")
    console.print(
        f"new: {added.objects} contents, {decimal(added.size)}; {added.unread} files unchanged, not read"
    )
    for part in done.moving:
        console.print(f"[yellow]{part} was being built[/]: as in the backup before, or not in it")
    if with_keys is None:
        console.print("[dim]keys are not in it: keep them elsewhere, or use --with-keys[/]")
    if keep is not None:
        console.print(f"{store.keep_newest(keep)} contents of older backups forgotten")


def restore(
    context: typer.Context,
    folder: Folder,
    at: Annotated[str | None, typer.Option(help="Name of a backup; default: the newest.")] = None,
    keys: Annotated[Path | None, typer.Option(help="File that `backup --with-keys` wrote.")] = None,
    show: Annotated[bool, typer.Option("--list", help="Restore none; say which there are.")] = False,
) -> None:
    """Bring a home back, every file held against its checksum; there must be none where it goes."""
    from thin_assets.backup.bring_back import restore as bring_back
    from thin_assets.backup.store import Store

    settings: Settings = context.obj
    store, console = Store(folder.expanduser().resolve()), Console(soft_wrap=True)
    if show:
        for name in store.names():
            console.print(f"{name}  {_size(store.read(name))}", highlight=False)
        return
    done = bring_back(settings, store, at, keys)
    console.print(f"[green]restored[/] {done.backup.name} to {settings.home}")
    console.print(f"{_size(done.backup)}; {done.tables} tables, {done.lines} lines of the audit record")
    if done.failed:
        console.print(f"{done.failed} runs were at work then: failed, and tried again by the daemon")
    for part in done.backup.moving:
        console.print(f"[yellow]{part} was being built[/]: run it again")
    if done.keys == 0:
        console.print(f"[yellow]without keys[/]: put them into {settings.home / 'secrets'}")


def _size(one: "Backup") -> str:
    return f"{len(one.files)} files, {decimal(one.size)}"

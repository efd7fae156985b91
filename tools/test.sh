#!/usr/bin/env bash
# All tests, on both databases, with the browser tests. Installs PostgreSQL, Chromium and lynx (Debian
# packages) when they are missing, starts a PostgreSQL of its own on a free port as a user that is not
# root, and stops it.
set -euo pipefail
cd "$(dirname "$0")/.."

need() { # need COMMAND-OR-PATH PACKAGE...: remembers packages to install
	local have=$1
	shift
	if ! command -v "$have" >/dev/null 2>&1 && ! [ -x "$have" ]; then missing+=("$@"); fi
}

missing=()
pgbin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1 || true)
need "${pgbin:-/none}/initdb" postgresql
need "${pgbin:-/none}/postgres" postgresql
need chromium chromium fonts-liberation
need lynx lynx
if [ ${#missing[@]} -gt 0 ]; then
	mapfile -t missing < <(printf '%s\n' "${missing[@]}" | sort -u)
	as_root=()
	if [ "$(id -u)" -ne 0 ]; then as_root=(sudo -n); fi
	if ! command -v apt-get >/dev/null 2>&1 || { [ ${#as_root[@]} -gt 0 ] && ! sudo -n true 2>/dev/null; }; then
		echo "make test needs these Debian packages (or the same programs): ${missing[*]}" >&2
		echo "install them as root: apt-get install --no-install-recommends ${missing[*]}" >&2
		exit 1
	fi
	echo "installing ${missing[*]}"
	# Debian's package would make and start a cluster of its own: not wanted.
	"${as_root[@]}" mkdir -p /etc/postgresql-common
	if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
		echo 'create_main_cluster = false' | "${as_root[@]}" tee /etc/postgresql-common/createcluster.conf >/dev/null
	fi
	"${as_root[@]}" apt-get update -qq
	DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
	pgbin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
fi

work=$(mktemp -d)
as_pg=()
if [ "$(id -u)" -eq 0 ]; then
	# PostgreSQL does not run as root.
	as_pg=(setpriv --reuid=nobody --regid=nogroup --clear-groups)
	chown nobody:nogroup "$work"
fi
pgpid=
stop() {
	if [ -n "$pgpid" ]; then kill -INT "$pgpid" 2>/dev/null || true; wait "$pgpid" 2>/dev/null || true; fi
	rm -rf "$work"
}
trap stop EXIT
chmod 755 "$work"

"${as_pg[@]}" "$pgbin/initdb" -D "$work/data" -U fundy -A trust -E UTF8 --locale=C >"$work/initdb.log"
port=$(go run ./tools/freeport)
# No fsync: what is tested is what the program does, not what the disk keeps.
"${as_pg[@]}" "$pgbin/postgres" -D "$work/data" -h 127.0.0.1 -p "$port" -k "$work" -c fsync=off -c max_connections=300 \
	>"$work/postgres.log" 2>&1 &
pgpid=$!
for _ in $(seq 100); do
	if "$pgbin/pg_isready" -q -h 127.0.0.1 -p "$port"; then break; fi
	if ! kill -0 "$pgpid" 2>/dev/null; then cat "$work/postgres.log" >&2; exit 1; fi
	sleep 0.1
done

export FUNDY_TEST_POSTGRES="postgres://fundy@127.0.0.1:$port/postgres?sslmode=disable"
export FUNDY_TEST_POSTGRES_REQUIRED=1 FUNDY_TEST_BROWSER=required
go vet ./...
go test -timeout 1200s "$@" ./...

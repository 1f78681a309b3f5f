#!/usr/bin/env bash
# The queries of docs/sql.md on DuckDB (from PyPI) and on PostgreSQL (the machine's), over two syncs from the simulator.
set -euo pipefail
cd "$(dirname "$0")/../.."

tools=target/sql-tools
python=python3
if [ -x "$tools/bin/python" ] && "$tools/bin/python" -c 'import duckdb' 2>/dev/null ||
    { python3 -m venv "$tools" && "$tools/bin/pip" install --quiet duckdb==1.5.6; } >/dev/null 2>&1; then
    python=$tools/bin/python has_duckdb=yes
else
    echo "skipped: duckdb cannot be installed from PyPI here" && has_duckdb=
fi
postgres=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)
[ -n "$postgres" ] || { postgres=$(command -v initdb) && postgres=$(dirname "$postgres"); } ||
    echo "skipped: there is no PostgreSQL here (Debian: postgresql)"
[ -n "$has_duckdb$postgres" ] || exit 0

. integration_tests/warehouse/sync.sh
simulate --world small --now 2026-03-10T16:00:00Z
export TIKTOK_ADS_NOW=2026-03-10T16:00:00Z
sync '{"start_date": "2026-02-20"}' "$work/nested" advertisers advertisers_reports_daily
sync '{"start_date": "2026-02-20", "report_layout": "flat"}' "$work/flat" advertisers advertisers_reports_daily
sync '{"start_date": "2026-03-01", "tables": "fivetran"}' "$work/fivetran" advertiser campaign_history campaign_report_hourly

# $1: duckdb or postgres; $2: its place
try() {
    for layout in nested flat fivetran; do
        "$python" integration_tests/warehouse/load.py "$1" "$2" "${layout}_layout" "$work/$layout.catalog" "$work/$layout.jsonl" >/dev/null
        "$python" integration_tests/sql/check.py "$1" "$2" "$layout" "$work/$layout.jsonl"
    done
}

[ -z "$has_duckdb" ] || try duckdb "$work/sql.duckdb"

if [ -n "$postgres" ]; then
    # PostgreSQL does not run as root.
    as=()
    if [ "$(id -u)" = 0 ]; then
        user=nobody
        ! id postgres >/dev/null 2>&1 || user=postgres
        chmod 755 "$work" && install -d -o "$user" "$work/postgres" "$work/socket"
        as=(runuser -u "$user" --)
    else
        user=$(id -un) && mkdir "$work/postgres" "$work/socket"
    fi
    "${as[@]}" "$postgres/initdb" -D "$work/postgres" -U "$user" --no-sync --auth trust >/dev/null
    "${as[@]}" "$postgres/pg_ctl" -D "$work/postgres" -w -l "$work/postgres/log" \
        -o "-k $work/socket -c listen_addresses='' -c fsync=off" start >/dev/null
    stop() { "${as[@]}" "$postgres/pg_ctl" -D "$work/postgres" -m immediate stop >/dev/null || true; }
    trap 'stop; finish' EXIT
    try postgres "$postgres/psql -X -h $work/socket -U $user -d postgres"
fi

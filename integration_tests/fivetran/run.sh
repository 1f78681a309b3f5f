#!/usr/bin/env bash
# The dbt package fivetran/tiktok_ads, as it is, over the tables of `"tables": "fivetran"` in DuckDB: builds its models, then its
# own integrity tests and ours.
#
# FIVETRAN_DBT_PACKAGES   a folder with the packages tiktok_ads, fivetran_utils, dbt_utils, spark_utils (and dbt_date, if
#                         that version wants it); without it, `dbt deps` fetches them
set -euo pipefail
cd "$(dirname "$0")/../.."

tools=target/dbt-tools
# Newer versions of dbt-core want a part that is no package of PyPI.
[ -x "$tools/bin/dbt" ] ||
    { python3 -m venv "$tools" && "$tools/bin/pip" install --quiet dbt-core==1.9.10 dbt-duckdb==1.9.6 duckdb==1.5.6; } >/dev/null 2>&1 ||
    { echo "skipped: dbt cannot be installed from PyPI here" && exit 0; }

. integration_tests/warehouse/sync.sh
project=$work/project
cp -R integration_tests/fivetran "$project"
export DBT_PROFILES_DIR=$project DO_NOT_TRACK=1 FIVETRAN_TABLES_DATABASE=$work/tables.duckdb
dbt() { "$tools/bin/dbt" --no-use-colors "$@" --project-dir "$project"; }

if [ -n "${FIVETRAN_DBT_PACKAGES:-}" ]; then
    rm "$project/packages.yml"
    mkdir "$project/dbt_packages"
    for package in "$FIVETRAN_DBT_PACKAGES"/*/; do
        cp -R "$package" "$project/dbt_packages/"
        # Other projects inside are none of ours.
        rm -rf "$project/dbt_packages/$(basename "$package")/dbt_packages"
    done
elif ! timeout 60 "$tools/bin/dbt" deps --project-dir "$project" >"$work/deps.log" 2>&1; then
    echo "skipped: the dbt packages are not here (FIVETRAN_DBT_PACKAGES), and dbt deps cannot fetch them"
    exit 0
fi
package=$project/dbt_packages/tiktok_ads
[ -f "$package/dbt_project.yml" ] || { echo "FIVETRAN_DBT_PACKAGES has no folder tiktok_ads" >&2 && exit 1; }
cp -R "$package/integration_tests/tests/integrity" "$project/tests/"

simulate --world small --now 2026-03-10T16:00:00Z
export TIKTOK_ADS_NOW=2026-03-10T16:00:00Z
# Histories begin with the first day there is, so that every object of a report has a name.
sync '{"tables": "fivetran", "include_deleted": true}' "$work/objects" advertiser campaign_history adgroup_history ad_history location \
    creative_history smart_plus_ad_history
sync '{"tables": "fivetran", "start_date": "2026-02-25", "include_deleted": true}' "$work/reports" ad_report_hourly adgroup_report_hourly \
    campaign_report_hourly campaign_country_report
for part in objects reports; do
    "$tools/bin/python" integration_tests/warehouse/load.py duckdb "$FIVETRAN_TABLES_DATABASE" tiktok_ads \
        "$work/$part.catalog" "$work/$part.jsonl"
done

version=$(sed -n "s/^version: *'\(.*\)'/\1/p" "$package/dbt_project.yml")
echo "fivetran/tiktok_ads $version"
# Versions before 1.5 know no creatives, so the rows of Smart+ ads have no account in them, as with Fivetran's own tables.
exclude=()
[ "$(printf '%s\n' "$version" 1.5 | sort -V | head -1)" = 1.5 ] ||
    exclude=(--exclude not_null_tiktok_ads__advertiser_report_advertiser_id)
dbt build "${exclude[@]}"

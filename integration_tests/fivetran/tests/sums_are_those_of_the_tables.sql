-- No spend, click or impression of the hourly tables is lost or doubled on its way into the package's models.
with sums as (
    select 'campaign' as level, (select sum(spend) from {{ source('tiktok_ads', 'campaign_report_hourly') }}) as loaded,
        (select sum(spend) from {{ ref('tiktok_ads__campaign_report') }}) as modelled
    union all
    select 'ad group', (select sum(spend) from {{ source('tiktok_ads', 'adgroup_report_hourly') }}),
        (select sum(spend) from {{ ref('tiktok_ads__ad_group_report') }})
    union all
    select 'ad', (select sum(spend) from {{ source('tiktok_ads', 'ad_report_hourly') }}),
        (select sum(spend) from {{ ref('tiktok_ads__ad_report') }})
    union all
    select 'country', (select sum(spend) from {{ source('tiktok_ads', 'campaign_country_report') }}),
        (select sum(spend) from {{ ref('tiktok_ads__campaign_country_report') }})
)
select * from sums where loaded is null or modelled is null or loaded = 0 or abs(loaded - modelled) >= 0.01

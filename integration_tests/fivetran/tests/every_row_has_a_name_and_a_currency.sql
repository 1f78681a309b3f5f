-- Every object of a report is found in its history, and its account in `advertiser`.
select 'campaign' as level, campaign_id as id from {{ ref('tiktok_ads__campaign_report') }}
where campaign_name is null or currency is null
union all
select 'ad group', ad_group_id from {{ ref('tiktok_ads__ad_group_report') }}
where ad_group_name is null or campaign_name is null or currency is null
union all
select 'ad', ad_id from {{ ref('tiktok_ads__ad_report') }}
where (ad_group_name is null or campaign_name is null or currency is null)
    -- Versions before 1.5 know no creatives.
    and ad_id not in (select creative_id from tiktok_ads.creative_history)

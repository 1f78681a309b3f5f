-- What versions 1.3 to 1.5 of the package do with the three tables that they added: ads and creatives are added up and joined with reports,
-- creatives with Smart+ ads, and the pages of a Smart+ ad are taken apart as texts.
with pages as (
    select smart_plus_ad_id, unnest(from_json(landing_page_url_list, '["VARCHAR"]')) as page
    from tiktok_ads.smart_plus_ad_history
)
select 'creative' as what, cast(creative_id as varchar) as id from tiktok_ads.creative_history
where smart_plus_ad_id not in (select smart_plus_ad_id from tiktok_ads.smart_plus_ad_history)
    or creative_id in (select ad_id from tiktok_ads.ad_history)
union all
select 'ad of a report', cast(ad_id as varchar) from tiktok_ads.ad_report_hourly
where ad_id not in (select ad_id from tiktok_ads.ad_history union all select creative_id from tiktok_ads.creative_history)
union all
select 'page', page from pages where page not like 'http%'
union all
select 'table without rows', 'pages' where not exists (select * from pages)
union all
select 'table without rows', 'creative_history' where not exists (select * from tiktok_ads.creative_history)
union all
select 'table without countries', 'location'
where not exists (select * from tiktok_ads.location where region_level = 'COUNTRY' and country_code is not null)

-- rows of a lateral DISTINCT over a mask, without an order: by what the planner knows of both sides they come alike
select  
    subq_0.c8 as c0, 
    cast(coalesce(subq_0.c5,
      subq_0.c6) as text) as c1, 
    subq_0.c3 as c2, 
    subq_0.c9 as c3, 
    sample_0.at as c4
  from 
    public.events as sample_0  ,
    lateral (select distinct 
          null as c0, 
          sample_0.at as c1, 
          (select kind from public.events_2024 limit 1 offset 2)
             as c2, 
          ref_0.user_id as c3, 
          ref_0.note as c4, 
          ref_0.state as c5, 
          sample_0.kind as c6, 
          ref_0.note as c7, 
          sample_0.kind as c8, 
          case when cast(null as varbit) > cast(null as varbit) then sample_0.email else sample_0.email end
             as c9
        from 
          public.orders as ref_0
        where ref_0.user_id <> sample_0.id) as subq_0
  where subq_0.c5 ~>~ case when (cast(null as line) ?-| cast(null as line)) 
        or ((select ssn from public.users limit 1 offset 2)
             > case when cast(null as float4) <= cast(null as float8) then (select pg_catalog.min(ssn) from public.users)
               else (select pg_catalog.min(ssn) from public.users)
               end
            ) then sample_0.kind else sample_0.kind end
      
  limit 72;

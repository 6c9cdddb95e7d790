-- node_01
SELECT 1 AS a
;

-- node_02
select b.oid, b.typarray
      from pg_catalog.pg_type a
      left join pg_catalog.pg_type b on b.oid = a.typelem
      where a.typcategory = 'A'
      group by b.oid, b.typarray
      order by b.oid
;

-- node_03
SELECT ARRAY[1,2,3] AS a
;

-- node_04
SELECT g FROM generate_series(1, 1000) AS t(g)
;

-- The log as it lies there, plain and compressed segments alike. DuckDB reads the schema from the records.
CREATE OR REPLACE VIEW audit AS
SELECT * FROM read_json('/var/lib/qwarden/audit/????????.jsonl*', format = 'newline_delimited', union_by_name = true,
                        maximum_object_size = 16777216);

SELECT date_trunc('hour', CAST(time AS TIMESTAMP)) AS hour, action, count(*) AS exchanges
FROM audit GROUP BY ALL ORDER BY ALL;

SELECT f.policy || '/' || f.rule AS found, count(DISTINCT id) AS exchanges
FROM (SELECT id, unnest(findings) AS f FROM audit) GROUP BY ALL ORDER BY exchanges DESC;

SELECT quantile_cont(timing.screen_input_us + timing.screen_output_us, [0.5, 0.9, 0.99]) AS screening_us
FROM audit WHERE ended = 'complete';

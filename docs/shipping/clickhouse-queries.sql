-- What was done, hour by hour.
SELECT toStartOfHour(time) AS hour, action, count() AS exchanges
FROM qwarden_audit FINAL GROUP BY hour, action ORDER BY hour, action;

-- Rules by exchanges in which they found something, and how many of these they decided.
SELECT f.policy || '/' || f.rule AS found, uniqExact(id) AS exchanges, uniqExactIf(id, rule = found) AS decided
FROM qwarden_audit FINAL ARRAY JOIN findings AS f GROUP BY found ORDER BY exchanges DESC;

-- How long the gateway takes, beside the whole exchange.
SELECT quantiles(0.5, 0.9, 0.99)(timing.screen_input_us + timing.screen_output_us) AS screening_us,
       quantiles(0.5, 0.9, 0.99)(timing.total_us) AS total_us
FROM qwarden_audit FINAL WHERE ended = 'complete';

-- Gaps: records of a gateway that are not here.
SELECT gateway, min(seq) AS first, max(seq) AS last, last - first + 1 - uniqExact(seq) AS missing
FROM qwarden_audit FINAL GROUP BY gateway;

-- A text, in prompts and replies, as far as they were captured.
SELECT time, id, action, substring(prompt, 1, 80) AS asked
FROM qwarden_audit FINAL WHERE positionCaseInsensitiveUTF8(prompt, '压力') > 0 ORDER BY time DESC LIMIT 20;

-- The audit records of Qwarden in ClickHouse. Fields are those of the log; what it does not have is its default.
-- Records that arrive twice (every shipper may do that) are one in the end: `FINAL` in a query makes sure of it at once.
CREATE TABLE IF NOT EXISTS qwarden_audit
(
    gateway       LowCardinality(String),  -- which gateway's log, where there are several: `seq` counts in each
    seq           UInt64,
    prev          String,
    id            UUID,
    time          DateTime64(6, 'UTC'),
    tenant        LowCardinality(String),
    client        String,
    dialect       LowCardinality(String),
    model         LowCardinality(String),
    stream        Bool,
    revision      LowCardinality(String),
    mode          LowCardinality(String),
    action        LowCardinality(String),
    rule          LowCardinality(Nullable(String)),
    findings      Array(Tuple(
        phase Nullable(String), segment UInt32, role Nullable(String), channel Nullable(String),
        policy Nullable(String), rule Nullable(String), detector Nullable(String), category Nullable(String),
        severity Nullable(String), score Nullable(Float32), spans Array(Array(UInt64)),
        excerpt Nullable(String), mark Array(UInt64), transforms Array(String))),
    findings_cut  UInt32,
    model_refused Bool,
    status        Nullable(UInt16),
    ended         LowCardinality(String),
    code          LowCardinality(Nullable(String)),
    usage         Tuple(prompt_tokens UInt64, completion_tokens UInt64),
    timing        Tuple(screen_input_us UInt64, upstream_first_byte_us Nullable(UInt64), screen_output_us UInt64,
                        held_us_max UInt64, total_us UInt64),
    prompt        Nullable(String) CODEC(ZSTD(3)),
    reply         Nullable(String) CODEC(ZSTD(3)),
    original      Nullable(String) CODEC(ZSTD(3)),
    late          Bool,
    lost          UInt64
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (time, id)
-- TTL toDateTime(time) + INTERVAL 180 DAY
SETTINGS allow_nullable_key = 1;

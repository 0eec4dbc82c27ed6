"""Real segments of a real gateway, read by ClickHouse and DuckDB as docs/shipping says. The log itself, as `audit export`
writes it out, says what must be found."""
import json, os, pathlib, re, socket, subprocess, sys, tempfile, time, urllib.error, urllib.request

import chdb.session
import duckdb

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs" / "shipping"
QWARDEN = os.environ["QWARDEN"]
TEXTS = ["hello there", "最近压力太大，真的不想活了。", "how to synthesize sarin", "write to jane.doe@example.com", "🙂 \u0000 \"quoted\"\n"]


def ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    numbers = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return numbers


def ask(url, body=None):
    request = urllib.request.Request(url, data=body and json.dumps(body).encode(), headers={"content-type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=60) as reply:
            return reply.read()
    except urllib.error.HTTPError as error:
        return error.read()


def write_log(work):
    """A log with sealed and compressed segments, and one that is being written."""
    backend, public, admin = ports(3)
    (work / "qwarden.yaml").write_text(
        f'listen: 127.0.0.1:{public}\nadmin: 127.0.0.1:{admin}\nupstreams: ["http://127.0.0.1:{backend}"]\npolicies: {json.dumps(str(ROOT / "policies"))}\n'
        "audit: {dir: audit, capture: full, segment_bytes: 8192}\n")
    log = open(work / "log", "ab")
    processes = [subprocess.Popen([QWARDEN, "standin", "--listen", f"127.0.0.1:{backend}", "--delay", "0"], stdout=log, stderr=log),
                 subprocess.Popen([QWARDEN, "serve", "--config", work / "qwarden.yaml"], stdout=log, stderr=log)]
    try:
        for _ in range(600):
            try:
                ask(f"http://127.0.0.1:{admin}/readyz")
                break
            except OSError:
                time.sleep(0.1)
        for number in range(12):
            for text in TEXTS:
                message = {"role": "user", "content": f"{text} {number}"}
                ask(f"http://127.0.0.1:{public}/v1/chat/completions", {"model": "qwen", "stream": number % 2 == 1, "messages": [message]})
        ask(f"http://127.0.0.1:{public}/v1/nothing", {})
        for _ in range(600):
            sealed, plain = (len(list((work / "audit").glob(f"????????.jsonl{end}"))) for end in (".zst", ""))
            if sealed >= 3 and plain == 1:
                break
            time.sleep(0.1)
    finally:
        for process in reversed(processes):
            process.terminate()
            process.wait(60)
    return work / "audit"


def statements(name, audit):
    text = (DOCS / name).read_text().replace("/var/lib/qwarden/audit", str(audit))
    text = re.sub(r"^\s*--.*$", "", text, flags=re.M)
    return [one.strip() for one in text.split(";\n") if one.strip().strip(";")]


def same(what, found, expected):
    if found != expected:
        sys.exit(f"{what}: found {found!r} and expected {expected!r}")
    print(f"ok  {what}: {found if not isinstance(found, (list, dict)) else len(found)}")


def main(work):
    audit = write_log(work)
    exported = subprocess.run([QWARDEN, "audit", "export", "--audit-dir", audit], capture_output=True, check=True).stdout
    records = [json.loads(line) for line in exported.splitlines()]
    assert len(records) == 12 * len(TEXTS) + 1, len(records)
    assert len(list(audit.glob("*.jsonl.zst"))) >= 3 and len(list(audit.glob("????????.jsonl"))) == 1, "plain and compressed segments"
    by_rule = {}
    for record in records:
        for rule in {f'{one["policy"]}/{one["rule"]}' for one in record["findings"]}:
            by_rule[rule] = by_rule.get(rule, 0) + 1
    by_action = {}
    for record in records:
        by_action[record["action"]] = by_action.get(record["action"], 0) + 1
    spans = sum(end - start for record in records for one in record["findings"] for start, end in one["spans"])
    total = sum(record["timing"]["total_us"] for record in records)

    clickhouse = chdb.session.Session(str(work / "clickhouse"))
    rows = lambda query: [json.loads(line) for line in str(clickhouse.query(query, "JSONEachRow")).splitlines()]
    one = lambda query: list(rows(query)[0].values())[0]
    clickhouse.query("CREATE DATABASE IF NOT EXISTS shipped; ")
    clickhouse.query("USE shipped")
    for statement in statements("clickhouse.sql", audit) + statements("clickhouse-load.sql", audit):
        clickhouse.query(statement)
    check = lambda: (
        same("ClickHouse: records", int(one("SELECT count() FROM qwarden_audit FINAL")), len(records)),
        same("ClickHouse: by action", {row["action"]: int(row["n"]) for row in rows("SELECT action, count() AS n FROM qwarden_audit FINAL GROUP BY action")}, by_action),
        same("ClickHouse: by rule", {row["r"]: int(row["n"]) for row in rows("SELECT f.policy || '/' || f.rule AS r, uniqExact(id) AS n FROM qwarden_audit FINAL ARRAY JOIN findings AS f GROUP BY r")}, by_rule),
        same("ClickHouse: bytes of spans", int(one("SELECT sum(arraySum(f -> arraySum(s -> s[2] - s[1], f.spans), findings)) FROM qwarden_audit FINAL")), spans),
        same("ClickHouse: microseconds", int(one("SELECT sum(timing.total_us) FROM qwarden_audit FINAL")), total),
        same("ClickHouse: prompts", sorted(row["prompt"] or "" for row in rows("SELECT prompt FROM qwarden_audit FINAL")), sorted(record["prompt"] or "" for record in records)),
        same("ClickHouse: times", [row["t"] for row in rows("SELECT formatDateTime(time, '%Y-%m-%dT%H:%i:%S.%fZ') AS t FROM qwarden_audit FINAL ORDER BY seq")], [record["time"] for record in records]),
        same("ClickHouse: without a rule", int(one("SELECT count() FROM qwarden_audit FINAL WHERE rule IS NULL")), sum(record["rule"] is None for record in records)),
    )
    check()
    print("the same again, as Vector's sink inserts it: nothing is there twice")
    lines = "\n".join(json.dumps({**record, "gateway": "gateway-1", "unknown_of_later": 1}) for record in records)
    clickhouse.query(
        "INSERT INTO qwarden_audit SETTINGS input_format_skip_unknown_fields = 1, date_time_input_format = 'best_effort' FORMAT JSONEachRow " + lines)
    check()
    same("ClickHouse: missing", [int(row["missing"]) for row in rows(statements("clickhouse-queries.sql", audit)[3])], [0])
    for statement in statements("clickhouse-queries.sql", audit):
        assert rows(statement), f"nothing was found by {statement}"

    database = duckdb.connect()
    view, *queries = statements("duckdb.sql", audit)
    database.execute(view)
    check_duckdb(database, records, by_action, by_rule)
    for query in queries:
        assert database.execute(query).fetchall(), query
    formats = subprocess.run([QWARDEN, "audit", "export", "--help"], capture_output=True, text=True, check=True).stdout
    if "parquet" in formats:
        file = work / "audit.parquet"
        subprocess.run([QWARDEN, "audit", "export", "--audit-dir", audit, "--format", "parquet", "--output", file], check=True)
        database.execute(f"CREATE OR REPLACE VIEW audit AS SELECT * FROM read_parquet('{file}')")
        print("the same from Parquet")
        check_parquet(database, records, by_action, spans)
    else:
        print("left out: this build has no `audit export --format parquet`")


def check_duckdb(database, records, by_action, by_rule):
    same("DuckDB: by action", dict(database.execute("SELECT action, count(*) FROM audit GROUP BY 1").fetchall()), by_action)
    found = database.execute("SELECT f.policy || '/' || f.rule, count(DISTINCT id) FROM (SELECT id, unnest(findings) AS f FROM audit) GROUP BY 1").fetchall()
    same("DuckDB: by rule", dict(found), by_rule)
    prompts = [row[0] or "" for row in database.execute("SELECT prompt FROM audit").fetchall()]
    same("DuckDB: prompts", sorted(prompts), sorted(record["prompt"] or "" for record in records))


def check_parquet(database, records, by_action, spans):
    policies = {}
    for record in records:
        for policy in {one["policy"] for one in record["findings"]} | {record["rule"].split("/")[0] for _ in [0] if record["rule"]}:
            policies[policy] = policies.get(policy, 0) + 1
    same("Parquet: by policy", dict(database.execute("SELECT p, count(*) FROM (SELECT unnest(policies) AS p FROM audit) GROUP BY 1").fetchall()), policies)
    found = [json.loads(row[0]) for row in database.execute("SELECT findings FROM audit").fetchall()]
    same("Parquet: bytes of spans", sum(end - start for one in found for finding in one for start, end in finding["spans"]), spans)
    same("Parquet: microseconds", int(database.execute("SELECT sum(total_us) FROM audit").fetchone()[0]), sum(record["timing"]["total_us"] for record in records))
    same("Parquet: by action", dict(database.execute("SELECT action, count(*) FROM audit GROUP BY 1").fetchall()), by_action)
    same("Parquet: sequence", [row[0] for row in database.execute("SELECT seq FROM audit ORDER BY seq").fetchall()], [record["seq"] for record in records])
    prompts = [row[0] or "" for row in database.execute("SELECT prompt FROM audit").fetchall()]
    same("Parquet: prompts", sorted(prompts), sorted(record["prompt"] or "" for record in records))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        main(pathlib.Path(folder))

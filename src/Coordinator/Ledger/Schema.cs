namespace FineWebTorch.Coordinator.Ledger;

/// <summary>The tables of every ledger.</summary>
internal static class Schema
{
    /// <summary>Raised with every change to the tables; a ledger of another version is refused.</summary>
    public const int Version = 6;

    /// <summary>In PostgreSQL's types; <see cref="SqliteTables"/> says the same in SQLite's.</summary>
    public const string Tables = """
        CREATE TABLE run (
            id BIGINT PRIMARY KEY CHECK (id = 1),
            run_id TEXT NOT NULL,
            options TEXT NOT NULL,          -- JSON object
            model TEXT NOT NULL,            -- JSON object
            dtype BIGINT NOT NULL,
            token_budget BIGINT NOT NULL,
            program_version TEXT NOT NULL
        );
        CREATE TABLE files (
            file BIGINT PRIMARY KEY,        -- place in the run's order, from 0
            name TEXT NOT NULL,
            path TEXT NOT NULL,
            size BIGINT NOT NULL,
            modified BIGINT NOT NULL,       -- UTC ticks
            sha256 TEXT,
            row_count BIGINT NOT NULL,
            shard_name TEXT NOT NULL,
            failure TEXT,                   -- the reason
            columns TEXT                    -- a digest
        );
        CREATE TABLE controls (             -- what a person has set
            kind TEXT NOT NULL,             -- paused, or ban
            name TEXT NOT NULL,             -- of a ban: the worker's, or a pattern; else empty
            PRIMARY KEY (kind, name)
        );
        CREATE TABLE failures (
            id BIGSERIAL PRIMARY KEY,
            file BIGINT NOT NULL,
            worker_id TEXT NOT NULL,
            worker TEXT NOT NULL,
            reason TEXT NOT NULL,
            kind BIGINT NOT NULL,           -- as of leases
            fault BIGINT NOT NULL,          -- LeaseEnded.Fault of the protocol
            machine TEXT NOT NULL
        );
        CREATE TABLE quarantine (           -- workers that get no work
            worker_id TEXT PRIMARY KEY,
            worker TEXT NOT NULL,
            reason TEXT NOT NULL
        );
        CREATE TABLE suspects (             -- windows over which workers have ended
            file BIGINT NOT NULL,
            window_index BIGINT NOT NULL,
            ends BIGINT NOT NULL,
            unstored BIGINT NOT NULL,       -- rows without a score at the last end
            row_groups TEXT NOT NULL,       -- JSON: rows that are scored apart, in this order
            PRIMARY KEY (file, window_index)
        );
        CREATE TABLE leases (
            fence BIGINT PRIMARY KEY,
            kind BIGINT NOT NULL,           -- 1 score, 2 build
            file BIGINT NOT NULL,
            first_window BIGINT NOT NULL,
            end_window BIGINT NOT NULL,
            worker_id TEXT NOT NULL
        );
        CREATE TABLE numeric_classes (
            id BIGSERIAL PRIMARY KEY,
            name TEXT NOT NULL UNIQUE
        );
        CREATE TABLE batches (              -- of windows that are not complete
            id BIGSERIAL PRIMARY KEY,
            file BIGINT NOT NULL,
            window_index BIGINT NOT NULL,
            window_rows BYTEA NOT NULL,     -- little-endian, each within the window: uint16, or uint32 as need be
            scores BYTEA NOT NULL,          -- fp32 little-endian
            numeric_class BIGINT NOT NULL REFERENCES numeric_classes (id),
            tokens BIGINT NOT NULL
        );
        CREATE INDEX batches_of_window ON batches (file, window_index);
        CREATE TABLE scores (               -- of complete windows, also of files that are done
            file BIGINT NOT NULL,
            window_index BIGINT NOT NULL,
            scores BYTEA NOT NULL,          -- fp32 little-endian, one a row
            PRIMARY KEY (file, window_index)
        );
        CREATE TABLE windows (              -- complete, of files that have no totals yet
            file BIGINT NOT NULL,
            window_index BIGINT NOT NULL,
            row_count BIGINT NOT NULL,
            kept BIGINT NOT NULL,
            unscorable BIGINT NOT NULL,
            tokens BIGINT NOT NULL,
            score_counts BYTEA NOT NULL,    -- rows by score: ScoreCounts
            PRIMARY KEY (file, window_index)
        );
        CREATE TABLE window_classes (
            file BIGINT NOT NULL,
            window_index BIGINT NOT NULL,
            numeric_class BIGINT NOT NULL REFERENCES numeric_classes (id),
            row_count BIGINT NOT NULL,
            PRIMARY KEY (file, window_index, numeric_class)
        );
        CREATE TABLE totals (               -- of files all of whose windows are complete, since their first shard
            file BIGINT PRIMARY KEY,
            windows BIGINT NOT NULL,
            row_count BIGINT NOT NULL,
            kept BIGINT NOT NULL,
            unscorable BIGINT NOT NULL,
            tokens BIGINT NOT NULL,
            score_counts BYTEA NOT NULL
        );
        CREATE TABLE total_classes (
            file BIGINT NOT NULL,
            numeric_class BIGINT NOT NULL REFERENCES numeric_classes (id),
            row_count BIGINT NOT NULL,
            PRIMARY KEY (file, numeric_class)
        );
        CREATE TABLE shards (
            file BIGINT PRIMARY KEY,
            name TEXT NOT NULL,
            fence BIGINT NOT NULL,
            size BIGINT NOT NULL,
            sha256 TEXT NOT NULL,
            rows_in BIGINT NOT NULL,
            rows_kept BIGINT NOT NULL,
            rows_unscorable BIGINT NOT NULL,
            warnings TEXT NOT NULL,         -- JSON array
            done BIGINT NOT NULL,
            arrow_bytes BIGINT NOT NULL,
            built BIGINT NOT NULL,          -- milliseconds since 1970
            pull_request BIGINT             -- the number of the one that holds it
        );
        CREATE INDEX uncommitted_shards ON shards (file) WHERE pull_request IS NULL;
        CREATE TABLE work (                 -- what each worker has scored of a file
            file BIGINT NOT NULL,
            worker_id TEXT NOT NULL,
            worker TEXT NOT NULL,
            device TEXT NOT NULL,
            row_count BIGINT NOT NULL,
            first BIGINT NOT NULL,          -- milliseconds since 1970
            last BIGINT NOT NULL,
            PRIMARY KEY (file, worker_id)
        );
        CREATE TABLE publication (
            id BIGINT PRIMARY KEY CHECK (id = 1),
            content TEXT NOT NULL,          -- sha256 over the shards
            commits TEXT NOT NULL           -- JSON array of pages
        );
        CREATE TABLE pull_request (         -- to which shards are committed before the run's end
            id BIGINT PRIMARY KEY CHECK (id = 1),
            mark TEXT NOT NULL,             -- in the description of its first commit
            number BIGINT                   -- NULL: it may be open
        );
        """;

    /// <inheritdoc cref="Tables"/>
    public static string SqliteTables { get; } = Tables
        .Replace("BIGSERIAL", "INTEGER", StringComparison.Ordinal)
        .Replace("BIGINT", "INTEGER", StringComparison.Ordinal)
        .Replace("BYTEA", "BLOB", StringComparison.Ordinal)
        .Replace("\n);", "\n) STRICT;", StringComparison.Ordinal);
}

namespace FineWebTorch.Coordinator.Ledger;

/// <summary>The tables of <see cref="SqliteLedger"/>.</summary>
internal static class Schema
{
    /// <summary>Raised with every change to the tables; a ledger of another version is refused.</summary>
    public const int Version = 3;

    public const string Tables = """
        CREATE TABLE run (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            run_id TEXT NOT NULL,
            options TEXT NOT NULL,          -- JSON object
            model TEXT NOT NULL,            -- JSON object
            dtype INTEGER NOT NULL,
            token_budget INTEGER NOT NULL,
            program_version TEXT NOT NULL,
            last_fence INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE files (
            file INTEGER PRIMARY KEY,       -- place in the run's order, from 0
            name TEXT NOT NULL,
            path TEXT NOT NULL,
            size INTEGER NOT NULL,
            modified INTEGER NOT NULL,      -- UTC ticks
            sha256 TEXT,
            row_count INTEGER NOT NULL,
            shard_name TEXT NOT NULL,
            failure TEXT                    -- the reason
        ) STRICT;
        CREATE TABLE failures (
            file INTEGER NOT NULL,
            worker_id TEXT NOT NULL,
            worker TEXT NOT NULL,
            reason TEXT NOT NULL
        ) STRICT;
        CREATE TABLE leases (
            fence INTEGER PRIMARY KEY,
            kind INTEGER NOT NULL,          -- 1 score, 2 build
            file INTEGER NOT NULL,
            first_window INTEGER NOT NULL,
            end_window INTEGER NOT NULL,
            worker_id TEXT NOT NULL
        ) STRICT;
        CREATE TABLE numeric_classes (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE
        ) STRICT;
        CREATE TABLE batches (              -- of windows that are not complete
            id INTEGER PRIMARY KEY,
            file INTEGER NOT NULL,
            window INTEGER NOT NULL,
            window_rows BLOB NOT NULL,      -- uint32 little-endian, each within the window
            scores BLOB NOT NULL,           -- fp32 little-endian
            numeric_class INTEGER NOT NULL REFERENCES numeric_classes (id),
            tokens INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX batches_of_window ON batches (file, window);
        CREATE TABLE windows (
            file INTEGER NOT NULL,
            window INTEGER NOT NULL,
            row_count INTEGER NOT NULL,
            kept INTEGER NOT NULL,
            unscorable INTEGER NOT NULL,
            tokens INTEGER NOT NULL,
            rows_by_class TEXT NOT NULL,    -- JSON object
            scores BLOB NOT NULL,           -- fp32 little-endian, one a row
            PRIMARY KEY (file, window)
        ) STRICT;
        CREATE TABLE shards (
            file INTEGER PRIMARY KEY,
            name TEXT NOT NULL,
            fence INTEGER NOT NULL,
            size INTEGER NOT NULL,
            sha256 TEXT NOT NULL,
            rows_in INTEGER NOT NULL,
            rows_kept INTEGER NOT NULL,
            rows_unscorable INTEGER NOT NULL,
            warnings TEXT NOT NULL,         -- JSON array
            done INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE publication (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            content TEXT NOT NULL,          -- sha256 over the shards
            commits TEXT                    -- JSON array of pages; NULL: a pull request may be open
        ) STRICT;
        """;
}

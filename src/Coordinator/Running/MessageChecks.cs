using FineWebTorch.Common;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Scheduling;
using FineWebTorch.Protos.V1;

namespace FineWebTorch.Coordinator.Running;

/// <summary>
/// What a worker says is checked before it is believed. Here: what no worker of this program would say, whatever its
/// files and device are like. It ends the session. What is wrong with one lease alone ends that lease.
/// </summary>
internal static class MessageChecks
{
    /// <summary>A worker holds four leases at most, and may have ended as many that are not acknowledged.</summary>
    public const int MostLeases = 64;

    /// <summary>A worker asks again when it has been answered; far more than that is a fault or a flood.</summary>
    public const int MostRequests = 1000;

    /// <summary>A class names device, libraries and kernels; batches that were split have one of their own.</summary>
    public const int MostClasses = 8;

    /// <summary>Of one report: a row each, of more rows than a worker gathers for one.</summary>
    private const int MostBatches = 1 << 17;

    private const int MostOfName = 200, MostOfReason = 64 << 10, MostOfClass = 400;

    private const int MostLogLines = 100, MostOfLogLine = 8_000;

    /// <summary>Of one worker in its life.</summary>
    private const ulong MostCounted = 1UL << 56;

    /// <summary>Of a machine.</summary>
    private const ulong MostBytes = 1UL << 56;

    private const int MostInFlight = 1 << 16;

    /// <summary>Of what is shown.</summary>
    private const int MostShown = 2000;

    /// <returns>What is wrong, or null.</returns>
    public static string? FaultOf(Hello hello) =>
        hello.WorkerId.Length == 0 ? "Hello has no worker_id"
        : FaultOf("worker_id", hello.WorkerId, MostOfName)
        ?? FaultOf("name", hello.Name, MostOfName)
        ?? FaultOf("program_version", hello.ProgramVersion, MostOfName)
        ?? FaultOf("device_kind", hello.DeviceKind, MostOfName)
        ?? FaultOf("device_name", hello.DeviceName, MostOfName)
        ?? FaultOf("numeric_class", hello.NumericClass, MostOfClass)
        ?? FaultOf("machine", hello.Machine, MostOfName)
        ?? (hello.Dtypes.Count > MostLeases ? $"it names {hello.Dtypes.Count} dtypes"
            : hello.HeldLeases.Count > MostLeases ? $"it says that it holds {hello.HeldLeases.Count} leases"
            : null);

    /// <summary>
    /// What is looked at before a message waits for its turn: two bytes can say that there is one thing more, and in
    /// memory it takes a hundred.
    /// </summary>
    /// <returns>What is wrong, or null.</returns>
    public static string? FaultOfShape(WorkerMessage message) => message switch
    {
        { Scores.Batches.Count: > MostBatches and var count } => $"a report of {count} batches",
        { Heartbeat.Leases.Count: > MostLeases and var count } => $"a heartbeat about {count} leases",
        { LeaseEnded.Reason.Length: > MostOfReason and var length } =>
            $"the reason for which it ended a lease has {length} characters",
        { Log.Lines.Count: > MostLogLines and var count } => $"{count} lines of its log at once",
        { Log: { } log } when log.Lines.Any(line => line.Message.Length + line.File.Length + line.Lease.Length > MostOfLogLine) =>
            $"a line of its log has more than {MostOfLogLine} characters",
        _ => null,
    };

    /// <param name="worker">Who said it, as it was before.</param>
    /// <param name="files">Of the run.</param>
    /// <param name="tokenBudget">Of the run.</param>
    /// <returns>What is wrong, or null.</returns>
    public static string? FaultOf(WorkerMessage message, RunWorker worker, RunFiles files, int tokenBudget) =>
        message switch
        {
            { WorkRequest: not null } when worker.OpenRequests >= MostRequests =>
                $"it asks for work {worker.OpenRequests + 1} times without waiting for an answer",
            { FileOpened: { } opened } when !Sha256.IsOne(opened.Sha256) => "the digest of a file that it opened is none",
            { Scores: { } report } => FaultOf(report, worker, tokenBudget),
            { Heartbeat: { } heartbeat } => FaultOf(heartbeat, worker, files),
            _ => null,
        };

    /// <summary>A reason of a worker's, to be stored and shown.</summary>
    public static string Clean(string reason) => PlainText.Clean(reason, MostShown);

    private static string? FaultOf(ScoreReport report, RunWorker worker, int tokenBudget)
    {
        foreach (var batch in report.Batches)
        {
            if (FaultOf("the numeric class of a batch", batch.NumericClass, MostOfClass) is { } fault)
                return fault;
            if (!worker.HasClass(batch.NumericClass, MostClasses))
                return $"scores of '{batch.NumericClass}' from a worker of '{worker.NumericClass}'";
            // Only a document that is larger than the budget by itself has a batch of more, its own.
            var most = Math.Max(tokenBudget, batch.Rows.Count == 1 ? 1 << 20 : 0);
            var tokens = batch.TokenCounts.Sum(count => (long)count);
            if (tokens > most)
                return $"a batch of {batch.Rows.Count} rows with {tokens} tokens, where the run allows {tokenBudget}";
        }

        return null;
    }

    private static string? FaultOf(Heartbeat heartbeat, RunWorker worker, RunFiles files)
    {
        foreach (var progress in heartbeat.Leases)
        {
            // Beyond the end of its lease it may be: what was left of that has just gone to another worker.
            if (worker.Holds(progress.Fence) is { } lease &&
                progress.ReadingWindow > (uint)files[lease.File].Windows)
                return $"it reads window {progress.ReadingWindow} of a file of {files[lease.File].Windows}";
            if (!Enum.IsDefined(progress.Stage))
                return $"a lease in a stage ({(int)progress.Stage}) that there is not";
        }

        return heartbeat.Statistics is { } told ? FaultOf(told) : null;
    }

    private static string? FaultOf(WorkerStatistics told) =>
        !IsAmount(told.BusySeconds) || !IsAmount(told.ReaderWaitSeconds) || !IsAmount(told.TokenizerWaitSeconds) ||
            !IsAmount(told.WriterWaitSeconds) || !IsAmount(told.NetworkWaitSeconds)
            ? $"statistics that are none: busy for {told.BusySeconds} s, waiting for {told.ReaderWaitSeconds}, " +
                $"{told.TokenizerWaitSeconds}, {told.WriterWaitSeconds} and {told.NetworkWaitSeconds} s"
        : Math.Max(Math.Max(told.Documents, told.Tokens), Math.Max(told.Positions, told.Batches)) > MostCounted
            ? $"statistics of {told.Documents} documents, {told.Tokens} tokens, {told.Positions} positions and " +
                $"{told.Batches} batches"
        : told.BatchesInFlight > MostInFlight ? $"{told.BatchesInFlight} batches at once on its device"
        : told.ResidentBytes > MostBytes ? $"{told.ResidentBytes} bytes of memory"
        : told.Device is { } device ? FaultOf(device)
        : null;

    private static string? FaultOf(DeviceReading device) =>
        !IsWithin(device.Utilization, 0, 1) ? $"a device that is used by {device.Utilization} of 1"
        : Math.Max(device.MemoryUsedBytes, device.MemoryTotalBytes) > MostBytes
            ? $"a device with {device.MemoryUsedBytes} of {device.MemoryTotalBytes} bytes in use"
        : !IsWithin(device.Watts, 0, 1e6) ? $"a device that takes {device.Watts} W"
        : !IsWithin(device.Celsius, -273.15, 1e4) ? $"a device of {device.Celsius} °C"
        : null;

    private static bool IsWithin(double figure, double least, double most) => figure >= least && figure <= most;

    private static bool IsAmount(double seconds) => double.IsFinite(seconds) && seconds is >= 0 and < 1e10;

    private static string? FaultOf(string what, string text, int most) =>
        text.Length > most ? $"{what} has {text.Length} characters"
        : !PlainText.IsPlain(text) ? $"{what} has control characters"
        : null;
}

/// <summary>A shard's size and counts, before a byte of it is taken.</summary>
internal static class ShardChecks
{
    private const int MostWarnings = 10_000, MostOfWarnings = 1 << 20;

    /// <summary>
    /// The most bytes that a shard of a file can have: its rows are some of the file's, compressed perhaps less well,
    /// with two numbers more in each.
    /// </summary>
    public static long MostBytes(FileRecord file) => Math.Max(64L << 20, 16 * file.Size) + (64 * file.Rows);

    /// <returns>What is wrong, or null.</returns>
    public static string? FaultOf(ShardDescription shard, FileRecord file) =>
        !Sha256.IsOne(shard.Sha256) ? "the shard's sha256 is none"
        : SizeFault(shard.Size, file) is { } size ? size
        : shard.RowsIn > (ulong)file.Rows || shard.RowsKept > shard.RowsIn || shard.RowsUnscorable > shard.RowsIn
            ? $"the shard has {shard.RowsIn} rows in, {shard.RowsKept} kept and {shard.RowsUnscorable} unscorable, of " +
                $"a file of {file.Rows}"
        : shard.ArrowBytes > long.MaxValue ? "the shard's rows are said to need more memory than there is"
        : shard.Warnings.Count > MostWarnings ? $"the shard has {shard.Warnings.Count} warnings"
        : shard.Warnings.Sum(warning => (long)warning.Length) is > MostOfWarnings and var length
            ? $"the shard's warnings have {length} characters"
        : null;

    /// <returns>Why no shard of the file has so many bytes, or null.</returns>
    public static string? SizeFault(ulong size, FileRecord file) => size <= (ulong)MostBytes(file)
        ? null
        : $"a shard of {size} bytes is announced, made of a file of {file.Size}; no more than {MostBytes(file)} are taken";
}

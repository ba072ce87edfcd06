using System.Globalization;
using System.Runtime.CompilerServices;
using FineWebTorch.Common;
using FineWebTorch.Parquet;
using FineWebTorch.Protos.V1;
using FineWebTorch.Worker.Documents;
using FineWebTorch.Worker.Progress;
using FineWebTorch.Worker.Rpc;
using FineWebTorch.Worker.Storage;
using Google.Protobuf;
using Stage = FineWebTorch.Protos.V1.LeaseProgress.Types.Stage;

namespace FineWebTorch.Worker.Shards;

/// <summary>Writes the shard of a scored file and hands it to the coordinator, or to the Hub's storage.</summary>
/// <param name="folder">For shards that have to be sent.</param>
internal sealed class ShardBuilder(string folder, IDataFormat format, CoordinatorCalls calls, ShardUploader uploader)
{
    private const int PartBytes = 1 << 20;

    /// <summary>Blocks a thread while the shard is written; waits while the coordinator is away.</summary>
    /// <param name="input">The lease's, proved; proved once more when all of it has been read.</param>
    /// <param name="sharesFileSystem">Paths mean the same here as on the coordinator.</param>
    /// <param name="meter">Of the lease.</param>
    public async Task<ShardDescription> BuildAsync(
        BuildLease lease, RunDescription run, ReadableInput input, bool sharesFileSystem, LeaseMeter meter,
        CancellationToken cancellation)
    {
        var fileRows = format.CountRows(input.Path);
        var rows = run.RowsPerFile == 0 ? fileRows : Math.Min(fileRows, (long)run.RowsPerFile);
        meter.Enter(Stage.Fetching);
        var windows = await calls.ReadScoresAsync(lease.Fence, cancellation, meter.Step);
        var scores = new ScoresOfFile(windows, rows, (int)run.WindowRows);
        var inPlace = sharesFileSystem && !lease.Upload && CanWriteTo(lease.StagingPath);
        var path = inPlace
            ? lease.StagingPath
            : Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{lease.Fence}.parquet"));
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            var request = new ShardRequest(
                input.Path, path, run.TextColumn, run.ScoreColumn, run.IntScoreColumn, run.ReplaceScoreColumns,
                (long)run.RowsPerFile, lease.Metadata);
            meter.Enter(Stage.Building);
            var kept = meter.Count(scores.Kept(ProtoEnums.ToKeepRule(run.Keep)));
            ShardResult result;
            using (Instrumentation.Begin("build", meter.Trace))
                result = Write(request, kept, inPlace, cancellation);
            input.DemandUnchanged();
            meter.Enter(Stage.Uploading);
            using var span = Instrumentation.Begin("upload", meter.Trace);
            span?.SetTag("fineweb.bytes", result.Size);
            if (lease.Upload)
                await uploader.UploadAsync(path, lease.Fence, result, _ => meter.Step(), cancellation);
            var description = Describe(lease, run, result, rows, scores.Unscorable, inPlace);
            await calls.DeliverShardAsync(() => PartsAsync(description, path, meter, cancellation), cancellation);
            return description;
        }
        finally
        {
            if (!inPlace)
                File.Delete(path);
        }
    }

    private ShardResult Write(
        ShardRequest request, IEnumerable<ScoredRow> kept, bool inPlace, CancellationToken cancellation)
    {
        try
        {
            return format.WriteShard(request, kept, cancellation);
        }
        catch (Exception full) when (inPlace && DiskFaults.IsFull(full))
        {
            throw new StagingFullException(full);
        }
    }

    private static ShardDescription Describe(
        BuildLease lease, RunDescription run, ShardResult result, long rows, long unscorable, bool inPlace)
    {
        return new ShardDescription
        {
            Fence = lease.Fence,
            Size = (ulong)result.Size,
            Sha256 = result.Sha256,
            RowsIn = (ulong)rows,
            RowsKept = (ulong)result.RowsKept,
            RowsUnscorable = (ulong)unscorable,
            Warnings = { result.Warnings },
            InPlace = inPlace,
            Uploaded = lease.Upload,
            ArrowBytes = (ulong)result.ArrowBytes,
            RunDigest = run.Digest,
        };
    }

    private static async IAsyncEnumerable<ShardPart> PartsAsync(
        ShardDescription description, string path, LeaseMeter meter,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        yield return new ShardPart { Description = description };
        if (description.InPlace || description.Uploaded)
            yield break;
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 0);
        while (true)
        {
            // A message may still be on its way when the next part is read: every part has memory of its own.
            var buffer = new byte[PartBytes];
            var length = await file.ReadAtLeastAsync(buffer, PartBytes, throwOnEndOfStream: false, cancellation);
            if (length == 0)
                yield break;
            meter.Step();
            yield return new ShardPart { Data = UnsafeByteOperations.UnsafeWrap(buffer.AsMemory(0, length)) };
        }
    }

    // Sharing a file system to read from does not mean being allowed to write.
    private static bool CanWriteTo(string path)
    {
        try
        {
            var parent = Directory.CreateDirectory(Path.GetDirectoryName(path)!).FullName;
            var probe = Path.Combine(parent, $".probe-{Guid.NewGuid():N}");
            using (File.Create(probe, 1, FileOptions.DeleteOnClose))
                return true;
        }
        catch (Exception refused) when (refused is UnauthorizedAccessException or IOException or ArgumentException)
        {
            return false;
        }
    }
}

/// <summary>The coordinator's disk has no room for a shard that is written there in place.</summary>
internal sealed class StagingFullException(Exception inner) : IOException(inner.Message, inner);

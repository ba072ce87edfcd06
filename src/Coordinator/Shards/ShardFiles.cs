using FineWebTorch.Common;
using FineWebTorch.Coordinator.Ledger;

namespace FineWebTorch.Coordinator.Shards;

/// <summary>Compares shards on this machine with the ledger.</summary>
internal static class ShardFiles
{
    /// <summary>A disk is kept busy by a few; digests take a core each.</summary>
    private static readonly int AtATime = Math.Clamp(Environment.ProcessorCount, 1, 4);

    /// <param name="pathOf">Where a shard is to be.</param>
    /// <param name="trustsTimes">
    /// Of one that has its size and was not written to since it was handed over, the content is not read: for whoever has no
    /// time to read a large output, as when it takes a run over.
    /// </param>
    /// <returns>By file, what is wrong with its shard; shards that are as they should be are left out.</returns>
    public static async Task<IReadOnlyDictionary<int, string>> FaultsAsync(
        IEnumerable<ShardRecord> shards, Func<string, string> pathOf, bool trustsTimes,
        CancellationToken cancellationToken)
    {
        var faults = new SortedDictionary<int, string>();
        await Parallel.ForEachAsync(
            shards,
            new ParallelOptions { MaxDegreeOfParallelism = AtATime, CancellationToken = cancellationToken },
            async (shard, token) =>
            {
                var path = pathOf(shard.Name);
                if ((trustsTimes && IsUntouched(path, shard)) || await FaultAsync(path, shard, token) is not { } fault)
                    return;
                lock (faults)
                    faults.Add(shard.File, fault);
            });
        return faults;
    }

    /// <summary>A clock that goes ahead of ours costs the reading of the shard, no more.</summary>
    private static bool IsUntouched(string path, ShardRecord shard) =>
        new FileInfo(path) is { Exists: true } file && file.Length == shard.Size &&
        file.LastWriteTimeUtc < shard.Built.UtcDateTime.AddMilliseconds(1);

    /// <returns>Null where size and digest are those of the ledger.</returns>
    public static async Task<string?> FaultAsync(string path, ShardRecord shard, CancellationToken cancellationToken)
    {
        if (!File.Exists(path))
            return "the shard is not there";
        if (new FileInfo(path).Length is var size && size != shard.Size)
            return $"the shard has {size} bytes instead of {shard.Size}";
        try
        {
            return await Sha256.OfFileAsync(path, cancellationToken) == shard.Sha256
                ? null
                : "the shard's sha256 is not that of the ledger";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return $"the shard cannot be read: {exception.Message}";
        }
    }
}

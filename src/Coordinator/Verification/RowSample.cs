using System.Security.Cryptography;
using System.Text;

namespace FineWebTorch.Coordinator.Verification;

/// <summary>Chooses rows evenly from several shards, by a seed alone.</summary>
internal static class RowSample
{
    /// <param name="rowsOfShards">Rows of each shard.</param>
    /// <param name="count">All rows where there are fewer.</param>
    /// <param name="seed">The same seed chooses the same rows.</param>
    /// <returns>Ascending rows by shard; shards without a chosen row are left out.</returns>
    public static IReadOnlyDictionary<int, IReadOnlyList<long>> Choose(
        IReadOnlyList<long> rowsOfShards, int count, string seed)
    {
        var total = rowsOfShards.Sum();
        var chosen = new SortedSet<long>();
        if (total <= count)
            chosen.UnionWith(Enumerable.Range(0, (int)total).Select(row => (long)row));
        for (var draw = 0; chosen.Count < Math.Min(count, total); draw++)
            chosen.Add((long)(Hash($"{seed}/{draw}") % (ulong)total));
        return Split(rowsOfShards, chosen);
    }

    private static Dictionary<int, IReadOnlyList<long>> Split(
        IReadOnlyList<long> rowsOfShards, SortedSet<long> chosen)
    {
        var result = new Dictionary<int, IReadOnlyList<long>>();
        var first = 0L;
        for (var shard = 0; shard < rowsOfShards.Count; shard++)
        {
            var end = first + rowsOfShards[shard];
            var start = first;
            if (end > first && chosen.GetViewBetween(first, end - 1) is { Count: > 0 } rows)
                result.Add(shard, [.. rows.Select(row => row - start)]);
            first = end;
        }

        return result;
    }

    private static ulong Hash(string text) => BitConverter.ToUInt64(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}

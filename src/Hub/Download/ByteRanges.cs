namespace FineWebTorch.Hub;

/// <summary>A set of byte positions, kept as disjoint ranges in order.</summary>
internal sealed class ByteRanges
{
    private readonly List<(long Start, long End)> _ranges = [];

    public void Add(long start, long end)
    {
        if (start >= end)
            return;
        var touching = _ranges.FindAll(range => range.Start <= end && start <= range.End);
        foreach (var range in touching)
        {
            start = Math.Min(start, range.Start);
            end = Math.Max(end, range.End);
            _ranges.Remove(range);
        }
        var index = _ranges.FindIndex(range => range.Start > start);
        _ranges.Insert(index < 0 ? _ranges.Count : index, (start, end));
    }

    /// <summary>What is wanted and not in the set, in order.</summary>
    /// <param name="smallHole">Missing ranges no further apart than this are joined.</param>
    public List<(long Start, long End)> Missing(IEnumerable<(long Offset, long Length)> wanted, long smallHole)
    {
        var missing = new List<(long Start, long End)>();
        foreach (var (offset, length) in wanted.OrderBy(range => range.Offset))
        {
            var (position, end) = (offset, offset + length);
            foreach (var have in _ranges.Where(range => range.End > offset && range.Start < end))
            {
                Append(missing, position, Math.Min(have.Start, end), smallHole);
                position = Math.Max(position, have.End);
            }
            Append(missing, position, end, smallHole);
        }
        return missing;
    }

    private static void Append(List<(long Start, long End)> missing, long start, long end, long smallHole)
    {
        if (missing.Count > 0)
            start = Math.Max(start, missing[^1].End);
        if (start >= end)
            return;
        if (missing.Count > 0 && start - missing[^1].End <= smallHole)
            missing[^1] = (missing[^1].Start, end);
        else
            missing.Add((start, end));
    }
}

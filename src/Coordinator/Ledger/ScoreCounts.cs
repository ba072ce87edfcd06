using FineWebTorch.Model;

namespace FineWebTorch.Coordinator.Ledger;

/// <summary>
/// How many rows have which score, in bins of a tenth: those below 0 together, and those from 5 on. Rows without a score
/// are not counted.
/// </summary>
internal sealed class ScoreCounts
{
    /// <summary>From 0 on; the last has no end.</summary>
    public const int Bins = 51;

    private const int BinsOfOne = 10;

    /// <summary>The first is of scores below 0. Null while nothing is counted: there are thousands of these.</summary>
    private long[]? _counts;

    /// <param name="bin">From <c>bin / 10</c> on; the first also of all that are lower.</param>
    public long this[int bin] => _counts is null ? 0 : bin == 0 ? _counts[0] + _counts[1] : _counts[bin + 1];

    public static ScoreCounts Of(ReadOnlySpan<float> scores)
    {
        var counts = new ScoreCounts();
        counts.Add(scores);
        return counts;
    }

    /// <param name="bytes">Of <see cref="ToBytes"/>.</param>
    public static ScoreCounts FromBytes(byte[] bytes)
    {
        var counts = new ScoreCounts();
        if (bytes.Length == 0)
            return counts;
        using var reader = new BinaryReader(new MemoryStream(bytes));
        counts._counts = new long[Bins + 1];
        for (var i = 0; i <= Bins; i++)
            counts._counts[i] = reader.Read7BitEncodedInt64();
        return counts;
    }

    public void Add(ReadOnlySpan<float> scores)
    {
        _counts ??= new long[Bins + 1];
        foreach (var score in scores)
        {
            // The product of a float and ten is exact as a double, so that 2.5 begins a bin.
            if (!EduScore.IsUnscorable(score))
                _counts[score < 0 ? 0 : 1 + (int)Math.Min((double)score * BinsOfOne, Bins - 1)]++;
        }
    }

    /// <param name="times">-1 takes them back.</param>
    public void Add(ScoreCounts other, int times = 1)
    {
        if (other._counts is null)
            return;
        _counts ??= new long[Bins + 1];
        for (var i = 0; i <= Bins; i++)
            _counts[i] += times * other._counts[i];
    }

    /// <summary>Rows with at least this score.</summary>
    /// <param name="tenths">From 0 to 50.</param>
    public long From(int tenths) => _counts is null ? 0 : _counts[(tenths + 1)..].Sum();

    /// <summary>A number a bin, each in as few bytes as it needs: 52 to about 100.</summary>
    public byte[] ToBytes()
    {
        if (_counts is null)
            return [];
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        foreach (var count in _counts)
            writer.Write7BitEncodedInt64(count);
        return bytes.ToArray();
    }
}

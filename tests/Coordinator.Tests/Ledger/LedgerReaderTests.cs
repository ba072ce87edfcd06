using FineWebTorch.Coordinator.Ledger;

namespace FineWebTorch.Coordinator.Tests.Ledger;

public class LedgerReaderTests
{
    /// <summary>A file has gigabytes of scores; the first window tells how many are a megabyte.</summary>
    [Theory]
    [InlineData(1 << 15, 8)]
    [InlineData(1 << 20, 1)]
    [InlineData(1, 1024)]
    [InlineData(0, 1024)]
    public void ReadScores_HoldsAboutAMegabyteAtATime(int rows, int expected)
    {
        var asked = new List<(int Last, int Limit)>();

        var read = LedgerReader.ReadScores((last, limit) =>
        {
            asked.Add((last, limit));
            return [.. Enumerable.Range(last + 1, asked.Count < 3 ? limit : 0).Select(window => (window, new float[rows]))];
        }).Select(window => window.Window).ToList();

        Assert.Equal([(-1, 1), (0, expected), (expected, expected)], asked);
        Assert.Equal(Enumerable.Range(0, 1 + expected), read);
    }

    [Theory]
    [InlineData(65_535, 2)]
    [InlineData(65_536, 4)]
    public void RowNumbers_TakeTwoBytesEachWhereThatIsEnough(uint largest, int bytes)
    {
        uint[] rows = [0, largest, 7];

        var stored = RowNumbers.ToBytes(rows);

        Assert.Equal(bytes * rows.Length, stored.Length);
        Assert.Equal(rows, RowNumbers.FromBytes(stored, rows.Length));
    }
}

using FineWebTorch.Common;
using FineWebTorch.Model;
using FineWebTorch.Protos.V1;
using FineWebTorch.Worker.Shards;
using Google.Protobuf;

namespace FineWebTorch.Worker.Tests.Shards;

/// <summary>What the coordinator sends for a shard is taken only where it is every score, in order.</summary>
public sealed class ScoresOfFileTests
{
    private const int WindowRows = 4;

    [Theory]
    [InlineData(12)]
    [InlineData(10)]
    [InlineData(9)]
    [InlineData(3)]
    [InlineData(0)]
    public void Windows_OfAWholeFile_GiveEveryRow(int rows)
    {
        var scores = new ScoresOfFile(Windows(rows), rows, WindowRows);

        Assert.Equal(
            Enumerable.Range(0, rows).Select(row => ((long)row, (float?)row)),
            scores.Kept(KeepRule.All).Select(row => (row.Row, row.Score)));
        Assert.Equal(0, scores.Unscorable);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 2)]
    [InlineData(0, 2)]
    public void Windows_Swapped_AreRefused(int one, int other)
    {
        var windows = Windows(12);
        (windows[one], windows[other]) = (windows[other], windows[one]);

        Assert.Contains($"of window {one} were due", Refusal(windows, rows: 12), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Windows_OneMissingAmongThem_AreRefused(int missing)
    {
        var windows = Windows(12);
        windows.RemoveAt(missing);

        Assert.Contains($"of window {missing} were due", Refusal(windows, rows: 12), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(12)]
    [InlineData(9)]
    public void Windows_WithoutTheLast_AreRefused(int rows)
    {
        var windows = Windows(rows);
        windows.RemoveAt(2);

        Assert.Equal($"the coordinator sent 2 windows, too few for {rows} rows", Refusal(windows, rows));
        Assert.Equal($"the coordinator sent 0 windows, too few for {rows} rows", Refusal([], rows));
    }

    [Theory]
    [InlineData(8)]
    [InlineData(9)]
    public void Windows_MoreThanTheFileHas_AreRefused(int rows) =>
        Assert.Contains("were due", Refusal(Windows(rows + WindowRows), rows), StringComparison.Ordinal);

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void Window_OfAnotherLength_IsRefused(int more)
    {
        foreach (var window in (int[])[0, 2])
        {
            var windows = Windows(10);
            var length = windows[window].Scores.Length + (more * sizeof(float));
            windows[window].Scores = ByteString.CopyFrom(new byte[length]);

            Assert.Contains($"of window {window} were due", Refusal(windows, rows: 10), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Score_ThatIsNoNumber_IsRefusedByItsRow()
    {
        var windows = Windows(10);
        windows[1].Scores = ByteString.CopyFrom(LittleEndian.FromFloats([1, 2, float.NaN, 4]));

        var refusal = Assert.Throws<InvalidDataException>(
            () => new ScoresOfFile(windows, 10, WindowRows).Kept(KeepRule.All).ToList());

        Assert.Contains("a score of row 6 ", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_ThatCannotBeScored_AreCountedOnceHoweverOftenTheyAreRead()
    {
        var windows = Windows(10);
        var none = EduScore.Unscorable(UnscorableReason.NullText);
        windows[0].Scores = ByteString.CopyFrom(LittleEndian.FromFloats([none, 3, none, 1]));
        windows[2].Scores = ByteString.CopyFrom(LittleEndian.FromFloats([8, none]));
        var scores = new ScoresOfFile(windows, 10, WindowRows);

        Assert.Equal([1, 4, 5, 6, 7, 8], scores.Kept(KeepRule.Score(2)).Select(row => (int)row.Row));
        Assert.Equal(6, scores.Kept(KeepRule.Score(2)).Count());

        Assert.Equal(3, scores.Unscorable);
    }

    private static string Refusal(IReadOnlyList<WindowScores> windows, int rows) =>
        Assert.Throws<InvalidDataException>(() => new ScoresOfFile(windows, rows, WindowRows)).Message;

    /// <summary>The score of a row is its number.</summary>
    private static List<WindowScores> Windows(int rows) =>
        [.. Enumerable.Range(0, rows).Select(row => (float)row).Chunk(WindowRows).Select((scores, window) => new WindowScores
        {
            Window = (uint)window,
            Scores = ByteString.CopyFrom(LittleEndian.FromFloats(scores)),
        })];
}

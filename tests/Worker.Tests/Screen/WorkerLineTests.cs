using FineWebTorch.Terminal;
using FineWebTorch.Worker.Screen;

namespace FineWebTorch.Worker.Tests.Screen;

public sealed class WorkerLineTests
{
    private static readonly WorkerMoment Busy = new("GPU", "data/CC-MAIN-2024-10/000_00000.parquet +1")
    {
        DocumentsPerSecond = 2560.2,
        TokensPerSecond = 1_244_256,
        Busy = 0.972,
        Documents = 1_234_567,
        Use = 0.98,
        Memory = 0.41,
        Past = [.. Enumerable.Range(1, 60).Select(i => (double?)Math.Min(2560, i * 256))],
    };

    [Theory]
    [InlineData(59, " 2,560 docs/s ▃▇▇▇▇▇▇▇  GPU use 98 %  …000_00000.parquet +1")]
    [InlineData(79, " 2,560 docs/s ▃▇▇▇▇▇▇▇  GPU use 98 %  busy 97 %  …-2024-10/000_00000.parquet +1")]
    public void Line_TellsWhatThereIsRoomFor(int cells, string line) =>
        Assert.Equal(line, WorkerLine.Of(Busy, cells, Glyphs.Blocks).ToString());

    [Fact]
    public void Line_OnAWideTerminal_TellsAll()
    {
        var drawn = WorkerLine.Of(Busy, 199, Glyphs.Blocks).ToString();

        Assert.EndsWith(
            "  GPU use 98 %  busy 97 %  1,234,567 documents  1,244,256 tokens/s  memory 41 %  " +
            "data/CC-MAIN-2024-10/000_00000.parquet +1", drawn, StringComparison.Ordinal);
    }

    [Fact]
    public void Line_HoweverNarrow_Fits()
    {
        WorkerMoment[] moments =
        [
            Busy, new("CPU", "connecting"), Busy with { Activity = "資料/文文文文文文文文文文.parquet" },
            Busy with { DocumentsPerSecond = 1e18, TokensPerSecond = 1e18, Documents = long.MaxValue },
            Busy with { Activity = "a\e[2J\r\n\u202eb" },
        ];
        foreach (var moment in moments)
        {
            for (var cells = 1; cells < 200; cells++)
            {
                var line = WorkerLine.Of(moment, cells, cells % 2 == 0 ? Glyphs.Blocks : Glyphs.Ascii);
                Assert.True(line.Cells <= cells, $"{cells}: {line}");
                Assert.DoesNotContain(line.ToString(), c => char.IsControl(c) || c == '\u202e');
            }
        }
    }
}

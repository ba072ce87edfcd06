namespace FineWebTorch.Bench.Tests;

public class BenchFileTests
{
    private static readonly BenchRow Measured =
        BenchRow.Of("encoder, fp32", "4x512", "peer", "GFLOP/s", Statistics.Of([120.0, 100, 110])) with
        {
            Ours = 1.5,
            Note = "größte Differenz 1e-6",
        };

    [Fact]
    public void Read_WhatWasWritten_IsEqual()
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName(), "bench.json");
        var file = new BenchFile("a machine", [Measured, BenchRow.Skipped("bf16", "", "no such unit")]);
        try
        {
            file.Write(path);
            var read = BenchFile.Read(path);
            Assert.Equal(file.Machine, read.Machine);
            Assert.Equal(file.Rows, read.Rows);
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
        }
    }

    [Theory]
    [InlineData("{\"machine\": \"m\"}")]
    [InlineData("[1, 2")]
    [InlineData("null")]
    public void Read_SomethingElse_NamesTheFile(string text)
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, text);
            Assert.StartsWith(path, Assert.Throws<InvalidDataException>(() => BenchFile.Read(path)).Message);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Format_MeasuredRow_ShowsMedianSpreadAndRatio()
    {
        var lines = BenchTable.Format([Measured]).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("encoder, fp32", lines[0]);
        Assert.Equal("4x512 peer 110 100 to 120 GFLOP/s 1.50 x größte Differenz 1e-6".Split(' '),
            lines[2].Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public void Format_SkippedRow_ShowsTheReasonAndNoNumber()
    {
        var lines = BenchTable.Format([BenchRow.Skipped("bf16", "4x512", "no such unit")]).Split('\n');
        Assert.EndsWith("no such unit", lines[3]);
        Assert.DoesNotContain("0.00", lines[3]);
    }

    [Fact]
    public void Format_LongCells_KeepColumnsAligned()
    {
        var lines = BenchTable.Format([Measured, Measured with { Contender = "a contender with a long name" }])
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(lines[2].IndexOf("GFLOP/s", StringComparison.Ordinal),
            lines[3].IndexOf("GFLOP/s", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(1234.6, "1235")]
    [InlineData(12.345, "12.3")]
    [InlineData(1.2345, "1.23")]
    [InlineData(0.12345, "0.123")]
    [InlineData(0.00000123, "1.2e-06")]
    [InlineData(0, "0.00")]
    public void Number_AnySize_HasAboutThreeDigits(double value, string text) =>
        Assert.Equal(text, BenchTable.Number(value));
}

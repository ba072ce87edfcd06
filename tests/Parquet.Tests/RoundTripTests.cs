using System.Globalization;

namespace FineWebTorch.Parquet.Tests;

public class RoundTripTests(RoundTripFixture trips) : IClassFixture<RoundTripFixture>
{
    public static TheoryData<string> GoodFiles => GoldenCase.FilesExpected("ok");

    [Theory]
    [MemberData(nameof(GoodFiles))]
    public void Write_AllRows_KeepsEveryColumn(string file)
    {
        var trip = trips[file];

        Assert.Empty(trip.View.Differences);
        Assert.Empty(trip.Result.Warnings);
    }

    [Theory]
    [MemberData(nameof(GoodFiles))]
    public void Write_EveryThirdRow_KeepsThoseAndTheirScores(string file)
    {
        var kept = Shards.Keep(GoldenCase.Named(file).Rows, RoundTripFixture.Thirds).ToList();

        var trip = trips[file + "/thirds"];

        Assert.Empty(trip.View.Differences);
        Assert.Equal(kept.Count, trip.Result.RowsKept);
        Assert.Equal(["score: DOUBLE", "int_score: INT_64"], trip.View.Columns.TakeLast(2));
        Assert.Equal(kept.Select(row => Text((double?)row.Score)), trip.View.Added["score"]);
        Assert.Equal(kept.Select(row => Text(row.IntScore)), trip.View.Added["int_score"]);
    }

    private static string Text(double? number) => number?.ToString("R", CultureInfo.InvariantCulture) ?? "null";
}

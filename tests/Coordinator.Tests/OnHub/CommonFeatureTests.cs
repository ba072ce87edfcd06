using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Publishing;
using FineWebTorch.Hub;

namespace FineWebTorch.Coordinator.Tests.OnHub;

/// <summary>Which columns a card may name, and whom it may name for the work, by what is known of each file.</summary>
public sealed class CommonFeatureTests
{
    private static readonly CardFeatureType Number = new CardFeatureType.Value("int64");
    private static readonly CardFeature Text = new("text", CardFeatureType.Text);

    [Fact]
    public void Features_OfFilesThatAreAlike_AreAllOfThemAndTheScores()
    {
        CardFeature[] set = [Text, new("n", Number)];

        var common = CardFeatures.Common([set, set], Runs.Spec);

        Assert.Equal(
            [
                ("text", "string"), ("n", "int64"), ("score", "float64"), ("int_score", "int64"),
            ],
            common.Features!.Select(feature => (feature.Name, ((CardFeatureType.Value)feature.Type).Dtype)));
        Assert.Empty(common.NotInAll);
    }

    [Fact]
    public void Features_OfWhichOneFileLacksSomeOrHasThemOtherwise_AreTheOthers()
    {
        var common = CardFeatures.Common(
            [
                [Text, new("n", Number), new("url", CardFeatureType.Text)],
                [Text, new("n", CardFeatureType.Text)],
                [Text, new("n", Number), new("extra", Number)],
            ],
            Runs.Spec);

        Assert.Equal(["text", "score", "int_score"], common.Features!.Select(feature => feature.Name));
        Assert.Equal(["n", "url", "extra"], common.NotInAll);
    }

    /// <summary>Those of the input are replaced by ours, however they are written.</summary>
    [Fact]
    public void Scores_OfTheInput_AreNeitherNamedTwiceNorCalledMissing()
    {
        var common = CardFeatures.Common(
            [[Text, new("Score", Number)], [Text, new("INT_SCORE", CardFeatureType.Text)]], Runs.Spec);

        Assert.Equal(["text", "score", "int_score"], common.Features!.Select(feature => feature.Name));
        Assert.Empty(common.NotInAll);
        var same = CardFeatures.Common([[Text, new("score", Number)]], Runs.Spec);
        Assert.Equal(3, same.Features!.Count);
        Assert.Equal(new CardFeatureType.Value("float64"), same.Features[1].Type);
    }

    [Fact]
    public void Features_OfAFileOfWhichNothingIsKnown_AreNotListedAtAll()
    {
        var common = CardFeatures.Common([[Text], null], Runs.Spec);

        Assert.Null(common.Features);
        Assert.Empty(common.NotInAll);
    }

    [Fact]
    public void Types_WithinOthers_AreComparedWhole()
    {
        static CardFeature Meta(params CardFeature[] fields) => new("meta", new CardFeatureType.Struct(fields));
        static CardFeature Tags(CardFeatureType item) => new("tags", new CardFeatureType.List(item));
        CardFeature[] first = [Meta(Text, new("n", Number)), Tags(Number)];

        // In another order they are the same fields.
        Assert.Empty(CardFeatures.Common([first, [Meta(new("n", Number), Text), Tags(Number)]], Runs.Spec).NotInAll);
        Assert.Equal(
            ["meta", "tags"],
            CardFeatures.Common([first, [Meta(Text), Tags(CardFeatureType.Text)]], Runs.Spec).NotInAll);
        Assert.Equal(
            ["meta"],
            CardFeatures.Common([first, [Meta(Text, new("n", CardFeatureType.Text)), Tags(Number)]], Runs.Spec).NotInAll);
    }

    [Fact]
    public void Work_IsSummedUpByDeviceFromTheFirstToTheLast()
    {
        var work = new CardWork();
        Assert.Equal((null, null), (work.First, work.Last));

        work.Add(Work("cpu", 3, first: 5, last: 6));
        work.Add(Work("gpu", 4, first: 2, last: 3));
        work.Add(Work("cpu", 5, first: 4, last: 9));

        Assert.Equal((8, 4, 2), (work.RowsByDevice["cpu"], work.RowsByDevice["gpu"], work.RowsByDevice.Count));
        Assert.Equal((Day(2), Day(9)), (work.First, work.Last));
    }

    private static WorkRecord Work(string device, long rows, int first, int last) =>
        new(0, "id", "worker", device, rows, Day(first)!.Value, Day(last)!.Value);

    private static DateTimeOffset? Day(int day) => new(2026, 11, day, 0, 0, 0, TimeSpan.Zero);
}

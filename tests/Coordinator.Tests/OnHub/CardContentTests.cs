using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Coordinator.Publishing;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Hub;
using FineWebTorch.Model;
using FineWebTorch.Protos.V1;

namespace FineWebTorch.Coordinator.Tests.OnHub;

/// <summary>A card, word for word: people and programs read it.</summary>
public sealed class CardContentTests
{
    private static readonly ModelRecord Published = Runs.Model with
    {
        Id = ModelLocator.DefaultModel,
        Revision = new string('b', 40),
    };

    private static readonly RunSpec FromTheHub = Runs.Spec with
    {
        Input = "hf://datasets/alice/web/data/*.parquet",
        Keep = KeepRule.Score(2.5),
        Dtype = Dtype.Bf16,
    };

    private static readonly CardPlace OnTheHub =
        new("edu", "\"alice/edu\", revision=\"v2\"", new Uri("https://hub.test/"));

    [Fact]
    public void Text_OfAFilteredDatasetFromTheHub_SaysAllThatIsKnown()
    {
        var parts = Parts(["note"], [.. Enumerable.Repeat(0.07f, 12), 2.61f, 2.62f, 2.63f, 3.42f, -0.05f,
            EduScore.Unscorable(UnscorableReason.NullText)]);

        var card = CardContent.Create(Core(FromTheHub, Published), OnTheHub, [Shard(1), Shard(3)], parts);

        Assert.Equal(
            [
                "Documents of [alice/web](https://hub.test/datasets/alice/web) scored by " +
                    $"[{ModelLocator.DefaultModel}](https://hub.test/{ModelLocator.DefaultModel}); " +
                    "kept are those with `score` of at least 2.5.",
                "",
                "```python",
                "from datasets import load_dataset",
                "",
                "dataset = load_dataset(\"alice/edu\", revision=\"v2\", split=\"train\", " +
                    "columns=[\"text\", \"score\", \"int_score\"])",
                "```",
                "",
                "## Columns",
                "",
                "| column | type | what it holds |",
                "|---|---|---|",
                "| `text` | string | the text that was scored |",
                "| `score` | float64 | what the classifier says of it, an fp32 number |",
                "| `int_score` | int64 | the same, rounded to a whole number from 0 to 5 |",
                "| all others | | as in the source |",
                "| `note` | | as in the source; not in all shards, or not of one type |",
                "",
                "## Scores",
                "",
                "Of all 18 rows, what each threshold keeps:",
                "",
                "| `--keep` | rows | share |",
                "|---|---:|---:|",
                "| `int1` | 4 | 22.2 % |",
                "| `int2` | 4 | 22.2 % |",
                "| `int3` | 4 | 22.2 % |",
                "| `int4` | 0 | 0.0 % |",
                "| `int5` | 0 | 0.0 % |",
                "| `raw2.5` (this dataset) | 4 | 22.2 % |",
                "",
                "How all scores are spread, before the filter:",
                "",
                "```text",
                "-0.5 to 0.0   1  ████",
                " 0.0 to 0.5  12  " + new string('█', 40),
                " 0.5 to 1.0   0",
                " 1.0 to 1.5   0",
                " 1.5 to 2.0   0",
                " 2.0 to 2.5   0",
                " 2.5 to 3.0   3  ██████████",
                " 3.0 to 3.5   1  ████",
                "```",
                "",
                "## How it was made",
                "",
                "`manifests/` says of each shard where it came from, what was kept, and which workers and devices " +
                    "scored it when.",
                "",
            ],
            card.Text);
    }

    [Fact]
    public void Facts_OfADatasetFromTheHub_NameSourceModelRowsDevicesAndDates()
    {
        var parts = Parts([], []);
        parts.Work.Add(Work("cpu", 4, day: 3));
        parts.Work.Add(Work("b", 9, day: 2));
        parts.Work.Add(Work("a", 5, day: 5));
        parts.Work.Add(Work("a", 4, day: 4));
        var unscored = Shard(1) with { Shard = Shard(1).Shard with { RowsUnscorable = 2 } };

        var card = CardContent.Create(
            Core(FromTheHub, Published), OnTheHub, [unscored, Shard(3)],
            parts with { Input = $"hf://datasets/alice/web@{new string('a', 40)}/data/0.parquet" });

        Assert.Equal(
            [
                $"Source: datasets/alice/web at {new string('a', 40)}, 2 files",
                $"Model: {ModelLocator.DefaultModel} at {new string('b', 40)}",
                $"Model sha256: {new string('d', 64)}",
                "Precision: bf16",
                "Rows kept: --keep raw2.5: 4 of 2,018",
                "Rows without a score: 2",
                "Devices: a (9 rows), b (9 rows), cpu (4 rows)",
                "Scored: 2026-11-02 to 2026-11-07",
                "Program: finewebtorch 0.1.0",
            ],
            card.Facts.Select(fact => $"{fact.Key}: {fact.Value}"));
        Assert.Equal(["fineweb-edu", "quality-classifier", "finewebtorch"], card.Tags);
        Assert.Equal(
            ("edu", "alice/web", ModelLocator.DefaultModel), (card.PrettyName, card.SourceDataset, card.BaseModel));
        Assert.Equal((4, 2003, 12_000), (card.Rows, card.DownloadBytes, card.DatasetBytes));
        Assert.Equal(["data/train-*"], card.DataFiles);
    }

    [Fact]
    public void Card_OfAFolderOfWhichAllIsKept_ClaimsNothingThatItDoesNotKnow()
    {
        var parts = Parts([], []);
        parts.Work.Add(Work("cpu", 1, day: 4) with { Last = new(2026, 11, 4, 23, 0, 0, TimeSpan.Zero) });
        var shard = Shard(1) with { Shard = Shard(1).Shard with { ArrowBytes = 0 } };

        var card = CardContent.Create(
            Core(Runs.Spec with { Keep = KeepRule.All }, Runs.Model),
            CardPlace.Of("/data/of/mine/", new Uri("https://hub.test")), [shard, Shard(3)], parts);

        Assert.Equal("Documents scored by the classifier `model`, all of them.", card.Text[0]);
        Assert.Contains("dataset = load_dataset(\"./mine\", split=\"train\")", card.Text);
        Assert.Contains(
            "| `score` | float64 | what the classifier says of it, an fp32 number; NULL where there is no text |",
            card.Text);
        Assert.DoesNotContain("## Scores", card.Text);
        Assert.Equal(
            ["Model", "Model sha256", "Precision", "Rows kept", "Devices", "Scored", "Program"],
            card.Facts.Select(fact => fact.Key));
        Assert.Equal("2026-11-04", card.Facts.Single(fact => fact.Key == "Scored").Value);
        Assert.Equal("cpu (1 row)", card.Facts.Single(fact => fact.Key == "Devices").Value);
        Assert.Equal((null, null, null), (card.SourceDataset, card.BaseModel, card.DatasetBytes));
        Assert.Equal(("mine", 2003), (card.PrettyName, card.DownloadBytes));
        Assert.Equal(["finewebtorch"], card.Tags);
    }

    [Fact]
    public void Text_ScoresFarApart_GetsBinsOfWholeNumbers()
    {
        var card = CardContent.Create(
            Core(Runs.Spec, Runs.Model), OnTheHub, [Shard(1)], Parts([], [0, 1000, 1000, 1000]));

        Assert.Contains("| `int3` (this dataset) | 3 | 75.0 % |", card.Text);
        Assert.DoesNotContain(card.Text, line => line.StartsWith("| `int3` |", StringComparison.Ordinal));
        Assert.Contains("    0 to 100  1  ██████████████", card.Text);
        Assert.Contains($"1000 to 1100  3  {new string('█', 40)}", card.Text);
    }

    [Theory]
    [InlineData("hf://datasets/alice/edu", "\"alice/edu\"")]
    [InlineData("hf://datasets/alice/edu@v2", "\"alice/edu\", revision=\"v2\"")]
    public void Place_OfADataset_NamesItsRevisionUnlessThatIsMain(string output, string load)
    {
        using var hub = new HubAccess(
            new HubOptions { Endpoint = new Uri("https://hub.test/") }, new HubTransportOptions(),
            HubCache.In(Path.GetTempPath()), new DownloadOptions());

        var place = CardPlace.Of(new HubOutput(hub, Runs.Spec with { Output = output }, new PublishOptions()));

        Assert.Equal(("edu", load, "https://hub.test/"), (place.Name, place.Load, place.Hub.AbsoluteUri));
    }

    private static RunCore Core(RunSpec spec, ModelRecord model) =>
        Runs.Core(Runs.Run(spec) with { Model = model, Dtype = spec.Dtype });

    /// <summary>Of 1,000 bytes and more.</summary>
    private static PublishedShard Shard(int kept)
    {
        var name = $"data/train-0000{kept}-of-00009.parquet";
        var record = new ShardRecord(
            kept, name, 1, 1000 + (kept == 3 ? 3 : 0), new string('f', 64), RowsIn: 1009, kept, RowsUnscorable: 0, [],
            Done: true);
        return new(name, record with { ArrowBytes = 6000 });
    }

    private static CardParts Parts(string[] notInAll, float[] scored)
    {
        var scores = new ScoreDistribution();
        scores.Add(scored);
        return new CardParts(
            new CardFeatures(
                [
                    new("text", CardFeatureType.Text), new("score", new CardFeatureType.Value("float64")),
                    new("int_score", new CardFeatureType.Value("int64")),
                ],
                notInAll),
            SourceCard.Empty, scores, new CardWork(), "/in/0.parquet");
    }

    /// <summary>From one day of a November to the day after the next.</summary>
    private static WorkRecord Work(string device, long rows, int day) => new(
        0, device, device, device, rows, new DateTimeOffset(2026, 11, day, 12, 0, 0, TimeSpan.Zero),
        new DateTimeOffset(2026, 11, day + 2, 12, 0, 0, TimeSpan.Zero));
}

using System.Text.Json.Nodes;

namespace FineWebTorch.Hub.Tests;

public sealed class DatasetCardTests
{
    private static readonly string[] OddNames =
    [
        "text", "no", "null", "1.5", "0x1F", "2024-01-01", "a: b", "a #b", "- dash", "[x]", "{y}", "say \"hi\"",
        "back\\slash",
        "tab\there", "new\nline", "größe", "日本", "~", "*star", "&amp", "!bang", "%pct", "@at", "`tick", "'single'",
        "true",
        "y", "1e3", ".5", "1_000", "12:30:45", "=", "<<", "😀", "\u2028", "\u00A0", "trailing ", " leading", "key:", "?",
    ];

    [Fact]
    public void Update_NoCard_IsTheOneThatTheEcosystemLoads()
    {
        var card = DatasetCard.Update(null, Info() with
        {
            Source = SourceCard.Parse("---\nlicense: odc-by\nlanguage: en\n---\n# Source\n"),
            Tags = ["fineweb-edu", "quality-classifier"],
            SourceDataset = "HuggingFaceFW/fineweb",
            PrettyName = "Sample, scored",
        });
        var golden = File.ReadAllText(TestData.Shared("golden", "card", "example.md"));
        Assert.Equal(
            golden[..golden.LastIndexOf("# Sample", StringComparison.Ordinal)],
            card[..card.IndexOf("# Sample", StringComparison.Ordinal)]);
    }

    [Theory]
    [InlineData("license: odc-by\nlanguage:\n- en\n- de\n", "odc-by", null, "en de")]
    [InlineData("license: [mit, cc-by-4.0]\n", "mit cc-by-4.0", null, "")]
    [InlineData("license: other\nlicense_name: my-terms\nlicense_link: LICENSE.md\n", "other", "my-terms", "")]
    [InlineData("language: [no, en]\n", "", null, "no en")]
    [InlineData("license: mit\nlicense: twice\n", "", null, "")]
    [InlineData("license: {odd: true}\nlanguage: []\n", "", null, "")]
    public void Source_FrontMatter_GivesLicenceAndLanguages(
        string yaml, string licenses, string? name, string languages)
    {
        var source = SourceCard.Parse($"---\n{yaml}---\n# Web\n");

        Assert.Equal(
            (licenses, name, languages),
            (string.Join(' ', source.Licenses), source.LicenseName, string.Join(' ', source.Languages)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("# no front matter\n")]
    [InlineData("---\nnever closed\n")]
    public void Source_NoFrontMatter_SaysNothing(string card) => Assert.Equal(SourceCard.Empty, SourceCard.Parse(card));

    [Fact]
    public async Task Update_SourceWithLicenceOfItsOwnAndModel_IsReadBackByTheParserThatTheHubUses()
    {
        var card = DatasetCard.Update(null, Info() with
        {
            Source = SourceCard.Parse(
                "---\nlicense: other\nlicense_name: no\nlicense_link: https://a.b/c#d\nlanguage: [no]\n---\n"),
            BaseModel = "a/model",
            Text = ["Words, and a | table:", "", "| a |", "|---|", "| b |", ""],
            Facts = [new("Model", "x")],
        });

        var parsed = await YamlPeer.FrontMatterAsync(card);

        Assert.Equal(
            ("other", "no", "https://a.b/c#d", "no", "a/model"),
            ((string?)parsed["license"], (string?)parsed["license_name"], (string?)parsed["license_link"],
                (string?)parsed["language"]![0], (string?)parsed["base_model"]));
        Assert.Contains(
            "<!-- finewebtorch:begin -->\nWords, and a | table:\n\n| a |\n|---|\n| b |\n\n| | |\n|---|---|\n| Model | x |",
            card, StringComparison.Ordinal);
    }

    [Fact]
    public void Update_Facts_StandInATableBetweenMarks()
    {
        var card = DatasetCard.Update(
            null, Info() with { Facts = [new("Model", "a|b\nc"), new("Keep rule", "int>=3")] });
        Assert.Contains(
            "| Model | a\\|b c |\n| Keep rule | int>=3 |\n<!-- finewebtorch:end -->", card, StringComparison.Ordinal);
    }

    [Fact]
    public void Update_Twice_ChangesNothing()
    {
        var once = DatasetCard.Update(null, Info());
        Assert.Equal(once, DatasetCard.Update(once, Info()));
    }

    [Fact]
    public void Update_ExistingCard_KeepsEverythingThatIsNotOurs()
    {
        const string Existing = """
            ---
            # a comment
            license: mit
            'tags':
            - mine   # not yours
            configs:
              # the other one
              - config_name: other
                data_files: other/*.parquet
              - config_name: default
                data_files: wrong/*.parquet
            extra_gated_prompt: |
              configs: not a key
              ---not an end
            dataset_info:
              features:
              - name: old
                dtype: string
            ---
            # My title

            My text --- with dashes.
            """;
        var card = DatasetCard.Update(Existing, Info());
        foreach (var kept in (string[])["# a comment", "license: mit", "- mine   # not yours", "  # the other one",
            "    data_files: other/*.parquet", "  configs: not a key", "  ---not an end", "# My title",
            "My text --- with dashes."])
            Assert.Contains($"\n{kept}\n", card, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong/", card, StringComparison.Ordinal);
        Assert.DoesNotContain("name: old", card, StringComparison.Ordinal);
        Assert.Contains(
            "\n  - config_name: default\n    data_files:\n    - split: train\n      path: data/train-*\n", card,
            StringComparison.Ordinal);
        Assert.Equal(1, card.Split("dataset_info:").Length - 1);
        Assert.Equal(card, DatasetCard.Update(card, Info()));
    }

    [Fact]
    public void Update_OurKeysAmongOthers_LeavesWhatStandsAroundThem()
    {
        const string Existing = """
            ---
            configs:
            -
              config_name: default
              data_files: wrong/*.parquet

            # about the licence
            license: mit
            "dataset_info": {features: []}
            # the end
            ---
            """;
        var card = DatasetCard.Update(Existing, Info());
        Assert.StartsWith(
            "---\nconfigs:\n- config_name: default\n  data_files:\n  - split: train\n    path: data/train-*\n\n" +
            "# about the licence\nlicense: mit\ndataset_info:\n  features:\n", card, StringComparison.Ordinal);
        Assert.Contains("\n# the end\n", card, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong/", card, StringComparison.Ordinal);
    }

    [Fact]
    public void Update_BlockInTheBody_IsReplacedInPlace()
    {
        var first = DatasetCard.Update(null, Info() with { Facts = [new("Rows", "1")] }) + "\nAdded by hand.\n";
        var second = DatasetCard.Update(first, Info() with { Facts = [new("Rows", "2")] });
        Assert.Contains("| Rows | 2 |", second, StringComparison.Ordinal);
        Assert.DoesNotContain("| Rows | 1 |", second, StringComparison.Ordinal);
        Assert.EndsWith("\nAdded by hand.\n", second, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("---\nlicense: mit\n")]
    [InlineData("---\nconfigs: [{config_name: default}]\n---\n")]
    [InlineData("---\nconfigs:\n- only-a-name\n---\n")]
    [InlineData("---\nconfigs: &all\n- config_name: default\n  data_files: &all x\nother: *none\n---\n")]
    [InlineData("---\nlicense: mit\nlicense: apache-2.0\n---\n")]
    [InlineData("---\ntags: [unclosed\n---\n")]
    [InlineData("---\n- a list\n---\n")]
    [InlineData("---\n{license: mit}\n---\n")]
    public void Update_CardThatWouldBeHarmed_IsRefused(string existing) =>
        Assert.Throws<HubCardException>(() => DatasetCard.Update(existing, Info()));

    [Theory]
    [InlineData("")]
    [InlineData("# only a body\n")]
    [InlineData("---\n---\n# empty front matter\n")]
    [InlineData("---\r\nlicense: mit\r\n---\r\n# windows\r\n")]
    public void Update_UnusualCard_StillHasItsBodyAndOurKeys(string existing)
    {
        var card = DatasetCard.Update(existing, Info());
        Assert.StartsWith("---\n", card, StringComparison.Ordinal);
        Assert.Contains("\nconfigs:\n- config_name: default\n", card, StringComparison.Ordinal);
        Assert.Contains(existing.Split("---").Last().Trim(), card, StringComparison.Ordinal);
    }

    [Fact]
    public void Update_AnotherConfiguration_IsAddedBesideTheFirst()
    {
        var first = DatasetCard.Update(null, Info() with { ConfigName = "a" });
        var error = Assert.Throws<HubCardException>(() => DatasetCard.Update(first, Info() with { ConfigName = "b" }));
        Assert.Contains("dataset_info", error.Message, StringComparison.Ordinal);
        var listed =
            first.Replace(
            "dataset_info:\n  config_name: a\n", "dataset_info:\n- config_name: a\n", StringComparison.Ordinal);
        var both = DatasetCard.Update(listed, Info() with { ConfigName = "b" });
        Assert.Contains("- config_name: a\n  features:", both, StringComparison.Ordinal);
        Assert.Contains("- config_name: b\n  features:", both, StringComparison.Ordinal);
    }

    [Fact]
    public void Update_CountsUnknown_AreLeftOut() =>
        Assert.DoesNotContain(
            "num_examples", DatasetCard.Update(null, Info() with { Rows = null }), StringComparison.Ordinal);

    [Fact]
    public void FromDatasets_NestedTypes_AreWrittenAsDatasetsDoes()
    {
        var json = """
            {"text":{"dtype":"string","_type":"Value"},
             "ids":{"feature":{"dtype":"int64","_type":"Value"},"_type":"List"},
             "meta":{"a":{"dtype":"bool","_type":"Value"},"b":[{"dtype":"float64","_type":"Value"}]},
             "rows":{"feature":{"x":{"dtype":"string","_type":"Value"}},"_type":"List"}}
            """;
        var features = CardFeatureType.FromDatasets(JsonNode.Parse(json)!.AsObject())!;
        Assert.Equal(
            """
            - name: text
              dtype: string
            - name: ids
              list: int64
            - name: meta
              struct:
              - name: a
                dtype: bool
              - name: b
                list: float64
            - name: rows
              list:
              - name: x
                dtype: string
            """, string.Join('\n', CardYaml.Write(CardYaml.Features(features))));
    }

    [Fact]
    public void FromDatasets_UnknownKind_GivesNoListAtAll() =>
        Assert.Null(CardFeatureType.FromDatasets(JsonNode.Parse("""{"img":{"_type":"Image"}}""")!.AsObject()));

    [Fact]
    public async Task Update_OddNames_SurviveTheParserThatTheHubUses()
    {
        var card = DatasetCard.Update(null, Info() with
        {
            Features = [.. OddNames.Select(name => new CardFeature(name, CardFeatureType.Text))],
            PrettyName = "no: \"yes\" # odd\n'name'",
            Tags = OddNames,
            DataFiles = ["data/train-*", "- odd: [file]"],
        });
        var parsed = await YamlPeer.FrontMatterAsync(card);
        Assert.Equal(OddNames, parsed["tags"]!.AsArray().Select(tag => (string?)tag));
        Assert.Equal(
            OddNames, parsed["dataset_info"]!["features"]!.AsArray().Select(feature => (string?)feature!["name"]));
        Assert.Equal("no: \"yes\" # odd\n'name'", (string?)parsed["pretty_name"]);
        var path = parsed["configs"]![0]!["data_files"]![0]!["path"]!;
        Assert.Equal(["data/train-*", "- odd: [file]"], path.AsArray().Select(one => (string?)one));
    }

    private static DatasetCardInfo Info() => new()
    {
        DataFiles = ["data/train-*"],
        PrettyName = "Scored",
        Rows = 61,
        DownloadBytes = 65327,
        Features =
        [
            .. ((string[])["text", "id", "dump", "url", "date", "file_path", "language"])
                .Select(name => new CardFeature(name, CardFeatureType.Text)),
            new("language_score", new CardFeatureType.Value("float64")),
            new("token_count", new CardFeatureType.Value("int64")),
            new("score", new CardFeatureType.Value("float64")),
            new("int_score", new CardFeatureType.Value("int64")),
        ],
    };
}

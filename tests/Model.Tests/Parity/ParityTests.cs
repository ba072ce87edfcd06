using FineWebTorch.Parquet;

namespace FineWebTorch.Model.Tests.Parity;

/// <summary>Scores equal those of Hugging Face transformers.</summary>
public class ParityTests(ITestOutputHelper output)
{
    /// <summary>What is promised is 1e-4; this is what holds for each of these models.</summary>
    private const double Tolerance = 5e-5;

    /// <summary>Every set of kernels with the small model, the best and libtorch's own with all.</summary>
    public static TheoryData<string, string> ModelsAndKernels()
    {
        var data = new TheoryData<string, string>();
        foreach (var kernels in KernelChoice.Names.Except([KernelChoice.Auto, KernelChoice.Reference]))
            data.Add("edu-tiny", kernels);
        foreach (var kernels in (string[])[KernelChoice.Auto, KernelChoice.Reference])
            foreach (var model in (string[])["edu-tiny", "edu-tiny-sharded", "minilm-edu", "bert-base"])
                data.Add(model, kernels);
        foreach (var model in (string[])["edu-tiny-fp16", "edu-tiny-bf16"])
        {
            data.Add(model, KernelChoice.Auto);
            data.Add(model, KernelChoice.Reference);
        }
        return data;
    }

    [Theory]
    [MemberData(nameof(ModelsAndKernels))]
    public void Score_ReferenceTexts_EqualsTransformers(string model, string kernels)
    {
        Assert.SkipUnless(Devices.RunsHere(kernels), $"this CPU does not run {kernels} kernels");
        var references = ReferenceScore.Of(model == "edu-tiny-sharded" ? "edu-tiny" : model);
        Compare(model, FolderOf(model), kernels, references);
    }

    [Fact]
    public void Score_SampleFiles_EqualsTransformers()
    {
        var rows = ReferenceScore.Lines("sample")
            .GroupBy(line => line.GetProperty("file").GetString()!)
            .SelectMany(file => RowsOf(file.Key).Zip(file, (text, line) => ReferenceScore.From(
                line, $"{file.Key} row {line.GetProperty("row")}", text)));
        Compare("edu-tiny, data/sample", FolderOf("edu-tiny"), KernelChoice.Auto, [.. rows]);
    }

    private static string FolderOf(string model) => model switch
    {
        "edu-tiny" => TestData.EduTiny,
        "minilm-edu" => TestData.Shared("golden", "models", "minilm-edu"),
        "bert-base" => FormulaModel.BertBase(),
        _ => TestData.Directory("models", model),
    };

    private static IEnumerable<byte[]> RowsOf(string file)
    {
        var path = Path.Combine(TestData.RepositoryRoot, "data", "sample", file);
        using var reader = TextColumnReader.Open(path, "text");
        while (reader.Read())
            for (var i = 0; i < reader.Count; i++)
                yield return reader.Text(i).ToArray();
    }

    private void Compare(string model, string folder, string kernels, IReadOnlyList<ReferenceScore> references)
    {
        var device = ComputeDevice.Resolve("cpu", kernels: kernels);
        using var classifier = EduClassifier.Load(folder, device, ModelDtype.Float32);
        var documents = Scorer.Tokenize(classifier, references.Select(reference => reference.Text));
        Assert.Equal(references.Select(one => (one.Name, one.Tokens)),
            references.Zip(documents, (one, ids) => (one.Name, ids.Length)));
        var scores = Scorer.Score(classifier, documents, 4096);
        var differences = references.Zip(
            scores, (one, score) => (one.Name, Value: Math.Abs((double)score - one.Score)));
        var worst = differences.MaxBy(difference => difference.Value);
        output.WriteLine(ParityLog.Add(
            $"{model}, {device.Kernels}", references.Count, worst.Value, FromPrecise(references, scores)));
        Assert.True(worst.Value <= Tolerance, $"{worst.Name} is {worst.Value} off");
        Assert.All(references.Zip(scores), pair =>
        {
            var fromHalf = Math.Abs(Math.Abs(pair.First.Score % 1) - 0.5);
            if (pair.First.IntScore is { } rounded && fromHalf > Tolerance)
                Assert.Equal((pair.First.Name, rounded), (pair.First.Name, EduScore.ToIntScore(pair.Second)));
        });
    }

    private static double? FromPrecise(IReadOnlyList<ReferenceScore> references, float[] scores) =>
        references.Any(one => one.Precise is null)
            ? null
            : references.Zip(scores, (one, score) => Math.Abs(score - one.Precise!.Value)).Max();
}

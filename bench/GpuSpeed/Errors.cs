using System.Globalization;
using System.Text.Json;
using FineWebTorch.Bench;
using FineWebTorch.Model;

namespace FineWebTorch.GpuSpeed;

/// <summary>Scores on this device beside those that transformers gave in fp32 on a CPU (tests/data/scores).</summary>
internal sealed class ParityCheck(ComputeDevice device)
{
    /// <summary>What is promised of fp32.</summary>
    public const double Tolerance = 1e-4;

    private const string Folder = "tests/data/scores";

    public double Float32Difference { get; private set; }

    /// <param name="name">Of the reference file.</param>
    public IEnumerable<BenchRow> Rows(string name, string modelFolder)
    {
        var texts = Lines("texts").ToDictionary(line => Text(line, "id"), line => Text(line, "text"));
        var references = Lines(name).ToList();
        var expected = references.Select(line => line.GetProperty("score").GetSingle()).ToList();
        foreach (var dtype in device.SupportedDtypes.Order())
        {
            using var classifier = EduClassifier.Load(modelFolder, device, dtype);
            var scores = classifier.Score([.. references.Select(line => texts[Text(line, "id")])]);
            var errors = ScoreErrors.Between(scores, expected);
            if (dtype == ModelDtype.Float32)
                Float32Difference = Math.Max(Float32Difference, errors.Largest);
            var row = BenchRow.Of(
                "largest difference from transformers' fp32 score", name, $"ours, {ModelDtypes.Name(dtype)}", "",
                Statistics.Of([errors.Largest]));
            yield return row with { Note = errors.ToString() };
        }
    }

    private static IEnumerable<JsonElement> Lines(string name) =>
        File.ReadLines(Path.Combine(Folder, $"{name}.jsonl")).Select(line => JsonElement.Parse(line));

    private static string Text(JsonElement line, string key) => line.GetProperty(key).GetString()!;
}

/// <summary>What the 16-bit types cost in exactness: scores beside our own in fp32 on the same device.</summary>
internal sealed class DtypeErrors(ComputeDevice device, IReadOnlyList<string> texts)
{
    public IEnumerable<BenchRow> Rows(string name, string modelFolder)
    {
        var subject = $"largest difference from fp32 on {texts.Count} documents";
        var half = device.SupportedDtypes.Where(dtype => dtype != ModelDtype.Float32).Order().ToList();
        if (half.Count == 0)
        {
            yield return BenchRow.Skipped(subject, name, $"{device} computes in fp32 alone");
            yield break;
        }
        var exact = Score(modelFolder, ModelDtype.Float32);
        foreach (var dtype in half)
        {
            var errors = ScoreErrors.Between(Score(modelFolder, dtype), exact);
            yield return BenchRow.Of(
                subject, name, $"ours, {ModelDtypes.Name(dtype)}", "", Statistics.Of([errors.Largest])) with
            {
                Note = errors.ToString(),
            };
        }
    }

    private float[] Score(string modelFolder, ModelDtype dtype)
    {
        using var classifier = EduClassifier.Load(modelFolder, device, dtype);
        return classifier.Score(texts);
    }
}

/// <summary>How far scores are from those of a reference.</summary>
/// <param name="Flips">Documents whose published int_score is another one.</param>
internal sealed record ScoreErrors(double Largest, double Mean, int Flips, int Documents)
{
    public static ScoreErrors Between(IReadOnlyList<float> scores, IReadOnlyList<float> reference)
    {
        if (scores.Count != reference.Count || scores.Count == 0)
            throw new ArgumentException($"{scores.Count} scores stand beside {reference.Count}", nameof(scores));
        var differences = scores.Zip(reference, (a, b) => Math.Abs((double)a - b)).ToList();
        var flips = scores.Zip(reference)
            .Count(pair => EduScore.ToIntScore(pair.First) != EduScore.ToIntScore(pair.Second));
        return new ScoreErrors(differences.Max(), differences.Average(), flips, scores.Count);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"mean {Mean:0.0e+00}, int_score differs in {Flips} of {Documents} documents");
}

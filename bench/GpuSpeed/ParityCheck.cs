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
            var scores = TextScorer.Score(classifier, references.Select(line => texts[Text(line, "id")]));
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
